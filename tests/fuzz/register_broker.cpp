// The body of a broker's registration. The first byte: bit 0, the header says that it is
// compressed; bit 1, the sender is as old as releases that sent the bare table.
#include "rocketmq/common/names.hpp"
#include "rocketmq/protocol/remoting_command.hpp"
#include "rocketmq/protocol/route_data.hpp"
#include "round_trip.hpp"

namespace rocketmq::fuzz {

using namespace remoting;

void run(std::string_view bytes) {
  Input input(bytes);
  const std::uint8_t form = input.byte();
  const bool is_compressed = (form & 1) != 0;
  const std::int32_t sender = (form & 2) != 0 ? version::v3_0_11 - 1 : version::own;
  const auto body = decode_register_broker_body(input.rest(), is_compressed, sender);
  if (!body) return;

  check_round_trip(
      *body, [](const RegisterBrokerBody& value) { return encode_body(value); },
      [](std::string_view text) { return decode_register_broker_body(text, false, version::own); });
  // The other form has a name and blanks in a line, and a broker has topics with valid names.
  for (const auto& [name, config] : body->topic_config.topic_config_table)
    if (!is_valid_name(name)) return;
  check_round_trip(*body, encode_packed_body, [](std::string_view text) {
    return decode_register_broker_body(text, true, version::own);
  });
}

}  // namespace rocketmq::fuzz
