#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "rocketmq/MessageExt.h"
#include "rocketmq/client/failure.hpp"

namespace rocketmq::client {

/// Gets the reply to a request, or why there is none; once, on a thread of the client.
using ReplyDone = std::function<void(Outcome<MessageExt>)>;

/// Requests that wait for the reply of their consumer, by correlation id. Bounded: more than
/// `requests_max` are refused. Safe on any thread; calls nothing foreign under its lock.
class ReplyTable {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t requests_max = 65'535;

  /// False when too many wait; `done` is not called then.
  bool add(const std::string& correlation_id, Time deadline, ReplyDone done) {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= requests_max) return false;
    waiting_.insert_or_assign(correlation_id, Waiting{deadline, std::move(done)});
    return true;
  }
  /// Ends the wait of one request; nothing when it does not wait (anymore).
  ReplyDone take(const std::string& correlation_id) {
    const std::scoped_lock lock(mutex_);
    const auto found = waiting_.find(correlation_id);
    if (found == waiting_.end()) return nullptr;
    ReplyDone done = std::move(found->second.done);
    waiting_.erase(found);
    return done;
  }
  /// Ends the wait of all requests whose time is over.
  std::vector<ReplyDone> take_expired(Time now) {
    return take_where([now](const Waiting& waiting) { return waiting.deadline <= now; });
  }
  std::vector<ReplyDone> take_all() {
    return take_where([](const Waiting&) { return true; });
  }

 private:
  struct Waiting {
    Time deadline;
    ReplyDone done;
  };
  template <class Wanted>
  std::vector<ReplyDone> take_where(Wanted&& wanted) {
    std::vector<ReplyDone> taken;
    const std::scoped_lock lock(mutex_);
    std::erase_if(waiting_, [&](auto& entry) {
      if (!wanted(entry.second)) return false;
      taken.push_back(std::move(entry.second.done));
      return true;
    });
    return taken;
  }

  std::mutex mutex_;
  std::unordered_map<std::string, Waiting> waiting_;  // guarded by mutex_
};

}  // namespace rocketmq::client
