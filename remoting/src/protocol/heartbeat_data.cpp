#include "rocketmq/remoting/protocol/heartbeat_data.hpp"

#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "protocol/body_json.hpp"
#include "rocketmq/common/tags.hpp"

namespace rocketmq::remoting {
namespace {

using nlohmann::json;

// In ordinal order, as the enums are.
const std::initializer_list<std::string_view> consume_type_names{"CONSUME_ACTIVELY",
                                                                 "CONSUME_PASSIVELY"};
const std::initializer_list<std::string_view> message_model_names{"BROADCASTING", "CLUSTERING"};
const std::initializer_list<std::string_view> consume_from_where_names{
    "CONSUME_FROM_LAST_OFFSET",  "CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST",
    "CONSUME_FROM_MIN_OFFSET",   "CONSUME_FROM_MAX_OFFSET",
    "CONSUME_FROM_FIRST_OFFSET", "CONSUME_FROM_TIMESTAMP"};

/// An enum of this body, by name or ordinal; `absent` when it is absent or unknown.
template <class Enum>
Enum enum_member(const json& object, const char* member,
                 std::initializer_list<std::string_view> names, Enum absent) {
  return static_cast<Enum>(json_enum(object, member, names, static_cast<std::int32_t>(absent)));
}

template <class Enum>
std::string_view name_of(std::initializer_list<std::string_view> names, Enum value) {
  const auto ordinal = static_cast<std::size_t>(value);
  return ordinal < names.size() ? names.begin()[ordinal] : "UNKNOWN";
}

/// Hash codes as numbers or, from the old C++ client, as texts.
void read_codes(const json& codes, std::set<std::int32_t>& code_set) {
  using Limits = std::numeric_limits<std::int32_t>;
  for (const json& code : codes) {
    const auto number = json_number(code);
    if (number && *number >= Limits::min() && *number <= Limits::max())
      code_set.insert(static_cast<std::int32_t>(*number));
  }
}

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

SubscriptionData subscription_from_json(const json& member) {
  SubscriptionData subscription;
  subscription.topic = json_text(member, "topic");
  subscription.sub_string = json_text(member, "subString", "*");
  subscription.sub_version = json_int64(member, "subVersion");
  subscription.expression_type = json_text(member, "expressionType", "TAG");
  subscription.class_filter_mode = json_bool(member, "classFilterMode");
  for (std::string& tag : detail::text_list(member, "tagsSet"))
    subscription.tags_set.insert(std::move(tag));
  if (const json* const codes = detail::array_member(member, "codeSet"))
    read_codes(*codes, subscription.code_set);
  complete_codes(subscription);
  return subscription;
}

json consumer_to_json(const ConsumerData& consumer) {
  auto subscriptions = json::array();
  for (const SubscriptionData& subscription : consumer.subscriptions) {
    subscriptions.push_back(detail::subscription_to_json(subscription));
  }
  return {{"consumeFromWhere", to_string(consumer.consume_from_where)},
          {"consumeType", to_string(consumer.consume_type)},
          {"groupName", consumer.group_name},
          {"messageModel", to_string(consumer.message_model)},
          {"subscriptionDataSet", std::move(subscriptions)},
          {"unitMode", consumer.unit_mode}};
}

ConsumerData consumer_from_json(const json& member) {
  ConsumerData consumer;
  consumer.group_name = json_text(member, "groupName");
  consumer.consume_type =
      enum_member(member, "consumeType", consume_type_names, consumer.consume_type);
  consumer.message_model =
      enum_member(member, "messageModel", message_model_names, consumer.message_model);
  consumer.consume_from_where = enum_member(member, "consumeFromWhere", consume_from_where_names,
                                            consumer.consume_from_where);
  consumer.unit_mode = json_bool(member, "unitMode");
  if (const json* const subscriptions = detail::array_member(member, "subscriptionDataSet")) {
    for (const json& subscription : *subscriptions) {
      if (subscription.is_object())
        consumer.subscriptions.push_back(subscription_from_json(subscription));
    }
  }
  return consumer;
}

json queues_to_json(const std::vector<MessageQueueId>& queues) {
  auto array = json::array();
  for (const MessageQueueId& queue : queues) array.push_back(detail::queue_to_json(queue));
  return array;
}

std::vector<MessageQueueId> queues_from_json(const json& object, const char* member) {
  std::vector<MessageQueueId> queues;
  const json* const array = detail::array_member(object, member);
  if (array == nullptr) return queues;
  for (const json& item : *array) {
    if (item.is_object()) queues.push_back(detail::queue_from_json(item));
  }
  return queues;
}

}  // namespace

std::string_view to_string(ConsumeType type) { return name_of(consume_type_names, type); }
std::string_view to_string(MessageModel model) { return name_of(message_model_names, model); }
std::string_view to_string(ConsumeFromWhere where) {
  return name_of(consume_from_where_names, where);
}

std::string encode_body(const HeartbeatData& data) {
  auto consumers = json::array();
  for (const ConsumerData& consumer : data.consumers)
    consumers.push_back(consumer_to_json(consumer));
  auto producers = json::array();
  for (const std::string& group : data.producer_groups) producers.push_back({{"groupName", group}});
  return dump_json({{"clientID", data.client_id},
                    {"consumerDataSet", std::move(consumers)},
                    {"producerDataSet", std::move(producers)}});
}

Result<HeartbeatData> decode_heartbeat(std::string_view body) {
  const auto object = detail::parse_body_object("heartbeat", body);
  if (!object) return object.error();
  HeartbeatData data;
  data.client_id = json_text(*object, "clientID");
  if (data.client_id.empty())
    return Error{ResponseCode::SystemError, "heartbeat: clientID is missing"};
  if (const json* const producers = detail::array_member(*object, "producerDataSet")) {
    for (const json& producer : *producers) {
      if (auto group = json_text(producer, "groupName"); !group.empty())
        data.producer_groups.push_back(std::move(group));
    }
  }
  if (const json* const consumers = detail::array_member(*object, "consumerDataSet")) {
    for (const json& member : *consumers) {
      auto consumer = consumer_from_json(member);
      if (!consumer.group_name.empty()) data.consumers.push_back(std::move(consumer));
    }
  }
  return data;
}

std::string encode_consumer_id_list(const std::vector<std::string>& ids) {
  return dump_json({{"consumerIdList", ids}});
}

Result<std::vector<std::string>> decode_consumer_id_list(std::string_view body) {
  const auto object = detail::parse_body_object("consumer id list", body);
  if (!object) return object.error();
  return detail::text_list(*object, "consumerIdList");
}

std::string encode_body(const LockBatchRequestBody& body) {
  return dump_json({{"clientId", body.client_id},
                    {"consumerGroup", body.consumer_group},
                    {"mqSet", queues_to_json(body.queues)}});
}

Result<LockBatchRequestBody> decode_lock_batch_request(std::string_view body) {
  const auto object = detail::parse_body_object("lock request", body);
  if (!object) return object.error();
  return LockBatchRequestBody{json_text(*object, "clientId"), json_text(*object, "consumerGroup"),
                              queues_from_json(*object, "mqSet")};
}

std::string encode_locked_queues(const std::vector<MessageQueueId>& queues) {
  return dump_json({{"lockOKMQSet", queues_to_json(queues)}});
}

Result<std::vector<MessageQueueId>> decode_locked_queues(std::string_view body) {
  const auto object = detail::parse_body_object("locked queues", body);
  if (!object) return object.error();
  return queues_from_json(*object, "lockOKMQSet");
}

}  // namespace rocketmq::remoting
