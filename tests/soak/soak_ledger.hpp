#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rocketmq::soak {

/// What was sent and what arrived of one kind of traffic. A message is named by its body. Runs on:
/// any thread (mutex_).
class Ledger {
 public:
  explicit Ledger(std::string name) : name_(std::move(name)) {}

  /// The broker has acknowledged the message: it has to arrive, exactly once.
  void expect(const std::string& body);
  /// It is unknown whether the broker has it: it may arrive, once.
  void allow(const std::string& body);
  /// The message must never arrive.
  void forbid(const std::string& body);
  void arrived(const std::string& body);

  struct Balance {
    std::size_t expected = 0;
    std::size_t arrived = 0;
    std::size_t lost = 0;
    std::size_t doubled = 0;
    std::size_t forbidden = 0;
    /// Names of a few messages that are wrong.
    std::vector<std::string> examples;
  };
  Balance balance() const;
  /// Waits until nothing is missing; false when time is up first.
  bool wait_until_complete(std::chrono::milliseconds limit);
  const std::string& name() const { return name_; }

 private:
  enum class Wish : std::uint8_t { None, Must, May, MustNot };
  struct Entry {
    Wish wish = Wish::None;
    std::uint32_t arrivals = 0;
  };
  void wish(const std::string& body, Wish wish);

  const std::string name_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<std::string, Entry> entries_;  // guarded by mutex_
  std::size_t missing_ = 0;                         // guarded by mutex_
};

}  // namespace rocketmq::soak
