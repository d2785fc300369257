#pragma once

#include <cstddef>

namespace rocketmq::mqadmin {

/// A bar on standard error while a command scans for long; nothing unless that is a terminal.
class Progress {
 public:
  explicit Progress(std::size_t steps);
  /// Removes the bar.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void step(std::size_t steps = 1);

 private:
  const bool is_shown_;
  const std::size_t steps_;
  std::size_t done_ = 0;
  std::size_t percent_ = 0;
};

}  // namespace rocketmq::mqadmin
