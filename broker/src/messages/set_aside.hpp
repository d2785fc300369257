#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/figure_table.hpp"
#include "rocketmq/common/message_record.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "rocketmq/store/message_writer.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// Where messages end that the broker has taken and can deliver to no consumer.
inline constexpr std::string_view set_aside_topic = "rmq_sys_SET_ASIDE";

/// Keeps messages that wait in the broker, delayed or undecided, and can never be put where they
/// belong: what waits behind them must not wait forever. A copy goes to a topic where an operator
/// finds it, with one line in the log, and is counted.
/// Runs on: any thread; keep() waits for the store, and for the disk.
class SetAside {
 public:
  /// All must outlive it.
  SetAside(const Clock& clock, TopicConfigManager& topics, const store::MessageReader& reader,
           store::MessageWriter& writer)
      : clock_(clock), topics_(topics), reader_(reader), writer_(writer) {}

  /// Stores a copy in `topic`, which is made when it is not there. False when the store takes
  /// nothing at present: the caller tries again later. When it refuses the copy forever as well,
  /// the line in the log is all that remains.
  bool keep(const MessageRecord& message, std::string_view topic, std::string_view why);
  bool keep(const MessageRecord& message, std::string_view why) {
    return keep(message, set_aside_topic, why);
  }
  /// True when a copy of a message of the time before a kill is in set_aside_topic already.
  bool has(const MessageRecord& message) const;

  std::int64_t count() const { return count_; }
  /// Declares how many there were; this object must outlive the figures.
  void add_figures(FigureTable& table) const {
    table.add({.name = "setAsideMessages",
               .kind = FigureKind::Counter,
               .unit = "messages",
               .help = "messages that could not be delivered and were set aside",
               .use = in_runtime_info},
              [this]() -> FigureValue { return count(); });
  }

 private:
  /// A deleted topic may have very many messages waiting: not each of them needs a line.
  static constexpr int lines_max = 100;
  static constexpr std::chrono::seconds lines_period{60};
  void report(const MessageRecord& message, std::string_view why, std::string_view where);

  const Clock& clock_;
  TopicConfigManager& topics_;
  const store::MessageReader& reader_;
  store::MessageWriter& writer_;
  std::atomic<std::int64_t> count_{0};
  std::mutex mutex_;
  std::chrono::steady_clock::time_point period_began_;  // guarded by mutex_
  int lines_ = 0;                                       // guarded by mutex_
};

}  // namespace rocketmq::broker
