#include "rocketmq/client/client_log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>

#include "rocketmq/ClientLogging.h"
#include "rocketmq/client/process_generation.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq {
namespace client {
namespace {

struct LogFiles {
  std::string directory = [] {
    const char* home = std::getenv("HOME");
    return std::string(home == nullptr ? "/tmp" : home) + "/logs/rocketmqlogs";
  }();
  std::size_t bytes_max = 100UL << 20U;
  std::size_t count = 3;
};

/// The log of this process. The sink stays, what lies behind it can be exchanged.
struct ClientLog {
  std::mutex mutex;
  LogFiles files;  // guarded by mutex
  std::shared_ptr<spdlog::sinks::dist_sink_mt> sink =
      std::make_shared<spdlog::sinks::dist_sink_mt>();
  spdlog::logger logger{"rocketmq_client", sink};

  ClientLog() {
    // In a child that fork() made: as its parent's, whose locks may be held for good.
    static std::atomic<ClientLog*> before{nullptr};
    if (const ClientLog* const parents = before.exchange(this)) {
      files = parents->files;
      logger.set_level(parents->logger.level());
    }
    logger.flush_on(spdlog::level::warn);
    // The library's own handler writes to the program's standard error.
    logger.set_error_handler([](const std::string&) {});
    open();
    set_shared_log(logger);
  }
  /// Under mutex. Without a file nothing is written.
  void open() {
    try {
      auto file = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
          files.directory + "/rocketmq_client.log", files.bytes_max, files.count);
      file->set_pattern("%Y-%m-%d %H:%M:%S,%e %l %t - %v");
      sink->set_sinks({std::move(file)});
    } catch (const spdlog::spdlog_ex&) {
      sink->set_sinks({});
    }
  }
};

ClientLog& the_log() {
  static PerProcess<ClientLog> log;
  return log.get();
}

}  // namespace

spdlog::logger& client_log() { return the_log().logger; }

}  // namespace client

void setLogLevel(elogLevel level) {
  constexpr spdlog::level::level_enum levels[] = {spdlog::level::critical, spdlog::level::err,
                                                  spdlog::level::warn,     spdlog::level::info,
                                                  spdlog::level::debug,    spdlog::level::trace};
  const int index = std::clamp<int>(level, eLOG_LEVEL_FATAL, eLOG_LEVEL_TRACE) - 1;
  client::the_log().logger.set_level(levels[index]);
}

elogLevel getLogLevel() {
  const int level = client::the_log().logger.level();
  return static_cast<elogLevel>(
      std::clamp<int>(eLOG_LEVEL_TRACE - level, eLOG_LEVEL_FATAL, eLOG_LEVEL_TRACE));
}

void setLogPath(const std::string& directory) {
  client::ClientLog& log = client::the_log();
  const std::scoped_lock lock(log.mutex);
  log.files.directory = directory;
  log.open();
}

void setLogFileSizeAndNum(int files, int mebibytes) {
  client::ClientLog& log = client::the_log();
  const std::scoped_lock lock(log.mutex);
  log.files.count = static_cast<std::size_t>(std::max(files, 1));
  log.files.bytes_max = static_cast<std::size_t>(std::max(mebibytes, 1)) << 20U;
  log.open();
}

}  // namespace rocketmq
