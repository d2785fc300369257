#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/periodic_tasks.hpp"

namespace rocketmq::broker {

/// Starts filterServerNums filter servers and keeps them running: one that ends is started again
/// after 1 s, 2 s and so on up to 60 s. The program is the mqfiltersrv beside the broker's own, the
/// command has no shell, and nothing of it can change while the broker runs: all of it is taken at
/// the start (spec/filtersrv.md §8.2). They end with the broker, also when it is killed.
///
/// Owns the thread `filter-servers`, which waits for the programs to be loaded.
class FilterServerStarter {
 public:
  FilterServerStarter(const BrokerConfig& config, const Clock& clock);
  /// With a program of the test's own.
  FilterServerStarter(const BrokerConfig& config, const Clock& clock,
                      std::filesystem::path program);
  ~FilterServerStarter() { stop(); }

  void start();
  /// Ends them: SIGTERM, and SIGKILL for what is left after 5 s. Idempotent.
  void stop();
  /// Starts what is to run and does not. Called by the thread.
  void tick();

 private:
  struct Process {
    static constexpr std::chrono::milliseconds retry_first{1'000};

    pid_t pid = 0;  // 0: does not run
    std::chrono::steady_clock::time_point started_at{};
    std::chrono::steady_clock::time_point due{};
    std::chrono::milliseconds retry = retry_first;
  };

  void look_after(Process& process, std::size_t number);
  void note_end(Process& process, int status);
  /// It does not run: it is started when its pause is over, and the next pause is longer.
  static void retry_after(Process& process, std::chrono::steady_clock::time_point end);
  void start_one(Process& process, std::size_t number);

  const Clock& clock_;
  const std::filesystem::path program_;
  const std::vector<std::string> arguments_;
  const std::vector<std::string> environment_;
  std::vector<Process> processes_;  // owned by `filter-servers`
  PeriodicTasks thread_{"filter-servers"};
};

}  // namespace rocketmq::broker
