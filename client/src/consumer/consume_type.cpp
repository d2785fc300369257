#include <ostream>

#include "rocketmq/ConsumeType.h"

namespace rocketmq {

const char* toString(MessageModel model) {
  return model == BROADCASTING ? "BROADCASTING" : "CLUSTERING";
}

std::ostream& operator<<(std::ostream& out, MessageModel model) { return out << toString(model); }

const char* toString(ConsumeFromWhere where) {
  switch (where) {
    case CONSUME_FROM_LAST_OFFSET: return "CONSUME_FROM_LAST_OFFSET";
    case CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST:
      return "CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST";
    case CONSUME_FROM_MIN_OFFSET: return "CONSUME_FROM_MIN_OFFSET";
    case CONSUME_FROM_MAX_OFFSET: return "CONSUME_FROM_MAX_OFFSET";
    case CONSUME_FROM_FIRST_OFFSET: return "CONSUME_FROM_FIRST_OFFSET";
    case CONSUME_FROM_TIMESTAMP: return "CONSUME_FROM_TIMESTAMP";
  }
  return "UNKNOWN";
}

std::ostream& operator<<(std::ostream& out, ConsumeFromWhere where) {
  return out << toString(where);
}

}  // namespace rocketmq
