#include "rocketmq/common/shared_log.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <atomic>

namespace rocketmq {
namespace {
std::atomic<spdlog::logger*> own_logger{nullptr};
std::array<std::atomic<spdlog::logger*>, log_subject_count> subject_loggers{};
}  // namespace

spdlog::logger& shared_log() {
  spdlog::logger* const logger = own_logger.load(std::memory_order_acquire);
  return logger == nullptr ? *spdlog::default_logger_raw() : *logger;
}

void set_shared_log(spdlog::logger& logger) {
  own_logger.store(&logger, std::memory_order_release);
}

spdlog::logger& log_of(LogSubject subject) {
  spdlog::logger* const logger =
      subject_loggers[static_cast<std::size_t>(subject)].load(std::memory_order_acquire);
  return logger == nullptr ? shared_log() : *logger;
}

void set_log_of(LogSubject subject, spdlog::logger* logger) {
  subject_loggers[static_cast<std::size_t>(subject)].store(logger, std::memory_order_release);
}

}  // namespace rocketmq
