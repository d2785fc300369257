#include "rocketmq/common/subscription_data.hpp"

#include "rocketmq/common/tags.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq {
namespace {}  // namespace

Result<SubscriptionData> parse_tag_subscription(std::string_view topic, std::string_view expression,
                                                std::int64_t sub_version) {
  SubscriptionData subscription;
  subscription.topic = topic;
  subscription.sub_version = sub_version;
  if (expression.empty() || expression == "*") return subscription;
  subscription.sub_string = expression;
  for (std::string_view rest = expression; !rest.empty();) {
    const auto end = rest.find("||");
    const std::string_view tag = trim(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 2);
    if (tag.empty()) continue;
    subscription.tags_set.emplace(tag);
    subscription.code_set.insert(java_string_hash(tag));
  }
  if (subscription.tags_set.empty()) {
    return Error{ResponseCode::SubscriptionParseFailed,
                 "the subscription '" + std::string(expression) + "' names no tag"};
  }
  return subscription;
}

}  // namespace rocketmq
