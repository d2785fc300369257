#include "config/config_updates.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

namespace rocketmq::broker {
namespace {

/// Never changed by a request, whatever configBlackList says: what names a file, a program, or this
/// rule.
bool is_always_black_listed(std::string_view key) {
  constexpr std::array<std::string_view, 3> keys{"brokerConfigPath", "configBlackList",
                                                 "rocketmqHome"};
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

Result<ConfigChanges> ConfigUpdates::apply(std::string_view properties_text) {
  Result<ConfigChanges> changes = ConfigChanges();
  {
    const std::lock_guard one_at_a_time(update_mutex_);
    const auto is_black_listed = [this](std::string_view key) {
      return is_always_black_listed(key) || is_in_key_list(settings_.broker.config_black_list, key);
    };
    changes =
        update_config_remotely(settings_.table, properties_text, settings_.file, is_black_listed);
    if (!changes) return changes;
    const std::lock_guard lock(mutex_);
    if (!changes->empty()) version_.next(clock_.now_ms());
  }
  for (const auto& [key, change] : *changes) {
    spdlog::info("configuration: {} changed from {} to {}{}", key, change.before, change.after,
                 settings_.file.empty() ? ", until the next start: there is no file" : "");
  }
  if (!changes->empty() && on_change_) on_change_(*changes);
  return changes;
}

DataVersion ConfigUpdates::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

}  // namespace rocketmq::broker
