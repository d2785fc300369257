// The body of a batch of messages: split into records, written, and read as a pull's response is.
#include <vector>

#include "fuzz_target.hpp"
#include "prepared_record.hpp"
#include "rocketmq/common/message_record.hpp"

namespace rocketmq::fuzz {

using namespace store;

void run(std::string_view bytes) {
  Input input(bytes);
  const std::string_view more_properties = input.until('\0');
  const MessageToPut message{.topic = "TopicTest",
                             .born_host = Endpoint::v4(10, 0, 0, 1, 1234),
                             .store_host = Endpoint::v4(127, 0, 0, 1, 10911),
                             .body = input.rest(),
                             .properties = more_properties};
  std::vector<PreparedRecord> records;
  if (!prepare_batch(message, records)) return;
  check(!records.empty(), "a batch that is taken has an entry");
  for (const PreparedRecord& record : records) {
    check(record.properties_bytes() <= 32'767, "the properties fit into a record");
    std::string written(static_cast<std::size_t>(record.total_bytes), '\0');
    write_record(record, 7, 4'096, 1'700'000'000'000, written.data());
    const auto read = message_record::decode(written, message_record::Check::BodyCrc);
    check(read.has_value(), "what is written is read");
    check(read->body == record.body && read->topic == "TopicTest", "the message survives");
    check(read->properties.size() == record.properties_bytes(), "the properties survive");
  }
}

}  // namespace rocketmq::fuzz
