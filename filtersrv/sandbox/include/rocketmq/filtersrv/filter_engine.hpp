// What every kind of filter has in common: a text is compiled to a filter once, the filter judges
// batches of messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/result.hpp"

namespace rocketmq::filtersrv {

/// A message as a filter sees it. All texts point into memory of the caller, which outlives the
/// call.
struct FilterMessage {
  std::string_view topic;
  /// As stored: name, byte 1, value, byte 2, and so on. TAGS and KEYS are properties like others.
  std::string_view properties;
  /// Decompressed.
  std::string_view body;
  std::string_view message_id;
  std::int32_t queue_id = 0;
  std::int32_t flag = 0;
  std::int32_t reconsume_times = 0;
  std::int64_t queue_offset = 0;
  std::int64_t born_time_ms = 0;
  std::int64_t store_time_ms = 0;
};

/// What a consumer uploads or an operator installs.
struct FilterSource {
  std::string group;
  std::string topic;
  /// A name only: never a path.
  std::string class_name;
  /// UTF-8, size within the server's limit.
  std::string text;
};

enum class Verdict : std::uint8_t {
  kDrop,
  kDeliver,
  /// The filter failed on this message; what becomes of it is the server's setting.
  kFailed,
};

/// A compiled filter. Any thread may call it; calls may run at the same time.
class Filter {
 public:
  Filter() = default;
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  virtual ~Filter() = default;

  /// One verdict a message, in their order; fewer, but at least one, where the filter's time for a
  /// batch was over or it failed after these: the rest is for another batch. An error says that not
  /// even the first message could be judged (worker gone, time over, quarantined): nothing of the
  /// batch may be delivered or skipped. May take as long as the engine's deadline: called by a
  /// thread of a pool, never by a reactor.
  virtual Result<std::vector<Verdict>> match(std::span<const FilterMessage> messages) = 0;

  /// Whether a call waits for another one's end: then a caller should wait elsewhere, without a
  /// thread.
  virtual bool judges_one_batch_at_a_time() const { return false; }

  /// Whether it looks at properties alone: then body and message_id of the messages may be empty,
  /// and nothing is decompressed for it.
  virtual bool reads_properties_only() const { return false; }

  /// For administrators: one line, such as "running, 2 restarts" or "quarantined until …: reason".
  virtual std::string state() const { return "running"; }
};

/// A language that filters are written in.
class FilterEngine {
 public:
  FilterEngine() = default;
  FilterEngine(const FilterEngine&) = delete;
  FilterEngine& operator=(const FilterEngine&) = delete;
  virtual ~FilterEngine() = default;

  /// "expr", "lua", "cpp", "java".
  virtual std::string_view name() const = 0;

  /// Whether a text that is uploaded is meant for this engine, by its first line's mark or by how
  /// it begins. The engines that are on are asked in turn.
  virtual bool takes(const FilterSource& source) const = 0;

  /// Whether its filters are code of users, in processes: to make and to end one takes its time.
  virtual bool runs_code() const { return true; }

  /// An error is for the user who uploaded the text: it says where and why. May take seconds;
  /// called by a thread of a pool.
  virtual Result<std::unique_ptr<Filter>> compile(const FilterSource& source) = 0;
};

}  // namespace rocketmq::filtersrv
