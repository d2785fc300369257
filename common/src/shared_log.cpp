#include "rocketmq/common/shared_log.hpp"

#include <spdlog/spdlog.h>

#include <atomic>

namespace rocketmq {
namespace {
std::atomic<spdlog::logger*> own_logger{nullptr};
}

spdlog::logger& shared_log() {
  spdlog::logger* const logger = own_logger.load(std::memory_order_acquire);
  return logger == nullptr ? *spdlog::default_logger_raw() : *logger;
}

void set_shared_log(spdlog::logger& logger) {
  own_logger.store(&logger, std::memory_order_release);
}

}  // namespace rocketmq
