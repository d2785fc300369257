#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "rocketmq/common/message_record.hpp"
#include "rocketmq/store/message_reader.hpp"

namespace rocketmq::broker {

/// Which transactions have ended: the first end counts, whatever comes later. A half message that
/// was put again is the same transaction as before.
/// Runs on: any thread (mutex_). Bounded: `ends_max` ends in memory; of older ones the op queue
/// tells, of which at most `ops_read_max` entries are read for one question.
class EndedTransactions {
 public:
  static constexpr std::size_t ends_max = 300'000;
  static constexpr std::int64_t ops_read_max = 200'000;

  /// What is known of an end; the op queue does not say which it was.
  enum class End { Committed, RolledBack, Unknown };

  explicit EndedTransactions(store::MessageReader& store, std::size_t ends_most = ends_max)
      : store_(store), ends_max_(ends_most) {}

  /// Nothing while the transaction is undecided.
  std::optional<End> end_of(const MessageRecord& half);
  /// Call it when the end is stored.
  void note(const MessageRecord& half, End end);

  /// The same for messages that a 3.2.6 broker left prepared in their own topics; known while the
  /// broker runs.
  bool is_noted(const MessageRecord& prepared) const;
  void note_prepared(const MessageRecord& prepared);

 private:
  /// Half queue offsets that the op queue names behind the half message; false when it could not be
  /// read to its end.
  bool read_ops(const MessageRecord& half, std::set<std::int64_t>& named) const;
  void begin();

  store::MessageReader& store_;
  const std::size_t ends_max_;
  mutable std::mutex mutex_;
  /// By the queue offset of the half message as it was sent.
  std::map<std::int64_t, End> ends_;  // guarded by mutex_
  /// ends_ has every end of the half messages from this queue offset on.
  std::int64_t complete_from_ = 0;  // guarded by mutex_
  bool has_begun_ = false;          // guarded by mutex_
  /// By the position in the log.
  std::set<std::int64_t> prepared_;  // guarded by mutex_
};

}  // namespace rocketmq::broker
