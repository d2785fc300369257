#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/store/delay_levels.hpp"
#include "rocketmq/store/message_store.hpp"

namespace rocketmq::broker {

/// Puts delayed messages into their topics when they are due, and keeps config/delayOffset.json
/// (broker.md §14). A message is delivered at least once: what was delivered after the last flush()
/// is delivered again after a crash. Runs on: tick() on `schedule`; the rest on any thread
/// (mutex_).
class ScheduleMessageService {
 public:
  /// How often tick() is to be called: the precision of a delivery.
  static constexpr std::chrono::milliseconds tick_period{100};

  /// All must outlive the service.
  ScheduleMessageService(const Clock& clock, const store::DelayLevels& levels,
                         store::MessageStore& store, std::filesystem::path file);

  Result<void> load();
  /// Delivers what is due. A message that cannot be stored stays where it is until the next tick.
  void tick();
  /// Saves the progress if there was any since the last time.
  Result<void> flush();

  /// {"offsetTable":{"1":12}}: per level the entry that is delivered next.
  std::string to_json() const;
  /// scheduleMessageOffset_<level> → "delivered,stored", for the broker's runtime figures.
  std::map<std::string, std::string> figures() const;

 private:
  /// Delivers one batch of a level; false when nothing more is due, or storing failed.
  bool deliver_batch(std::int32_t level);
  /// Puts the records into their topics; answers how many were dealt with before one could not be
  /// stored.
  std::size_t put_all(const std::vector<std::string_view>& records);
  void advance(std::int32_t level, std::int64_t offset);
  std::int64_t offset_of(std::int32_t level) const;

  const Clock& clock_;
  const store::DelayLevels& levels_;
  store::MessageStore& store_;
  const std::filesystem::path file_;
  mutable std::mutex mutex_;
  std::map<std::int32_t, std::int64_t> offsets_;  // guarded by mutex_
  bool dirty_ = false;                            // guarded by mutex_
};

}  // namespace rocketmq::broker
