// The JSON form of a frame's header.
#include <string>

#include "header_codec.hpp"
#include "same_command.hpp"

namespace rocketmq::fuzz {

using namespace remoting;

void run(std::string_view input) {
  RemotingCommand command;
  if (!remoting::detail::read_json_header(input, command)) return;
  std::string written;
  remoting::detail::write_json_header(command, written);
  RemotingCommand again;
  check(remoting::detail::read_json_header(written, again).has_value(), "what is written is read");
  std::string twice;
  remoting::detail::write_json_header(again, twice);
  check(twice == written, "a header that was written is written the same again");

  if (!remoting::detail::fits_binary_header(again)) return;
  std::string binary;
  remoting::detail::write_binary_header(again, binary);
  RemotingCommand from_binary;
  check(remoting::detail::read_binary_header(binary, from_binary).has_value(),
        "the other form is read");
  check_same(again, from_binary);
}

}  // namespace rocketmq::fuzz
