#include "client_log.hpp"

#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>

#include "rocketmq/ClientLogging.h"

namespace rocketmq {
namespace client {
namespace {

/// The log of this process. The sink stays, what lies behind it can be exchanged.
struct ClientLog {
  std::mutex mutex;
  std::string directory;                  // guarded by mutex
  std::size_t file_bytes = 100UL << 20U;  // guarded by mutex
  std::size_t files = 3;                  // guarded by mutex
  std::shared_ptr<spdlog::sinks::dist_sink_mt> sink =
      std::make_shared<spdlog::sinks::dist_sink_mt>();
  spdlog::logger logger{"rocketmq_client", sink};

  ClientLog() {
    const char* home = std::getenv("HOME");
    directory = std::string(home == nullptr ? "/tmp" : home) + "/logs/rocketmqlogs";
    logger.flush_on(spdlog::level::warn);
    open();
  }
  /// Under mutex. Without a file nothing is written.
  void open() {
    try {
      auto file = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
          directory + "/rocketmq_client.log", file_bytes, files);
      file->set_pattern("%Y-%m-%d %H:%M:%S,%e %l %t - %v");
      sink->set_sinks({std::move(file)});
    } catch (const spdlog::spdlog_ex&) {
      sink->set_sinks({});
    }
  }
};

ClientLog& the_log() {
  // Never destroyed: clients that are shut down while the process ends may still log.
  static ClientLog& only = *new ClientLog;
  return only;
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
  log.directory = directory;
  log.open();
}

void setLogFileSizeAndNum(int files, int mebibytes) {
  client::ClientLog& log = client::the_log();
  const std::scoped_lock lock(log.mutex);
  log.files = static_cast<std::size_t>(std::max(files, 1));
  log.file_bytes = static_cast<std::size_t>(std::max(mebibytes, 1)) << 20U;
  log.open();
}

}  // namespace rocketmq
