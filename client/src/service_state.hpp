#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "failure.hpp"

namespace rocketmq::client {

/// Where a client stands between its construction and its end. start() and shutdown() take the
/// mutex; reading the state is safe on any thread.
class ServiceState {
 public:
  enum class Value { CreateJust, Running, ShutdownAlready, StartFailed };

  std::mutex& mutex() { return mutex_; }
  Value get() const { return value_.load(std::memory_order_acquire); }
  bool is_running() const { return get() == Value::Running; }
  void set(Value value) { value_.store(value, std::memory_order_release); }

  const char* name() const {
    switch (get()) {
      case Value::CreateJust:
        return "CREATE_JUST";
      case Value::Running:
        return "RUNNING";
      case Value::ShutdownAlready:
        return "SHUTDOWN_ALREADY";
      case Value::StartFailed:
        return "START_FAILED";
    }
    return "";
  }
  /// `kind` is "producer" or "consumer".
  Failure not_running(const std::string& kind) const {
    return client_failure("The " + kind + " service state not OK, " + name());
  }
  Failure cannot_start(const std::string& kind) const {
    return client_failure("The " + kind + " service state not OK, maybe started once, " + name());
  }

 private:
  std::mutex mutex_;
  std::atomic<Value> value_{Value::CreateJust};
};

}  // namespace rocketmq::client
