#include "registration/store_host.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::broker {

/// One look-up.
struct StoreHost::Round {
  std::mutex mutex;
  std::optional<Result<Endpoint>> found;  // guarded by mutex
};

StoreHost::StoreHost(BrokerConfig& config, Lookup lookup)
    : config_(config),
      lookup_(std::move(lookup)),
      is_name_(!Endpoint::from_ip(config.broker_ip1, config.listen_port)) {}

void StoreHost::tick() {
  if (!is_name_) return;
  if (round_ != nullptr) {
    std::optional<Result<Endpoint>> found;
    {
      const std::lock_guard lock(round_->mutex);
      found = std::move(round_->found);
    }
    if (!found) return;
    round_ = nullptr;
    if (!*found) {
      if (!std::exchange(failed_, true))
        spdlog::warn("messages keep {} as their host: {}", config_.store_host.get().text(),
                     found->error().remark);
    } else {
      failed_ = false;
      if (const Endpoint before = config_.store_host; before != **found) {
        spdlog::info("the address of {} has changed from {} to {}", config_.broker_ip1,
                     before.text(), (*found)->text());
        config_.store_host = **found;
      }
    }
  }
  auto round = std::make_shared<Round>();
  try {
    named_thread("resolve", [round, lookup = lookup_, host = config_.broker_ip1,
                             port = config_.listen_port] {
      auto found = lookup(host, port);
      const std::lock_guard lock(round->mutex);
      round->found = std::move(found);
    }).detach();
    round_ = std::move(round);
  } catch (const std::exception& failure) {
    spdlog::error("{}", failure.what());
  }
}

}  // namespace rocketmq::broker
