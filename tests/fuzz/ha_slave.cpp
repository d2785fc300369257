// A slave's end of the replication: the stream of a master, in two pieces. The first byte says
// where it is cut.
#include <string>

#include "fuzz_target.hpp"
#include "ha/replica_stream.hpp"

namespace rocketmq::fuzz {

using namespace broker::ha;

namespace {

/// Takes what continues it; refuses what a log could not hold.
class Log final : public store::ReplicaWriter {
 public:
  explicit Log(std::int64_t end) : begin_(end), end_(end) {}
  std::int64_t bytes() const { return end_ - begin_; }
  std::int64_t replica_end() const override { return end_; }
  Result<void> append_at(std::int64_t physical_offset, std::string_view bytes) override {
    check(end_ == 0 || physical_offset == end_, "what is appended continues the log");
    begin_ = end_ == 0 ? physical_offset : begin_;
    end_ = physical_offset + static_cast<std::int64_t>(bytes.size());
    return {};
  }

 private:
  std::int64_t begin_;
  std::int64_t end_;
};

}  // namespace

void run(std::string_view bytes) {
  Input input(bytes);
  const std::size_t cut_at = input.byte();
  Log log(input.number() & INT64_MAX);
  const std::string_view stream = input.rest();
  const ReplicaStream::Time now{};
  ReplicaStream replica(log, now);
  std::size_t kept = 0;
  for (const std::size_t have : {std::min(cut_at, stream.size()), stream.size()}) {
    const auto taken = replica.take(stream.substr(kept, have - kept), now);
    if (!taken) return;
    check(*taken <= have - kept, "no more is taken than has come");
    kept += *taken;
    if (const auto report = replica.report_due(now, std::chrono::seconds(5))) {
      check(*report == log.replica_end(), "what is reported is what the slave has");
      replica.reported(now);
    }
  }
  check(replica.bytes() == log.bytes(), "each byte that came is in the log");
}

}  // namespace rocketmq::fuzz
