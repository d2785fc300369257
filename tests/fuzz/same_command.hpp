#pragma once

#include "fuzz_target.hpp"
#include "rocketmq/protocol/remoting_command.hpp"

namespace rocketmq::fuzz {

/// What two commands say, their bodies and encodings aside, is the same.
inline void check_same(const remoting::RemotingCommand& one, const remoting::RemotingCommand& two) {
  check(one.code == two.code, "the code survives");
  check(one.language == two.language, "the language survives");
  check(one.version == two.version, "the version survives");
  check(one.opaque == two.opaque, "the opaque survives");
  check(one.flag == two.flag, "the flag survives");
  check(one.remark == two.remark, "the remark survives");
  check(one.ext_fields.size() == two.ext_fields.size(), "the number of fields survives");
  for (std::size_t i = 0; i < one.ext_fields.size(); ++i) {
    const auto value = two.ext_fields.find(one.ext_fields.key_at(i));
    check(value && *value == *one.ext_fields.find(one.ext_fields.key_at(i)), "a field survives");
  }
}

}  // namespace rocketmq::fuzz
