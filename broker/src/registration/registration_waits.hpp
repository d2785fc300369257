#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <vector>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/live.hpp"
#include "rocketmq/remoting/reply.hpp"

namespace rocketmq::broker {

/// Replies that wait until the name servers know a change of the topic table: clients request the
/// route of a topic as soon as they know that it exists, and look again only after 30 s.
///
/// Changes are numbered from 1; change 0 is what the table was loaded with. Without name servers
/// every change counts as known. Runs on: any thread (mutex_). Bounded: at most
/// limits::replies_waiting_for_registration_max replies; further ones do not wait.
class RegistrationWaits {
 public:
  /// Longest wait of a reply, where the time-out of a registration is not shorter: clients stop
  /// waiting after 3 s, and producers send again.
  static constexpr std::chrono::milliseconds wait_max{2'000};

  /// `clock` and `timeout_ms`, the time-out of a registration, must outlive the object.
  RegistrationWaits(const Clock& clock, const Live<std::int32_t>& timeout_ms)
      : clock_(clock), timeout_ms_(timeout_ms) {}
  ~RegistrationWaits() { close(); }

  /// There are name servers: from now on changes are known when known() says so.
  void expect_registrations() { known_.store(0, std::memory_order_release); }
  bool is_known(std::uint64_t change) const {
    return change <= known_.load(std::memory_order_acquire);
  }
  /// Holds back what `reply` is going to send until `change` is known. Returns immediately; the
  /// processor replies as usual.
  void hold(remoting::Reply& reply, std::uint64_t change);
  /// All changes up to `change` are known: their replies leave on the calling thread.
  void known(std::uint64_t change);
  /// Lets the replies go that have waited for the time-out.
  void tick();
  /// Lets every reply go and holds no others.
  void close();

 private:
  class HeldReply;
  struct Waiter {
    std::uint64_t change = 0;
    std::chrono::steady_clock::time_point deadline;
    std::shared_ptr<HeldReply> reply;
  };
  template <class IsDue>
  void release_if(IsDue is_due);

  const Clock& clock_;
  const Live<std::int32_t>& timeout_ms_;
  std::atomic<std::uint64_t> known_{std::numeric_limits<std::uint64_t>::max()};
  std::mutex mutex_;
  bool closed_ = false;          // guarded by mutex_
  std::vector<Waiter> waiters_;  // guarded by mutex_
};

}  // namespace rocketmq::broker
