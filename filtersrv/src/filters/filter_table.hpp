#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/filter_engine.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/text_hash.hpp"

namespace rocketmq::filtersrv {

/// The filter of one group on one topic, and what it has done. The filter itself may be shared by
/// several.
struct RegisteredFilter {
  std::string group;
  std::string topic;
  std::string class_name;
  /// Of the text that was uploaded; 0 for an installed filter.
  std::int32_t crc = 0;
  bool is_installed = false;
  std::shared_ptr<Filter> filter;

  std::atomic<std::int64_t> judged{0};
  std::atomic<std::int64_t> delivered{0};
  std::atomic<std::int64_t> failed{0};
  /// Steady, ms.
  std::atomic<std::int64_t> used_ms{0};
};
using RegisteredFilterPtr = std::shared_ptr<RegisteredFilter>;

/// The filters that consumers have registered, by topic and group (spec/filtersrv.md §6).
/// Runs on: any thread (mutex_). Bounded: `filters_max` entries; what no consumer has used for
/// `idle_max` is forgotten. A pull that has taken an entry keeps it alive.
class FilterTable {
 public:
  struct Limits {
    std::size_t filters_max = 1'024;
    std::chrono::milliseconds idle_max{600'000};
  };

  FilterTable(const Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}

  /// Null when there is none. Counts as a use.
  RegisteredFilterPtr find(std::string_view topic, std::string_view group);
  /// Whether the filter there is this very one already. Counts as a use.
  bool holds(std::string_view topic, std::string_view group, std::string_view class_name,
             std::int32_t crc);
  /// Replaces the filter of the entry's topic and group. Error: the table is full.
  Result<void> put(RegisteredFilterPtr entry);
  /// Whether put() would find room now. Error: as there.
  Result<void> check_room(std::string_view topic, std::string_view group) const;
  /// Forgets what is idle.
  void tick();

  std::size_t size() const;
  std::vector<RegisteredFilterPtr> all() const;

 private:
  std::int64_t now_ms() const;
  Error full() const;

  const Clock& clock_;
  const Limits limits_;
  mutable std::mutex mutex_;
  TextMap<RegisteredFilterPtr> entries_;  // guarded by mutex_
};

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
