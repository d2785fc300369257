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
#include <unordered_map>
#include <vector>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/text_hash.hpp"
#include "rocketmq/filtersrv/filter_engine.hpp"

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
  /// Whose request has put it here: net::address_key of the peer.
  std::uint64_t sender = 0;
  std::shared_ptr<Filter> filter;

  std::atomic<std::int64_t> judged{0};
  std::atomic<std::int64_t> delivered{0};
  std::atomic<std::int64_t> failed{0};
  /// Steady, ms.
  std::atomic<std::int64_t> used_ms{0};
};
using RegisteredFilterPtr = std::shared_ptr<RegisteredFilter>;

/// The filters that consumers have registered, by topic and group (spec/filtersrv.md §6).
/// Runs on: any thread (mutex_). Bounded: `filters_max` that were uploaded, half of them from one
/// address, and apart from them as many uses of installed ones; what no consumer has used for
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
  /// Replaces the filter of the entry's topic and group. Error: the table is full, or the sender
  /// has its share of it.
  Result<void> put(RegisteredFilterPtr entry);
  /// Whether put() would find room for an upload now. Error: as there.
  Result<void> check_room(std::string_view topic, std::string_view group,
                          std::uint64_t sender) const;
  /// Forgets what is idle; at most a line in the log.
  void tick();

  std::size_t size() const;
  std::vector<RegisteredFilterPtr> all() const;

 private:
  /// How many filters are held, by what counts against each other.
  struct Count {
    std::size_t all = 0;
    /// Only those that have filters here.
    std::unordered_map<std::uint64_t, std::size_t> of_senders;
  };
  using Entries = TextMap<RegisteredFilterPtr>;

  std::int64_t now_ms() const;
  /// Room for one in the place of what is at `present`; mutex_ is held.
  Result<void> check_room(Entries::const_iterator present, bool is_installed,
                          std::uint64_t sender) const;
  void count(const RegisteredFilter& entry);
  void discount(const RegisteredFilter& entry);

  const Clock& clock_;
  const Limits limits_;
  mutable std::mutex mutex_;
  Entries entries_;  // guarded by mutex_
  Count uploaded_;   // guarded by mutex_
  Count installed_;  // guarded by mutex_
};

}  // namespace rocketmq::filtersrv
