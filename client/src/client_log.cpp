#include "client_log.hpp"

#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>

namespace rocketmq::client {
namespace {

constexpr std::size_t file_bytes_max = 100 * 1024 * 1024;
constexpr std::size_t files_max = 3;

std::unique_ptr<spdlog::logger> make_logger() {
  spdlog::sink_ptr sink;
  try {
    const char* home = std::getenv("HOME");
    const std::string directory =
        std::string(home == nullptr ? "/tmp" : home) + "/logs/rocketmqlogs";
    sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
        directory + "/rocketmq_client.log", file_bytes_max, files_max);
  } catch (const spdlog::spdlog_ex&) {
    sink = std::make_shared<spdlog::sinks::null_sink_mt>();
  }
  auto logger = std::make_unique<spdlog::logger>("rocketmq_client", std::move(sink));
  logger->set_pattern("%Y-%m-%d %H:%M:%S,%e %l %t - %v");
  logger->flush_on(spdlog::level::warn);
  return logger;
}

}  // namespace

spdlog::logger& client_log() {
  // Never destroyed: clients that are shut down while the process ends may still log.
  static spdlog::logger& logger = *make_logger().release();
  return logger;
}

}  // namespace rocketmq::client
