// The binary form of a frame's header.
#include <string>

#include "header_codec.hpp"
#include "same_command.hpp"

namespace rocketmq::fuzz {

using namespace remoting;

void run(std::string_view input) {
  RemotingCommand command;
  if (!remoting::detail::read_binary_header(input, command)) return;
  check(remoting::detail::fits_binary_header(command), "what came in this form fits into it");
  std::string written;
  remoting::detail::write_binary_header(command, written);
  RemotingCommand again;
  check(remoting::detail::read_binary_header(written, again).has_value(),
        "what is written is read");
  check_same(command, again);
  std::string twice;
  remoting::detail::write_binary_header(again, twice);
  check(twice == written, "a header that was written is written the same again");
}

}  // namespace rocketmq::fuzz
