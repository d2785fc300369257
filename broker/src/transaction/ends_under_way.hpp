#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <unordered_set>

namespace rocketmq::broker {

/// Lets one end of a half message be worked on at a time: of two that come at the same time, as the
/// first response and that to a check-back may, the later one has to see what the earlier one has
/// put. Any thread.
class EndsUnderWay {
 public:
  /// While it lives, no other thread gets a turn with the same message. Must not outlive its maker.
  class Turn {
   public:
    Turn(EndsUnderWay& ends, std::int64_t transaction) : ends_(ends), offset_(transaction) {
      std::unique_lock lock(ends_.mutex_);
      ends_.left_.wait(lock, [this] { return !ends_.offsets_.contains(offset_); });
      ends_.offsets_.insert(offset_);
    }
    ~Turn() {
      {
        const std::lock_guard lock(ends_.mutex_);
        ends_.offsets_.erase(offset_);
      }
      ends_.left_.notify_all();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    EndsUnderWay& ends_;
    const std::int64_t offset_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  std::unordered_set<std::int64_t> offsets_;  // guarded by mutex_
};

}  // namespace rocketmq::broker
