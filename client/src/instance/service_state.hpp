#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "rocketmq/client/failure.hpp"
#include "rocketmq/client/process_generation.hpp"

namespace rocketmq::client {

/// The state of a client between its construction and its end. start() and shutdown() take the
/// mutex; reading the state is safe on any thread.
class ServiceState {
 public:
  /// LeftToParent: it was running when fork() made this process, which has none of its threads.
  enum class Value { CreateJust, Running, ShutdownAlready, StartFailed, LeftToParent };

  std::mutex& mutex() { return mutex_; }
  Value get() const {
    const Value value = value_.load(std::memory_order_acquire);
    const bool is_forked = generation_.load(std::memory_order_relaxed) != process_generation();
    return value == Value::Running && is_forked ? Value::LeftToParent : value;
  }
  bool is_running() const { return get() == Value::Running; }
  void set(Value value) {
    generation_.store(process_generation(), std::memory_order_relaxed);
    value_.store(value, std::memory_order_release);
  }

  const char* name() const {
    switch (get()) {
      case Value::CreateJust: return "CREATE_JUST";
      case Value::Running: return "RUNNING";
      case Value::ShutdownAlready: return "SHUTDOWN_ALREADY";
      case Value::StartFailed: return "START_FAILED";
      case Value::LeftToParent:
        return "RUNNING in the parent process only: it was started before fork(), and a child "
               "needs "
               "clients of its own";
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
  std::atomic<int> generation_{0};  // of the process that has set the value; written before it
};

}  // namespace rocketmq::client
