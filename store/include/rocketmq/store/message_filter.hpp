#pragma once

#include <cstdint>

#include "rocketmq/common/message_record.hpp"

namespace rocketmq::store {

/// Chooses messages of a queue. Called on the reading thread.
class MessageFilter {
 public:
  virtual ~MessageFilter() = default;
  /// Test by the ConsumeQueue unit alone.
  virtual bool matches_tags_code(std::int64_t tags_code) const = 0;
  /// True when matches_record() has to be called as well.
  virtual bool needs_record() const { return false; }
  virtual bool matches_record(const MessageRecord&) const { return true; }
  /// Called after matches_tags_code() has refused a unit: true ends the get before this unit.
  virtual bool ends_get() const { return false; }
};

}  // namespace rocketmq::store
