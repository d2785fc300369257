#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <functional>
#include <iosfwd>

#include "rocketmq/Message.h"
#include "rocketmq/MessageExt.h"

namespace rocketmq {

/// What became of the local transaction that belongs to a message.
enum LocalTransactionState {
  /// Done: the message is delivered.
  COMMIT_MESSAGE,
  /// Undone: the message is never delivered.
  ROLLBACK_MESSAGE,
  /// Not known yet: the broker asks later.
  UNKNOWN,
};
inline constexpr LocalTransactionState UNKNOW = UNKNOWN;

/// "COMMIT_MESSAGE", "ROLLBACK_MESSAGE", "UNKNOW" (as the protocol spells it).
const char* toString(LocalTransactionState state);
std::ostream& operator<<(std::ostream& out, LocalTransactionState state);

/// Runs local transactions and reports their outcome later. An exception counts as UNKNOWN.
class TransactionListener {
 public:
  virtual ~TransactionListener() = default;
  /// Called in the sender's thread once the broker holds the message back. `arg` is what was given
  /// to the send.
  virtual LocalTransactionState executeLocalTransaction(const Message& message, void* arg) = 0;
  /// Called on a check thread when the broker asks, possibly in another process of the group than
  /// the one that sent.
  virtual LocalTransactionState checkLocalTransaction(const MessageExt& message) = 0;
};

/// The two halves of a TransactionListener as functions; the short form has no use for `arg`.
using LocalTransactionFunction = std::function<LocalTransactionState(const Message& message)>;
using LocalTransactionByFunction =
    std::function<LocalTransactionState(const Message& message, void* arg)>;
using TransactionCheckFunction = std::function<LocalTransactionState(const MessageExt& message)>;

/// The older form of the second half of TransactionListener.
class TransactionCheckListener {
 public:
  virtual ~TransactionCheckListener() = default;
  virtual LocalTransactionState checkLocalTransactionState(const MessageExt& message) = 0;
};

/// The older form of the first half, given with each send.
class LocalTransactionExecuter {
 public:
  virtual ~LocalTransactionExecuter() = default;
  virtual LocalTransactionState executeLocalTransactionBranch(const Message& message,
                                                              void* arg) = 0;
};

}  // namespace rocketmq
