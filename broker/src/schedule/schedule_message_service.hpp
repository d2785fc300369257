#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/set_aside.hpp"
#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/figure_table.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/daemon/saved_table.hpp"
#include "rocketmq/daemon/table_file.hpp"
#include "rocketmq/store/delay_levels.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "rocketmq/store/message_writer.hpp"
#include "rocketmq/store/put_batch.hpp"
#include "schedule/clock_watch.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// Puts delayed messages into their topics when they are due, and keeps config/delayOffset.json
/// (spec/broker.md §14). A message is delivered at least once. What was delivered between the last
/// flush() and a crash is recognised by its unique key and not delivered again; a message without
/// one is. Runs on: tick() on `schedule`; the rest on any thread (mutex_).
class ScheduleMessageService {
 public:
  /// After what time tick() is to be called at the latest. Shorter than any delay, so that no
  /// message comes and is due in between, and short enough to keep the promised 100 ms when the
  /// clock is set.
  static constexpr std::chrono::milliseconds tick_period{50};

  /// What the service works with; all must outlive it.
  struct Parts {
    const Clock& clock;
    const store::DelayLevels& levels;
    TopicConfigManager& topics;
    store::MessageReader& reader;
    store::MessageWriter& writer;
    SetAside& set_aside;
    std::filesystem::path file;
  };
  explicit ScheduleMessageService(Parts parts)
      : parts_(std::move(parts)), clock_watch_(parts_.clock), saved_(parts_.file.string(), [this] {
          return write_file_atomically(parts_.file, to_json());
        }) {}

  Result<void> load(DamagedTable damaged = DamagedTable::Refuse);
  /// The broker was killed: what load() found may lag behind the deliveries, and topics that were
  /// made just before may be missing in the table, which are made again when a message of the time
  /// before the kill is delivered to them. Call it before the first tick().
  void expect_losses() { was_killed_ = true; }
  /// Delivers what is due, and returns after what time it is to be called again: when the next
  /// message is due, or tick_period. A message that cannot be stored stays where it is until then.
  std::chrono::milliseconds tick();
  /// config/delayOffset.json.
  SavedTable& file() { return saved_; }
  /// Saves the progress if there was any since the last time; waits for the disk.
  Result<void> flush() { return saved_.flush(); }

  /// {"offsetTable":{"1":12}}: per level the entry that is delivered next.
  std::string to_json() const;
  /// The same with a data version, which a 5.x slave may look at; it is another one each time.
  std::string to_json_for_slave() const;
  /// On a slave, where tick() does not run: takes over its master's progress, as to_json() gives
  /// it. Error: the text is no such table.
  Result<void> follow(std::string_view json);
  /// Declares how far each level has got; the service must outlive the figures.
  void add_figures(FigureTable& table) const;

 private:
  void visit_levels(const FigureTable::FamilyReader& reader) const;

  static constexpr std::int64_t not_known = INT64_MAX;
  struct Turn {
    bool has_more = false;
    /// When the first message left will be due, of those that were not.
    std::int64_t next_due_ms = not_known;
  };
  /// Delivers a level's batches, one turn of them at most.
  Turn deliver_turn(std::int32_t level);
  /// Delivers one batch of a level; false when nothing more is due, or storing failed.
  bool deliver_batch(std::int32_t level);
  /// When a level's first message will be due; not_known when there is none, or it is due.
  std::int64_t due_ms_of_first(std::int32_t level) const;
  /// What became of a record of a batch.
  struct Outcome {
    store::PutStatus status = store::PutStatus::Ok;
    /// Set for one that can never be delivered.
    std::string why_not;
  };
  /// Puts the records into their topics; returns how many were dealt with before one could not be
  /// stored.
  std::size_t put_all(std::int32_t level, const std::vector<std::string_view>& records);
  /// False when it cannot be kept at present.
  bool set_aside(const MessageRecord& record, const Outcome& outcome);
  void put_one(std::int32_t level, const MessageRecord& record, store::PutBatch& batch,
               Outcome& outcome);
  /// Levels with messages that the table no longer has, and which entries were there before a kill.
  void begin();
  /// Messages that wait while the clock is set back keep their delays.
  void follow_clock();
  /// The first entry of a level that was stored after a step of the clock.
  std::int64_t first_after_step(std::int32_t level, const ClockWatch::Step& step) const;
  /// By how much the entry at `offset` is due earlier than it says; 0 or less.
  std::int64_t shift_ms_of(std::int32_t level, std::int64_t offset) const;
  std::int32_t count_until_shift(std::int32_t level, std::int64_t offset) const;
  /// Calls `visit` for the levels of the table and for those that it no longer has, which count as
  /// its highest.
  template <class Visit>
  void for_each_level(Visit&& visit) const;
  bool is_suspect(std::int32_t level, const MessageRecord& record) const;
  /// The topic of a delayed message; made when a kill may have taken it away.
  std::optional<TopicShape> find_topic(const store::MessageToPut& message, bool may_be_lost);
  void advance(std::int32_t level, std::int64_t offset);
  std::int64_t offset_of(std::int32_t level) const;

  const Parts parts_;
  bool was_killed_ = false;  // set before the first tick()
  // The rest belongs to tick()'s thread.
  bool has_begun_ = false;
  std::vector<std::int32_t> removed_levels_;
  struct ShiftedEntries {
    /// Entries before this one were stored before the clock was set.
    std::int64_t end_offset = 0;
    std::int64_t shift_ms = 0;
  };
  static constexpr std::size_t shifts_max = 16;
  ClockWatch clock_watch_;
  /// Per level, oldest step first; at most shifts_max.
  std::map<std::int32_t, std::vector<ShiftedEntries>> shifted_;
  /// Per level the entry before which a message may have been delivered already.
  std::map<std::int32_t, std::int64_t> suspect_ends_;
  /// Per level the entries of its next batch that are delivered, behind one that could not be.
  std::map<std::int32_t, std::set<std::int64_t>> delivered_ahead_;
  mutable std::mutex mutex_;
  std::map<std::int32_t, std::int64_t> offsets_;  // guarded by mutex_
  mutable std::int64_t given_to_slaves_ = 0;      // guarded by mutex_
  SavedTable saved_;
};

}  // namespace rocketmq::broker
