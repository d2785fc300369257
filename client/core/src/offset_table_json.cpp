#include "rocketmq/client/offset_table_json.hpp"

#include <nlohmann/json.hpp>

#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/json_reader.hpp"

namespace rocketmq::client {
namespace {

/// The queue of an object, and its offset when it has one.
bool read_entry(JsonReader& in, MessageQueue& queue, std::int64_t& offset) {
  std::string topic;
  std::string broker_name;
  std::int32_t queue_id = 0;
  const bool is_read = in.object([&](std::string_view name) {
    if (json_name_is(name, "topic")) return in.read(topic);
    if (json_name_is(name, "brokerName")) return in.read(broker_name);
    if (json_name_is(name, "queueId")) return in.read(queue_id);
    if (json_name_is(name, "offset")) return in.read(offset);
    return in.skip();
  });
  queue = MessageQueue(topic, broker_name, queue_id);
  return is_read;
}

/// A list of queues with their offsets, or a map whose keys are queues.
bool read_table(JsonReader& in, OffsetTable& offsets) {
  MessageQueue queue;
  if (in.kind() == JsonReader::Kind::Array) {
    return in.array([&] {
      std::int64_t offset = 0;
      if (!read_entry(in, queue, offset)) return false;
      offsets[queue] = offset;
      return true;
    });
  }
  return in.object([&](std::string_view key) {
    JsonReader key_reader(key);
    std::int64_t unused = 0;
    if (key_reader.kind() != JsonReader::Kind::Object || !read_entry(key_reader, queue, unused))
      return in.fail("a key that is no queue");
    return in.read_required(offsets[queue]);
  });
}

}  // namespace

std::string encode_queue(const MessageQueue& queue) {
  return dump_json({{"brokerName", queue.getBrokerName()},
                    {"queueId", queue.getQueueId()},
                    {"topic", queue.getTopic()}});
}

std::string encode_offset_table(std::string_view member, const OffsetTable& offsets) {
  std::string text = "{\"" + std::string(member) + "\":{";
  bool first = true;
  for (const auto& [queue, offset] : offsets) {
    if (!first) text += ',';
    first = false;
    text += encode_queue(queue) + ":" + std::to_string(offset);
  }
  return text + "}}";
}

Result<OffsetTable> decode_offset_table(const char* member, std::string_view text) {
  JsonReader in(text, JsonReader::Source::Trusted);
  OffsetTable offsets;
  bool has_table = false;
  const bool is_read = in.kind() == JsonReader::Kind::Object &&
                       in.object([&](std::string_view name) {
                         if (!json_name_is(name, member)) return in.skip();
                         has_table = true;
                         return read_table(in, offsets);
                       }) &&
                       in.end();
  if (in.failed()) return in.error();
  if (!is_read || !has_table)
    return Error{ResponseCode::SystemError, std::string("the body has no offsets under ") + member};
  return offsets;
}

}  // namespace rocketmq::client
