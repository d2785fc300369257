#include "instance/client_end.hpp"

#include <spdlog/logger.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include "rocketmq/client/client_log.hpp"

namespace rocketmq::client {

void keep_forever(std::shared_ptr<void> object) {
  static std::mutex& mutex = *new std::mutex;
  static auto& kept = *new std::vector<std::shared_ptr<void>>;
  const std::scoped_lock lock(mutex);
  kept.push_back(std::move(object));
}

void abort_with(const std::string& reason) {
  client_log().critical("{}", reason);
  client_log().flush();
  std::fprintf(stderr, "rocketmq client: %s\n", reason.c_str());
  std::abort();
}

void shut_down_at_end(const char* kind, const std::function<void()>& shutdown) {
  try {
    shutdown();
  } catch (const std::exception& thrown) {
    client_log().error("a {} was destroyed and could not be shut down: {}", kind, thrown.what());
  }
}

}  // namespace rocketmq::client
