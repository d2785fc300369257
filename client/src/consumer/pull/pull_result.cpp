#include <ostream>

#include "rocketmq/PullResult.h"

namespace rocketmq {

const char* toString(PullStatus status) {
  switch (status) {
    case FOUND: return "FOUND";
    case NO_NEW_MSG: return "NO_NEW_MSG";
    case NO_MATCHED_MSG: return "NO_MATCHED_MSG";
    case OFFSET_ILLEGAL: return "OFFSET_ILLEGAL";
  }
  return "UNKNOWN";
}

std::ostream& operator<<(std::ostream& out, PullStatus status) { return out << toString(status); }

std::string PullResult::toString() const {
  return std::string("PullResult [pullStatus=") + rocketmq::toString(pullStatus_) +
         ", nextBeginOffset=" + std::to_string(nextBeginOffset_) +
         ", minOffset=" + std::to_string(minOffset_) + ", maxOffset=" + std::to_string(maxOffset_) +
         ", msgFoundList=" + std::to_string(msgFoundList_.size()) + "]";
}

std::ostream& operator<<(std::ostream& out, const PullResult& result) {
  return out << result.toString();
}

}  // namespace rocketmq
