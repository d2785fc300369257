#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rocketmq/common/subscription_data.hpp"
#include "rocketmq/filter/compiled_expression.hpp"
#include "rocketmq/store/message_arrival.hpp"
#include "rocketmq/store/message_filter.hpp"

namespace rocketmq::broker {

class ConsumerFilterManager;

/// Chooses the messages of one subscription: by the hashes of its tags, or by its SQL92 expression
/// (spec/store.md §6.3). A class filter's subscription takes everything here, for the filter server
/// chooses. A small value, cheap to copy; the two it shares are immutable. Runs on: any thread.
class ExpressionMessageFilter final : public store::MessageFilter {
 public:
  /// By tags; a subscription of another type takes everything.
  explicit ExpressionMessageFilter(std::shared_ptr<const SubscriptionData> subscription);
  ExpressionMessageFilter(std::shared_ptr<const SubscriptionData> subscription,
                          std::shared_ptr<const CompiledExpression> expression);
  /// Of a retry topic under filterSupportRetry: a retried message also has to pass what its group
  /// has registered for the topic it came from, as far as anything is registered. `filters` must
  /// outlive the filter.
  static ExpressionMessageFilter for_retry_topic(
      std::shared_ptr<const SubscriptionData> subscription, const ConsumerFilterManager& filters);

  const SubscriptionData& subscription() const { return *subscription_; }
  /// True when there is nothing to test.
  bool matches_all() const;

  bool matches_tags_code(std::int64_t tags_code) const override;
  bool needs_record() const override;
  bool matches_record(const MessageRecord& record) const override;
  /// The whole test of a message that has just arrived.
  bool matches_arrival(const store::MessageArrival& message) const;

 private:
  bool matches_properties(std::string_view properties) const;

  std::shared_ptr<const SubscriptionData> subscription_;
  /// Null when the subscription is by tags.
  std::shared_ptr<const CompiledExpression> expression_;
  /// Null unless this is the filter of a retry topic.
  const ConsumerFilterManager* retry_filters_ = nullptr;
};

}  // namespace rocketmq::broker
