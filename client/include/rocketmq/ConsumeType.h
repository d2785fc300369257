#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <iosfwd>

namespace rocketmq {

/// Whether the members of a group share the messages or each gets all of them.
enum MessageModel {
  BROADCASTING = 0,
  CLUSTERING = 1,
};

/// "BROADCASTING", "CLUSTERING".
const char* toString(MessageModel model);
std::ostream& operator<<(std::ostream& out, MessageModel model);

/// Where a group without stored offsets begins. The three values after LAST_OFFSET are old names of
/// it.
enum ConsumeFromWhere {
  CONSUME_FROM_LAST_OFFSET = 0,
  CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST = 1,
  CONSUME_FROM_MIN_OFFSET = 2,
  CONSUME_FROM_MAX_OFFSET = 3,
  CONSUME_FROM_FIRST_OFFSET = 4,
  CONSUME_FROM_TIMESTAMP = 5,
};

/// "CONSUME_FROM_LAST_OFFSET" and so on.
const char* toString(ConsumeFromWhere where);
std::ostream& operator<<(std::ostream& out, ConsumeFromWhere where);

}  // namespace rocketmq
