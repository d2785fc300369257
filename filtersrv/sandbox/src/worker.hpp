#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frames.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/filtersrv/filter_engine.hpp"
#include "spawn.hpp"
#include "stop_signal.hpp"
#include "worker_cgroup.hpp"

namespace rocketmq::filtersrv {

/// How a worker is started and watched.
struct WorkerPlan {
  std::string program;
  WorkerSetup setup;
  std::chrono::milliseconds start_deadline{0};
  /// From the beginning of a message until the worker is killed.
  std::chrono::milliseconds message_deadline{0};
  std::chrono::milliseconds batch_deadline{0};
  /// A batch that has taken this long ends with the message that is being judged.
  std::chrono::milliseconds batch_time{0};
  /// Whether the worker counts messages in the shared page.
  bool counts_messages = true;
  /// Descriptor for payload_fd; -1: none.
  int payload = -1;
  /// Directory of a cgroup to make the worker's below; empty: none.
  std::string cgroup;
  /// Ends what waits for the worker; outlives it.
  const StopSignal* stop = nullptr;
};

/// A worker process: started, spoken with, killed. What it sends is checked and never trusted. Used
/// by one thread at a time. Every failure is final: the caller destroys the worker, which kills it.
class Worker {
 public:
  /// Started and held, but without a source. Waits for at most the start deadline.
  static Result<std::unique_ptr<Worker>> start(SpawnThread& spawner, const WorkerPlan& plan);
  /// Kills the process and waits for its end.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Bits of Containment.
  std::uint32_t containment() const { return containment_; }
  /// For tests and administrators.
  pid_t pid() const { return process_.pid; }

  /// Gives it the source and waits until it is ready. An error is the user's.
  Result<void> load(const SourceFrame& source);

  struct Judged {
    /// Of the first messages.
    std::vector<Verdict> verdicts;
    /// Why it cannot judge the next one. Without it there is a verdict for each message, or the
    /// time is over and there is one at least.
    std::optional<Error> failure;
    /// The worker had begun the next one: it has failed on that very message.
    bool has_failed_on_next = false;
  };
  /// `one_by_one`: in batches of one, so that what was judged before a failure is known of a worker
  /// that does not count messages.
  Judged judge(std::span<const FilterMessage> messages, bool one_by_one = false);

  /// Of a worker that has become another program: what it has written until its end, up to
  /// `bytes_max`, and its exit status; an error if it writes more or takes longer than `deadline`.
  struct Output {
    std::string text;
    int status = 0;
  };
  Result<Output> output(std::size_t bytes_max, std::chrono::milliseconds deadline);

  /// How long it has been judging, at most the processor time that batches have cost.
  std::chrono::steady_clock::duration busy() const { return busy_; }

 private:
  using Time = std::chrono::steady_clock::time_point;
  explicit Worker(const WorkerPlan& plan) : plan_(plan) {}

  /// Memory that both sides see, and its descriptor for the worker.
  Result<Descriptor> make_progress();
  Result<void> send(FrameKind kind, std::string_view payload, std::uint64_t sequence,
                    Time deadline);
  struct Received {
    FrameKind kind{};
    std::string payload;
    std::uint64_t sequence = 0;
  };
  /// One frame. Its payload is read with its header if it has `payload_likely` bytes: nothing else
  /// may follow it then.
  Result<Received> receive(Time deadline, std::size_t payload_likely = 0);
  /// Reads at least `wanted` bytes and at most what fits into `to`, of which it has `have` already.
  Result<void> receive_bytes(std::string& to, std::size_t wanted, std::size_t& have, Time deadline);
  /// Waits for `events` on the socket; an error when the time is over.
  Result<void> wait_for(short events, Time deadline);
  /// The messages that fit one frame.
  std::size_t count_for_frame(std::span<const FilterMessage> messages, std::size_t most) const;
  void write_frame(std::span<const FilterMessage> messages);
  /// Appends verdicts, also before a failure.
  void judge_part(std::span<const FilterMessage> messages, Time deadline, Judged& judged);
  /// Of a worker that has failed: the verdicts on what it had finished, and whether it had begun
  /// the next one.
  void salvage(std::uint64_t begun_before, std::size_t count, Judged& judged) const;
  /// Looks at the shared memory: an error when the worker has not got on to another message.
  Result<void> look_at_progress();
  /// Why the socket was closed: how the process ended.
  Error ended();
  void kill();
  /// Waits for the end of the process. Its exit status, or 128 and a signal's number.
  int reap();

  const WorkerPlan plan_;
  SpawnedProcess process_;
  std::unique_ptr<WorkerCgroup> cgroup_;
  std::optional<int> status_;
  std::uint32_t containment_ = 0;
  SharedProgress* progress_ = nullptr;
  /// Whether messages are being judged, and when the batch has taken long enough; how many the
  /// worker had begun at the last look, and when that had changed.
  bool is_judging_ = false;
  Time batch_end_{};
  std::uint64_t progress_seen_ = 0;
  Time progress_time_{};
  std::uint64_t sequence_ = 0;
  std::string frame_;
  std::chrono::steady_clock::duration busy_{};
};

/// A text of a worker or a compiler for a remark: its lines, without other control characters and
/// not too long. For one line of a log: rocketmq::printable.
std::string printable_lines(std::string_view text);

}  // namespace rocketmq::filtersrv
