// A stream of frames, cut and decoded as a connection does it.
#include <string>

#include "rocketmq/protocol/frame_decoder.hpp"
#include "same_command.hpp"

namespace rocketmq::fuzz {

using namespace remoting;

void run(std::string_view input) {
  RemotingCommand command;
  while (!input.empty()) {
    const auto found = find_frame(input, frame_bytes_max);
    if (!found || !*found) return;
    const std::size_t frame_bytes = **found;
    check(frame_bytes >= 8 && frame_bytes <= input.size(), "a frame is whole");
    const std::string_view frame = input.substr(4, frame_bytes - 4);
    input.remove_prefix(frame_bytes);
    if (!decode_frame(frame, command)) return;
    check(command.body.size() <= frame.size(), "the body is within its frame");

    // What is not UTF-8 is replaced when it is written as JSON; after that nothing changes any
    // more.
    std::string written;
    encode_frame(command, written);
    RemotingCommand again;
    check(decode_frame(std::string_view(written).substr(4), again).has_value(),
          "what is written is read");
    check(again.body == command.body, "the body survives");
    std::string twice;
    encode_frame(again, twice);
    check(twice == written, "a frame that was written is written the same again");
  }
}

}  // namespace rocketmq::fuzz
