#include "protocol/body_json.hpp"

#include <utility>

namespace rocketmq::remoting::detail {

using nlohmann::json;

Result<json> parse_body_object(std::string_view what, std::string_view body) {
  auto parsed = parse_fastjson(body);
  if (!parsed)
    return Error{ResponseCode::SystemError, std::string(what) + ": " + parsed.error().remark};
  if (!parsed->is_object())
    return Error{ResponseCode::SystemError, std::string(what) + ": the body is no JSON object"};
  return parsed;
}

const json* array_member(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_array() ? &*found : nullptr;
}

const json* object_member(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_object() ? &*found : nullptr;
}

std::vector<std::string> texts_of(const json& array) {
  std::vector<std::string> texts;
  for (const json& item : array) {
    if (item.is_string()) texts.push_back(item.get_ref<const std::string&>());
  }
  return texts;
}

std::vector<std::string> text_list(const json& object, const char* member) {
  const json* const array = array_member(object, member);
  return array == nullptr ? std::vector<std::string>() : texts_of(*array);
}

json queue_to_json(const MessageQueueId& queue) {
  return {{"brokerName", queue.broker_name}, {"queueId", queue.queue_id}, {"topic", queue.topic}};
}

MessageQueueId queue_from_json(const json& object) {
  return {json_text(object, "topic"), json_text(object, "brokerName"),
          json_int32(object, "queueId")};
}

json subscription_to_json(const SubscriptionData& subscription) {
  return {{"classFilterMode", subscription.class_filter_mode},
          {"codeSet", subscription.code_set},
          {"expressionType", subscription.expression_type},
          {"subString", subscription.sub_string},
          {"subVersion", subscription.sub_version},
          {"tagsSet", subscription.tags_set},
          {"topic", subscription.topic}};
}

}  // namespace rocketmq::remoting::detail
