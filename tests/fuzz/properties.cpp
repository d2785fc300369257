// The text of a message's properties, as it is sent, stored and changed by the broker.
#include <string>

#include "fuzz_target.hpp"
#include "processors/send_properties.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "schedule/delayed_message.hpp"
#include "transaction/half_message.hpp"
#include "transaction/op_message.hpp"

namespace rocketmq::fuzz {

using namespace broker;

void run(std::string_view input) {
  const MessageProperties properties = decode_properties(input);
  check(decode_properties(encode_properties(properties)) == properties, "properties survive");
  for (const auto& [name, value] : properties) {
    check(!name.empty(), "a property has a name");
    check(find_property(input, name) == value, "what is read of all is found alone");
    check(!find_property(remove_property(input, name), name), "what is removed is gone");
  }

  std::string scratch;
  const SendProperties sent = prepare_properties(input, "DefaultCluster", scratch);
  check(!find_property(sent.stored, "WAIT"), "WAIT is not stored");
  check(find_property(sent.stored, property::cluster) == "DefaultCluster", "CLUSTER is stored");

  const std::string delayed = delayed_properties(input, 3, "TopicTest", 5);
  check(find_property(delayed, property::real_topic) == "TopicTest", "REAL_TOPIC is there");
  check(find_property(delayed, property::real_queue_id) == "5", "REAL_QID is there");
  const std::string half = half_properties(input, "TopicTest", 5);
  const MessageRecord record{.topic = names::half_topic, .properties = half};
  const auto place = real_place_of(record);
  check(place && place->topic == "TopicTest" && place->queue_id == 5, "a half message goes home");
  const MessageRecord any{.topic = names::half_topic, .properties = input};
  (void)real_place_of(any);
  (void)first_offset_of(any);
  (void)ended_offsets(input);
}

}  // namespace rocketmq::fuzz
