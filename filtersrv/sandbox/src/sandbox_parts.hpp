// What the engines use of the sandbox.
#pragma once

#include <memory>
#include <string>

#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/filtersrv/sandbox.hpp"
#include "spawn.hpp"
#include "stop_signal.hpp"
#include "worker.hpp"
#include "worker_budget.hpp"

namespace rocketmq::filtersrv {

class SandboxParts final : public Sandbox {
 public:
  SandboxParts(const SandboxSettings& settings, const Clock& clock)
      : settings_(settings),
        clock_(clock),
        budget_(settings.workers_max, settings.memory_bytes_max) {}

  std::string containment() const override;
  std::size_t workers() const override { return budget_.workers(); }
  void stop() override { stop_.set(); }
  bool is_stopped() const { return stop_.is_set(); }

  /// Finds the namespaces that can be had, by trying.
  Result<void> probe();
  /// An error unless files are out of a worker's reach. `place` is where they would be: "in a
  /// compiler's reach".
  Result<void> check_hides_files(const std::string& place) const;

  /// A plan with what all workers have in common.
  WorkerPlan plan(WorkerTask task, const WorkerLimits& limits) const;

  const SandboxSettings& settings() const { return settings_; }
  const Clock& clock() const { return clock_; }
  SpawnThread& spawner() { return spawner_; }
  WorkerBudget& budget() { return budget_; }
  /// Of all filters: one that fails again and again cannot fill the log.
  LogLimiter& failures_log() { return failures_log_; }

  /// An error if the text is too long or the class name is no name.
  Result<void> check_source(const FilterSource& source) const;

 private:
  SandboxSettings settings_;
  const Clock& clock_;
  WorkerBudget budget_;
  StopSignal stop_;
  SpawnThread spawner_;
  LogLimiter failures_log_;
  std::uint32_t namespaces_ = 0;
  std::uint32_t containment_ = 0;
};

inline SandboxParts& parts_of(Sandbox& sandbox) { return static_cast<SandboxParts&>(sandbox); }

/// Whether the mark of a text (rocketmq/filtersrv/language_mark.hpp) names this language.
bool is_marked_for(std::string_view text, std::string_view language);
/// The text with its mark's line emptied, so that the numbers of lines stay: `#` begins no comment
/// in most languages.
std::string without_mark(std::string_view text);

/// The path of a file in the directory of this process's own program.
std::string beside_own_program(const char* name);

/// A sealed file in memory.
Result<Descriptor> memory_file(const char* name, std::string_view content);

}  // namespace rocketmq::filtersrv
