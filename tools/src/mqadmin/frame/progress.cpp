#include "mqadmin/frame/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <string>

namespace rocketmq::mqadmin {

namespace {

constexpr std::size_t bar_width = 40;
constexpr std::size_t all = 100;
/// Fewer steps are done too quickly to show a bar.
constexpr std::size_t steps_shown_from = 50;

}  // namespace

Progress::Progress(std::size_t steps)
    : is_shown_(steps >= steps_shown_from && ::isatty(STDERR_FILENO) == 1), steps_(steps) {}

Progress::~Progress() {
  if (is_shown_) std::cerr << "\r" << std::string(bar_width + 8, ' ') << "\r" << std::flush;
}

void Progress::step(std::size_t steps) {
  done_ = std::min(done_ + steps, steps_);
  if (!is_shown_ || done_ * all / steps_ == percent_) return;
  percent_ = done_ * all / steps_;
  const std::size_t filled = percent_ * bar_width / all;
  std::cerr << "\r[" << std::string(filled, '#') << std::string(bar_width - filled, ' ') << "] "
            << percent_ << "%" << std::flush;
}

}  // namespace rocketmq::mqadmin
