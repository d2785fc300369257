#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace rocketmq::store {

/// How many puts took how long, from the first put of a read batch to the moment when all of them
/// were safe.
struct PutTimes {
  /// Upper bounds of the classes, exclusive; the last class has none.
  static constexpr std::array<std::chrono::microseconds, 20> bounds{
      std::chrono::microseconds(10),    std::chrono::microseconds(20),
      std::chrono::microseconds(50),    std::chrono::microseconds(100),
      std::chrono::microseconds(200),   std::chrono::microseconds(500),
      std::chrono::milliseconds(1),     std::chrono::milliseconds(2),
      std::chrono::milliseconds(5),     std::chrono::milliseconds(10),
      std::chrono::milliseconds(50),    std::chrono::milliseconds(100),
      std::chrono::milliseconds(200),   std::chrono::milliseconds(500),
      std::chrono::milliseconds(1'000), std::chrono::milliseconds(2'000),
      std::chrono::milliseconds(3'000), std::chrono::milliseconds(4'000),
      std::chrono::milliseconds(5'000), std::chrono::milliseconds(10'000)};
  static constexpr std::size_t class_count = bounds.size() + 1;
  static std::size_t class_of(std::chrono::nanoseconds time);

  std::array<std::int64_t, class_count> counts{};
  std::chrono::milliseconds longest{0};

  std::int64_t total() const;
  /// Puts that took at least `from` and less than `to`; both are bounds, or 0 and the largest.
  std::int64_t between(std::chrono::microseconds from, std::chrono::microseconds to) const;
  /// An upper bound of the time that this share of the puts took, 0 without puts.
  std::chrono::microseconds percentile(double share) const;
  /// What has been added since `earlier`; `longest` stays.
  PutTimes since(const PutTimes& earlier) const;
};

}  // namespace rocketmq::store
