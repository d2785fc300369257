#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <cstdint>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

#include "rocketmq/MQException.h"
#include "rocketmq/MessageExt.h"

namespace rocketmq {

enum PullStatus {
  FOUND,
  /// The queue has nothing at the offset yet.
  NO_NEW_MSG,
  /// There are messages, but none that the expression selects; continue at nextBeginOffset.
  NO_MATCHED_MSG,
  /// The queue does not reach to the offset; continue at nextBeginOffset.
  OFFSET_ILLEGAL,
};

/// "FOUND", "NO_NEW_MSG", "NO_MATCHED_MSG", "OFFSET_ILLEGAL".
const char* toString(PullStatus status);
std::ostream& operator<<(std::ostream& out, PullStatus status);

/// The result of a pull.
class PullResult {
 public:
  PullResult() = default;
  PullResult(PullStatus status, std::int64_t nextBeginOffset, std::int64_t minOffset,
             std::int64_t maxOffset, std::vector<MessageExt> messages)
      : pullStatus_(status),
        nextBeginOffset_(nextBeginOffset),
        minOffset_(minOffset),
        maxOffset_(maxOffset),
        msgFoundList_(std::move(messages)) {}

  PullStatus getPullStatus() const { return pullStatus_; }
  /// Where the next pull continues.
  std::int64_t getNextBeginOffset() const { return nextBeginOffset_; }
  std::int64_t getMinOffset() const { return minOffset_; }
  std::int64_t getMaxOffset() const { return maxOffset_; }
  const std::vector<MessageExt>& getMsgFoundList() const { return msgFoundList_; }

  /// `PullResult [pullStatus=FOUND, nextBeginOffset=32, minOffset=0, maxOffset=100,
  /// msgFoundList=32]`
  std::string toString() const;

 private:
  PullStatus pullStatus_ = NO_NEW_MSG;
  std::int64_t nextBeginOffset_ = 0;
  std::int64_t minOffset_ = 0;
  std::int64_t maxOffset_ = 0;
  std::vector<MessageExt> msgFoundList_;
};

std::ostream& operator<<(std::ostream& out, const PullResult& result);

/// Gets the outcome of an asynchronous pull: one of the two is called, once, on a callback thread.
class PullCallback {
 public:
  virtual ~PullCallback() = default;
  virtual void onSuccess(PullResult& result) = 0;
  virtual void onException(MQException& failure) = 0;
};

}  // namespace rocketmq
