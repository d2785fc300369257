#include "body_json.hpp"

#include <set>
#include <utility>

#include "rocketmq/common/tags.hpp"

namespace rocketmq::remoting::detail {

using nlohmann::json;

namespace {

/// A tag subscription that came without its hash codes, or without its tags either, gets them from
/// what it has.
void complete_codes(SubscriptionData& subscription) {
  const bool wants_tags = subscription.is_tag_expression() && !subscription.class_filter_mode &&
                          !subscription.matches_all();
  if (!wants_tags || !subscription.code_set.empty()) return;
  if (subscription.tags_set.empty()) {
    auto parsed = parse_tag_subscription(subscription.topic, subscription.sub_string,
                                         subscription.sub_version);
    if (!parsed) return;
    subscription.tags_set = std::move(parsed->tags_set);
  }
  for (const std::string& tag : subscription.tags_set)
    subscription.code_set.insert(java_string_hash(tag));
}

/// A hash code is a number or, from the old C++ client, a text.
bool read_code(JsonReader& in, std::set<std::int32_t>& codes) {
  if (in.kind() == JsonReader::Kind::Null) return in.skip();
  std::int32_t code = 0;
  if (!in.read(code)) return false;
  codes.insert(code);
  return true;
}

bool read_tag(JsonReader& in, std::set<std::string>& tags) {
  std::string tag;
  if (in.kind() == JsonReader::Kind::Null) return in.skip();
  if (!in.read(tag)) return false;
  tags.insert(std::move(tag));
  return true;
}

}  // namespace

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

bool read_json(JsonReader& in, SubscriptionData& subscription) {
  subscription.sub_string = "*";
  const bool is_read = in.object([&](std::string_view name) {
    if (json_name_is(name, "topic")) return in.read(subscription.topic);
    if (json_name_is(name, "subString")) return in.read(subscription.sub_string);
    if (json_name_is(name, "subVersion")) return in.read(subscription.sub_version);
    if (json_name_is(name, "expressionType")) return in.read(subscription.expression_type);
    if (json_flag_is(name, "classFilterMode")) return in.read(subscription.class_filter_mode);
    if (json_name_is(name, "tagsSet"))
      return in.array([&] { return read_tag(in, subscription.tags_set); });
    if (json_name_is(name, "codeSet"))
      return in.array([&] { return read_code(in, subscription.code_set); });
    return in.skip();
  });
  if (is_read) complete_codes(subscription);
  return is_read;
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
