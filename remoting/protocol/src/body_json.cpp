#include "body_json.hpp"

#include <utility>

namespace rocketmq::remoting::detail {

using nlohmann::json;

bool read_texts(JsonReader& in, std::vector<std::string>& texts) {
  texts.clear();
  return in.array([&] {
    if (in.kind() == JsonReader::Kind::Null) return in.skip();
    return in.read(texts.emplace_back());
  });
}

json queue_to_json(const MessageQueueId& queue) {
  return {{"brokerName", queue.broker_name}, {"queueId", queue.queue_id}, {"topic", queue.topic}};
}

bool read_json(JsonReader& in, MessageQueueId& queue) {
  queue = {};
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "topic")) return in.read(queue.topic);
    if (json_name_is(name, "brokerName")) return in.read(queue.broker_name);
    if (json_name_is(name, "queueId")) return in.read(queue.queue_id);
    return in.skip();
  });
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
