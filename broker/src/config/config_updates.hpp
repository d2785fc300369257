#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/config_update.hpp"
#include "rocketmq/common/data_version.hpp"

namespace rocketmq::broker {

/// Changes of the configuration while the broker runs (spec/config.md §2.4). Only live keys change;
/// what changes is written into the file given with -c, whose comments stay, or is forgotten at the
/// next start when there is none. Runs on: any thread (mutex_); the listener on the changing
/// thread, without the lock.
class ConfigUpdates {
 public:
  using Listener = std::function<void(const ConfigChanges&)>;

  /// Both must outlive the object.
  ConfigUpdates(BrokerSettings& settings, const Clock& clock)
      : settings_(settings), clock_(clock) {}

  /// Called after each change. Set before start.
  void on_change(Listener listener) { on_change_ = std::move(listener); }

  /// Applies properties text, all of it or nothing. Errors: NoPermission for a key that no request
  /// may change, SystemError for an unknown key, a malformed value, or a file that cannot be
  /// written; the remark names it.
  Result<ConfigChanges> apply(std::string_view properties_text);

  /// "key=value" lines of every key.
  std::string print() const { return settings_.table.print(); }
  /// Grows with every change.
  DataVersion version() const;

 private:
  BrokerSettings& settings_;
  const Clock& clock_;
  Listener on_change_;
  std::mutex update_mutex_;  // held while the file is written; taken before mutex_
  mutable std::mutex mutex_;
  DataVersion version_;  // guarded by mutex_
};

}  // namespace rocketmq::broker
