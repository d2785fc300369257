// JSON bodies that servers read, besides heartbeats and registrations. The first byte says which.
#include <nlohmann/json.hpp>

#include "processors/admin_lists.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/subscription_group_config.hpp"
#include "rocketmq/common/topic_config.hpp"
#include "rocketmq/protocol/admin_answers.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"
#include "rocketmq/protocol/route_data.hpp"
#include "round_trip.hpp"

namespace rocketmq::fuzz {

using namespace remoting;

namespace {

template <class Body, class Encode, class Decode>
void survives(const Result<Body>& body, const Encode& encode, const Decode& decode) {
  if (body) check_round_trip(*body, encode, decode);
}

template <class Body>
std::string json_of(const Body& body) {
  return dump_json(body);
}

}  // namespace

void run(std::string_view bytes) {
  Input input(bytes);
  const std::uint8_t which = input.byte();
  const std::string_view body = input.rest();
  const auto encode = [](const auto& value) { return encode_body(value); };
  const auto topics = [](std::string_view text) {
    return parse_json_object<TopicConfigSerializeWrapper>("topics", text);
  };
  const auto groups = [](std::string_view text) {
    return parse_json_object<SubscriptionGroupWrapper>("groups", text);
  };
  const auto group = [](std::string_view text) {
    return parse_json_object<SubscriptionGroupConfig>("group", text);
  };
  switch (which) {
    case 'l': survives(decode_lock_batch_request(body), encode, decode_lock_batch_request); break;
    case 'v': survives(decode_data_version(body), encode, decode_data_version); break;
    case 'k': survives(decode_kv_table(body), encode, decode_kv_table); break;
    case 'm': survives(decode_request_mode(body), encode, decode_request_mode); break;
    case 't': survives(topics(body), json_of<TopicConfigSerializeWrapper>, topics); break;
    case 'g': survives(groups(body), json_of<SubscriptionGroupWrapper>, groups); break;
    case 'c': survives(group(body), json_of<SubscriptionGroupConfig>, group); break;
    case 'T': (void)broker::decode_list<TopicConfig>(body, "topicConfigList"); break;
    case 'G': (void)broker::decode_list<SubscriptionGroupConfig>(body, "groupConfigList"); break;
    case 's': (void)decode_consumer_status(body); break;
    case 'r': (void)decode_running_info(body); break;
    case 'd': (void)decode_consume_directly_result(body); break;
    default: break;
  }
}

}  // namespace rocketmq::fuzz
