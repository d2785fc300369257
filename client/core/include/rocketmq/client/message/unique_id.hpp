#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "rocketmq/common/clock.hpp"

namespace rocketmq::client {

/// Makes the ids that producers give their messages (property UNIQ_KEY): upper-case hex of
///
///    ip 4|16 | pid i16 | random i32 | ms since the month's first day 00:00 local time i32 |
///    counter i16
///
/// Tools read the send time out of them, so the layout is part of the protocol. Safe on any thread.
class UniqueIdGenerator {
 public:
  /// `ip` holds 4 or 16 address bytes.
  UniqueIdGenerator(std::string ip, std::uint16_t process_id, std::uint32_t random,
                    const Clock& clock);

  std::string next();
  /// Appends the id to `out`.
  void append(std::string& out);

 private:
  std::int32_t elapsed_ms();
  void begin_month(std::int64_t now_ms);

  std::string prefix_;  // hex; constant
  const Clock& clock_;
  std::atomic<std::uint16_t> counter_{0};
  std::mutex month_mutex_;
  std::atomic<std::int64_t> month_start_ms_{0};
  std::atomic<std::int64_t> next_month_start_ms_{0};
};

/// This process's generator.
UniqueIdGenerator& unique_ids();

}  // namespace rocketmq::client
