#include "messages/set_aside.hpp"

#include <spdlog/spdlog.h>

#include "messages/stored_copies.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::broker {

bool SetAside::keep(const MessageRecord& message, std::string_view topic, std::string_view why) {
  if (const auto made = topics_.find_or_create(topic, 1, perm::read_write); !made) {
    // A full topic table has room for the system's own topics.
    if (topic != set_aside_topic) return keep(message, set_aside_topic, why);
    report(message, why, "is kept nowhere: " + made.error().remark);
    return true;
  }
  auto copy = copy_of(message, message.properties);
  copy.topic = topic;
  const auto stored = writer_.put_and_wait(copy);
  if (stored.is_stored()) {
    report(message, why, "is kept in " + std::string(topic));
    return true;
  }
  if (!store::is_refused_forever(stored.status)) return false;
  report(message, why, "is kept nowhere: " + stored.remark);
  return true;
}

bool SetAside::has(const MessageRecord& message) const {
  return has_copy(
      reader_, message,
      {.topic = set_aside_topic, .queue_id = 0, .after_physical_offset = message.physical_offset});
}

void SetAside::report(const MessageRecord& message, std::string_view why, std::string_view where) {
  ++count_;
  const auto now = clock_.steady_now();
  {
    const std::lock_guard lock(mutex_);
    if (lines_ == 0 || now - period_began_ >= lines_period) {
      if (lines_ > lines_max) spdlog::error("{} more messages were set aside", lines_ - lines_max);
      lines_ = 0;
      period_began_ = now;
    }
    if (++lines_ > lines_max) return;
  }
  spdlog::error("the message at {} of the log cannot be delivered ({}) and {}",
                message.physical_offset, why, where);
}

}  // namespace rocketmq::broker
