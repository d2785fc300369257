// The body of a heartbeat, in all the forms that published clients send.
#include "rocketmq/protocol/heartbeat_data.hpp"
#include "round_trip.hpp"

namespace rocketmq::fuzz {

using namespace remoting;

void run(std::string_view input) {
  if (const auto data = decode_heartbeat(input)) {
    check_round_trip(
        *data, [](const HeartbeatData& value) { return encode_body(value); }, decode_heartbeat);
  }
}

}  // namespace rocketmq::fuzz
