// What the filter server does with the records of a broker's answer. The first byte says what the
// filter wants, the second how large a body is that is compressed.
#include <vector>

#include "fuzz_target.hpp"
#include "pulls/judged_batch.hpp"

namespace rocketmq::fuzz {

using namespace filtersrv;

namespace {

/// Judges by the lengths of what it is given, all of which it reads.
class LengthFilter final : public Filter {
 public:
  explicit LengthFilter(std::uint8_t how) : how_(how) {}
  Result<std::vector<Verdict>> match(std::span<const FilterMessage> messages) override {
    std::vector<Verdict> verdicts;
    for (const FilterMessage& message : messages) {
      std::size_t sum = how_ + message.message_id.size();
      for (const std::string_view text : {message.topic, message.properties, message.body})
        for (const char c : text) sum += static_cast<unsigned char>(c);
      verdicts.push_back(static_cast<Verdict>(sum % 3));
      if ((how_ & 8) != 0 && verdicts.size() == 2) break;  // its time is over
    }
    return verdicts;
  }
  bool reads_properties_only() const override { return (how_ & 4) != 0; }

 private:
  const std::uint8_t how_;
};

}  // namespace

void run(std::string_view bytes) {
  Input input(bytes);
  const std::uint8_t how = input.byte();
  LengthFilter filter(how);
  const JudgeOptions options{
      .compression = {.bytes_min = input.byte() + 1U, .level = 1},
      .failed_messages = (how & 16) != 0 ? FailedMessages::Deliver : FailedMessages::Skip};
  const auto judged = judge(filter, input.rest(), options);
  if (!judged) return;
  check(judged->delivered <= judged->judged, "no more is delivered than was judged");
  const auto delivered = message_record::decode_all(judged->body, message_record::Check::None);
  check(delivered && static_cast<std::int64_t>(delivered->size()) == judged->delivered,
        "what is delivered are records");
}

}  // namespace rocketmq::fuzz
