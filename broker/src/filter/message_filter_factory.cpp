#include "filter/message_filter_factory.hpp"

#include <string>
#include <utility>

#include "rocketmq/common/names.hpp"

namespace rocketmq::broker {
namespace {

Error filter_data_error(ResponseCode code, std::string_view group,
                        const SubscriptionData& subscription, const char* what) {
  return {code, "the filter of group " + std::string(group) + " for topic " + subscription.topic +
                    what + "; wait for the next heartbeat"};
}

}  // namespace

Result<void> MessageFilterFactory::check_enabled(std::string_view expression_type) const {
  if (options_.enable_property_filter) return {};
  constexpr std::size_t shown_bytes_max = 64;
  return Error{ResponseCode::SystemError,
               "The broker does not support consumer to filter message by " +
                   std::string(expression_type.substr(0, shown_bytes_max))};
}

Result<void> MessageFilterFactory::check(const SubscriptionData& subscription) const {
  if (subscription.is_tag_expression()) return {};
  if (auto enabled = check_enabled(subscription.expression_type); !enabled) return enabled;
  auto compiled = cache_.compile(subscription.expression_type, subscription.sub_string);
  if (!compiled) return compiled.error();
  return {};
}

ExpressionMessageFilter MessageFilterFactory::by_tags(
    std::shared_ptr<const SubscriptionData> subscription) const {
  if (options_.filter_support_retry && options_.enable_property_filter &&
      is_retry_topic(subscription->topic)) {
    return ExpressionMessageFilter::for_retry_topic(std::move(subscription), filters_);
  }
  return ExpressionMessageFilter(std::move(subscription));
}

Result<ExpressionMessageFilter> MessageFilterFactory::for_request(
    const RequestedFilter& requested) const {
  if (requested.expression_type.empty() || requested.expression_type == "TAG") {
    auto parsed =
        parse_tag_subscription(requested.topic, requested.expression, requested.sub_version);
    if (!parsed) return Error{ResponseCode::SubscriptionParseFailed, parsed.error().remark};
    parsed->class_filter_mode = requested.class_filter_mode;
    return by_tags(std::make_shared<const SubscriptionData>(*std::move(parsed)));
  }
  auto compiled = cache_.compile(requested.expression_type, requested.expression);
  if (!compiled) return compiled.error();
  if (auto enabled = check_enabled(requested.expression_type); !enabled) return enabled.error();
  SubscriptionData subscription;
  subscription.topic = requested.topic;
  subscription.sub_string = requested.expression;
  subscription.sub_version = requested.sub_version;
  subscription.expression_type = requested.expression_type;
  subscription.class_filter_mode = requested.class_filter_mode;
  return ExpressionMessageFilter(std::make_shared<const SubscriptionData>(std::move(subscription)),
                                 *std::move(compiled));
}

Result<ExpressionMessageFilter> MessageFilterFactory::for_group(
    std::string_view group, std::shared_ptr<const SubscriptionData> subscription,
    std::int64_t sub_version) const {
  if (subscription->is_tag_expression()) return by_tags(std::move(subscription));
  if (auto enabled = check_enabled(subscription->expression_type); !enabled) return enabled.error();
  if (subscription->class_filter_mode) return ExpressionMessageFilter(std::move(subscription));
  const auto data = filters_.find(subscription->topic, group);
  if (data == nullptr) {
    return filter_data_error(ResponseCode::FilterDataNotExist, group, *subscription,
                             " does not exist: its expression may not compile");
  }
  if (data->client_version < sub_version) {
    return filter_data_error(ResponseCode::FilterDataNotLatest, group, *subscription,
                             " is older than the one of this pull");
  }
  return ExpressionMessageFilter(std::move(subscription), data->expression);
}

}  // namespace rocketmq::broker
