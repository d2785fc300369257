#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "filter/consumer_filter_manager.hpp"
#include "filter/expression_cache.hpp"
#include "filter/expression_message_filter.hpp"
#include "rocketmq/common/live.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/subscription_data.hpp"

namespace rocketmq::broker {

/// Makes the filter of each pull and says what is wrong with a subscription: the one place that
/// knows the configuration of filters (spec/broker.md §5.3, §8.1). Runs on: any thread.
class MessageFilterFactory {
 public:
  struct Options {
    /// enablePropertyFilter: without it, only tags.
    Live<bool> enable_property_filter = false;
    /// filterSupportRetry: filter retried messages as well.
    Live<bool> filter_support_retry = false;
  };
  /// What a pull that carries its own subscription requests. Views are read during the call.
  struct RequestedFilter {
    std::string_view topic;
    /// Null and empty text count as "*" and "TAG".
    std::string_view expression;
    std::string_view expression_type;
    std::int64_t sub_version = 0;
    bool class_filter_mode = false;
  };

  /// `cache` and `filters` must outlive the factory.
  MessageFilterFactory(Options options, ExpressionCache& cache,
                       const ConsumerFilterManager& filters)
      : options_(options), cache_(cache), filters_(filters) {}

  /// For the pulls and checks from now on.
  void set_options(const Options& options) { options_ = options; }

  /// CHECK_CLIENT_CONFIG. Errors: SystemError when the broker takes no expressions,
  /// SubscriptionParseFailed when this one does not compile.
  Result<void> check(const SubscriptionData& subscription) const;

  /// The filter of a pull that carries its subscription. Errors: SubscriptionParseFailed,
  /// SystemError when the broker takes no expressions.
  Result<ExpressionMessageFilter> for_request(const RequestedFilter& requested) const;

  /// The filter of a pull of a group that is online, by what its heartbeats have registered.
  /// `sub_version` is the pull's. Errors, for expressions only: SystemError when the broker takes
  /// none, FilterDataNotExist, FilterDataNotLatest.
  Result<ExpressionMessageFilter> for_group(std::string_view group,
                                            std::shared_ptr<const SubscriptionData> subscription,
                                            std::int64_t sub_version) const;

 private:
  Result<void> check_enabled(std::string_view expression_type) const;
  ExpressionMessageFilter by_tags(std::shared_ptr<const SubscriptionData> subscription) const;

  Options options_;
  ExpressionCache& cache_;
  const ConsumerFilterManager& filters_;
};

}  // namespace rocketmq::broker
