// Records of the log, back to back: what clients, tools and replicas read.
#include "rocketmq/common/message_record.hpp"

#include <string>

#include "fuzz_target.hpp"

namespace rocketmq::fuzz {

using message_record::Check;

void run(std::string_view input) {
  const auto all = message_record::decode_all(input, Check::None);
  std::size_t decoded = 0;
  for (std::string_view rest = input; !rest.empty();) {
    const auto parts = message_record::locate(rest, Check::None);
    const auto record = message_record::decode(rest, Check::None);
    check(parts.has_value() == record.has_value(), "both ways to read take the same records");
    if (!record) break;
    check(record->body == parts->body && record->topic == parts->topic &&
              record->properties == parts->properties,
          "both ways to read find the same parts");
    const auto bytes = static_cast<std::size_t>(record->total_size);
    check(bytes <= rest.size(), "a record is within its bytes");
    if (record->magic == message_record::magic_v1 && record->topic.size() <= 127) {
      std::string written(message_record::encoded_size(*record), '\0');
      message_record::encode(*record, written.data());
      check(written == rest.substr(0, bytes), "a record is written as it was read");
    }
    rest.remove_prefix(bytes);
    ++decoded;
  }
  check(!all || all->size() == decoded, "all records are read");
}

}  // namespace rocketmq::fuzz
