#include "filter/expression_message_filter.hpp"

#include <utility>

#include "filter/consumer_filter_manager.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"

namespace rocketmq::broker {

ExpressionMessageFilter::ExpressionMessageFilter(
    std::shared_ptr<const SubscriptionData> subscription)
    : subscription_(std::move(subscription)) {}

ExpressionMessageFilter::ExpressionMessageFilter(
    std::shared_ptr<const SubscriptionData> subscription,
    std::shared_ptr<const CompiledExpression> expression)
    : subscription_(std::move(subscription)), expression_(std::move(expression)) {}

ExpressionMessageFilter ExpressionMessageFilter::for_retry_topic(
    std::shared_ptr<const SubscriptionData> subscription, const ConsumerFilterManager& filters) {
  ExpressionMessageFilter filter(std::move(subscription));
  filter.retry_filters_ = &filters;
  return filter;
}

bool ExpressionMessageFilter::matches_all() const {
  if (needs_record()) return false;
  return subscription_->class_filter_mode || !subscription_->is_tag_expression() ||
         subscription_->matches_all();
}

bool ExpressionMessageFilter::matches_tags_code(std::int64_t tags_code) const {
  return !subscription_->is_tag_expression() || subscription_->matches_code(tags_code);
}

bool ExpressionMessageFilter::needs_record() const {
  return (expression_ != nullptr || retry_filters_ != nullptr) && !subscription_->class_filter_mode;
}

bool ExpressionMessageFilter::matches_record(const MessageRecord& record) const {
  return matches_properties(record.properties);
}

bool ExpressionMessageFilter::matches_arrival(const store::MessageArrival& message) const {
  return matches_tags_code(message.tags_code) &&
         (!needs_record() || matches_properties(message.properties));
}

bool ExpressionMessageFilter::matches_properties(std::string_view properties) const {
  if (expression_ != nullptr && !expression_->matches(properties)) return false;
  if (retry_filters_ == nullptr) return true;
  const auto real_topic = find_property(properties, property::retry_topic);
  if (!real_topic) return true;
  const std::string_view group =
      std::string_view(subscription_->topic).substr(names::retry_prefix.size());
  const auto data = retry_filters_->find(*real_topic, group);
  return data == nullptr || data->expression->matches(properties);
}

}  // namespace rocketmq::broker
