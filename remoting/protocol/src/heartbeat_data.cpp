#include "rocketmq/protocol/heartbeat_data.hpp"

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>

#include "body_json.hpp"

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

template <class Enum>
std::string_view name_of(std::initializer_list<std::string_view> names, Enum value) {
  const auto ordinal = static_cast<std::size_t>(value);
  return ordinal < names.size() ? names.begin()[ordinal] : "UNKNOWN";
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

/// Elements of one heartbeat that are kept: its groups and subscriptions. What names more is
/// refused while it is read, before it takes memory.
constexpr std::size_t elements_max = 65'536;

bool take_element(JsonReader& in, std::size_t& elements) {
  return ++elements <= elements_max ||
         in.fail("more than " + std::to_string(elements_max) + " groups and subscriptions");
}

bool read_consumer(JsonReader& in, ConsumerData& consumer, std::size_t& elements) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "groupName")) return in.read(consumer.group_name);
    if (json_name_is(name, "consumeType")) return detail::read_json(in, consumer.consume_type);
    if (json_name_is(name, "messageModel")) return detail::read_json(in, consumer.message_model);
    if (json_name_is(name, "consumeFromWhere"))
      return detail::read_json(in, consumer.consume_from_where);
    if (json_flag_is(name, "unitMode")) return in.read(consumer.unit_mode);
    if (!json_name_is(name, "subscriptionDataSet")) return in.skip();
    consumer.subscriptions.clear();
    return in.array([&] {
      if (in.kind() == JsonReader::Kind::Null) return in.skip();
      return take_element(in, elements) &&
             detail::read_json(in, consumer.subscriptions.emplace_back());
    });
  });
}

json queues_to_json(const std::vector<MessageQueueId>& queues) {
  auto array = json::array();
  for (const MessageQueueId& queue : queues) array.push_back(detail::queue_to_json(queue));
  return array;
}

bool read_queues(JsonReader& in, std::vector<MessageQueueId>& queues) {
  queues.clear();
  return in.array([&] {
    if (in.kind() == JsonReader::Kind::Null) return in.skip();
    return detail::read_json(in, queues.emplace_back());
  });
}

/// A body whose only member of interest is a list of queues.
struct QueueList {
  std::vector<MessageQueueId> queues;
};
bool read_json(JsonReader& in, QueueList& list) {
  return in.object([&](std::string_view name) {
    return json_name_is(name, "lockOKMQSet") ? read_queues(in, list.queues) : in.skip();
  });
}

struct IdList {
  std::vector<std::string> ids;
};
bool read_json(JsonReader& in, IdList& list) {
  return in.object([&](std::string_view name) {
    return json_name_is(name, "consumerIdList") ? detail::read_texts(in, list.ids) : in.skip();
  });
}

bool read_producer(JsonReader& in, std::vector<std::string>& groups) {
  std::string group;
  const bool is_read = in.object([&](std::string_view name) {
    return json_name_is(name, "groupName") ? in.read(group) : in.skip();
  });
  if (is_read && !group.empty()) groups.push_back(std::move(group));
  return is_read;
}

}  // namespace

std::string_view to_string(ConsumeType type) { return name_of(consume_type_names, type); }
std::string_view to_string(MessageModel model) { return name_of(message_model_names, model); }
std::string_view to_string(ConsumeFromWhere where) {
  return name_of(consume_from_where_names, where);
}

namespace detail {

bool read_json(JsonReader& in, ConsumeType& type) { return in.read_enum(type, consume_type_names); }
bool read_json(JsonReader& in, MessageModel& model) {
  return in.read_enum(model, message_model_names);
}
bool read_json(JsonReader& in, ConsumeFromWhere& where) {
  return in.read_enum(where, consume_from_where_names);
}

}  // namespace detail

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

static bool read_json(JsonReader& in, HeartbeatData& data) {
  std::size_t elements = 0;
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "clientID")) return in.read(data.client_id);
    if (json_name_is(name, "producerDataSet")) {
      data.producer_groups.clear();
      return in.array(
          [&] { return take_element(in, elements) && read_producer(in, data.producer_groups); });
    }
    if (!json_name_is(name, "consumerDataSet")) return in.skip();
    data.consumers.clear();
    return in.array([&] {
      ConsumerData consumer;
      if (!take_element(in, elements) || !read_consumer(in, consumer, elements)) return false;
      if (!consumer.group_name.empty()) data.consumers.push_back(std::move(consumer));
      return true;
    });
  });
}

Result<HeartbeatData> decode_heartbeat(std::string_view body) {
  auto data = parse_json_object<HeartbeatData>("heartbeat", body);
  if (data && data->client_id.empty())
    return Error{ResponseCode::SystemError, "heartbeat: clientID is missing"};
  return data;
}

std::string encode_consumer_id_list(const std::vector<std::string>& ids) {
  return dump_json({{"consumerIdList", ids}});
}

Result<std::vector<std::string>> decode_consumer_id_list(std::string_view body) {
  auto list = parse_json_object<IdList>("consumer id list", body);
  if (!list) return list.error();
  return std::move(list->ids);
}

std::string encode_body(const LockBatchRequestBody& body) {
  return dump_json({{"clientId", body.client_id},
                    {"consumerGroup", body.consumer_group},
                    {"mqSet", queues_to_json(body.queues)}});
}

static bool read_json(JsonReader& in, LockBatchRequestBody& body) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "clientId")) return in.read(body.client_id);
    if (json_name_is(name, "consumerGroup")) return in.read(body.consumer_group);
    return json_name_is(name, "mqSet") ? read_queues(in, body.queues) : in.skip();
  });
}

Result<LockBatchRequestBody> decode_lock_batch_request(std::string_view body) {
  return parse_json_object<LockBatchRequestBody>("lock request", body);
}

std::string encode_locked_queues(const std::vector<MessageQueueId>& queues) {
  return dump_json({{"lockOKMQSet", queues_to_json(queues)}});
}

Result<std::vector<MessageQueueId>> decode_locked_queues(std::string_view body) {
  auto list = parse_json_object<QueueList>("locked queues", body);
  if (!list) return list.error();
  return std::move(list->queues);
}

}  // namespace rocketmq::remoting
