#include "consumer/subscription.hpp"

#include <nlohmann/json.hpp>

#include "rocketmq/client/name_checks.hpp"
#include "rocketmq/common/fastjson.hpp"

namespace rocketmq::client {

Outcome<SubscriptionData> make_subscription(const std::string& topic,
                                            const MessageSelector& selector, std::int64_t version) {
  if (auto legal = check_topic(topic); !legal) return legal.error();
  constexpr int unreadable = static_cast<int>(ResponseCode::SubscriptionParseFailed);
  if (selector.getExpressionType() == "TAG") {
    auto data = parse_tag_subscription(topic, selector.getExpression(), version);
    if (data) return std::move(*data);
    return client_failure("subscription of " + topic + ": " + data.error().remark,
                          static_cast<int>(data.error().code));
  }
  if (selector.getExpression().find_first_not_of(" \t\r\n") == std::string::npos) {
    return client_failure("subscription of " + topic + ": the condition is empty", unreadable);
  }
  SubscriptionData data;
  data.topic = topic;
  data.sub_string = selector.getExpression();
  data.expression_type = selector.getExpressionType();
  data.sub_version = version;
  return data;
}

Outcome<SubscriptionData> make_class_subscription(const std::string& topic,
                                                  const std::string& class_name,
                                                  std::int64_t version) {
  if (auto legal = check_topic(topic); !legal) return legal.error();
  if (class_name.empty())
    return client_failure("subscription of " + topic + ": the filter class has no name");
  SubscriptionData data;
  data.topic = topic;
  data.sub_string = class_name;
  data.class_filter_mode = true;
  data.sub_version = version;
  return data;
}

namespace {

nlohmann::json subscription_json(const SubscriptionData& data) {
  return {{"classFilterMode", data.class_filter_mode},
          {"codeSet", data.code_set},
          {"expressionType", data.expression_type},
          {"subString", data.sub_string},
          {"subVersion", data.sub_version},
          {"tagsSet", data.tags_set},
          {"topic", data.topic}};
}

}  // namespace

std::string encode_subscription(const SubscriptionData& data) {
  return dump_json(subscription_json(data));
}

std::string encode_client_config(const std::string& client_id, const std::string& group,
                                 const SubscriptionData& data) {
  return dump_json(
      {{"clientId", client_id}, {"group", group}, {"subscriptionData", subscription_json(data)}});
}

}  // namespace rocketmq::client
