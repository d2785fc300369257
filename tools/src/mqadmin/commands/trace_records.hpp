#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/MessageExt.h"

namespace rocketmq::mqadmin {

/// What a producer or consumer noted about one message (spec/client.md §15).
struct TraceRecord {
  enum class Kind { Sent, Consumed, TransactionEnded };
  Kind kind = Kind::Sent;
  std::string group;
  std::string client_host;
  std::int64_t time_ms = 0;
  std::int64_t cost_ms = 0;
  bool is_success = false;
};

/// The records about message `id` in messages of a trace topic, in order of time. Those that cannot
/// be read are left out.
std::vector<TraceRecord> trace_records(const std::vector<MessageExt>& messages,
                                       std::string_view id);

}  // namespace rocketmq::mqadmin
