#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/text_hash.hpp"

namespace rocketmq::filtersrv {

/// Uploads that did not compile, so that the same text is not compiled again at each heartbeat.
/// Runs on: any thread (mutex_). Bounded: when it is full it begins empty.
class FailedUploads {
 public:
  explicit FailedUploads(const Clock& clock) : clock_(clock) {}

  void note(std::string_view topic, std::string_view group, std::int32_t crc, const Error& error);
  /// Why this text was refused, if that was less than `remembered` ago.
  std::optional<Error> find(std::string_view topic, std::string_view group, std::int32_t crc) const;

  static constexpr std::chrono::minutes remembered{10};

 private:
  struct Failure {
    std::int32_t crc = 0;
    Error error;
    std::chrono::steady_clock::time_point at;
  };
  static constexpr std::size_t failures_max = 256;

  const Clock& clock_;
  mutable std::mutex mutex_;
  TextMap<Failure> failures_;  // guarded by mutex_
};

}  // namespace rocketmq::filtersrv
