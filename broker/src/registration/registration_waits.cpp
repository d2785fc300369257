#include "registration/registration_waits.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "limits.hpp"

namespace rocketmq::broker {

/// Stands between a reply and its connection: keeps the response until release().
class RegistrationWaits::HeldReply final : public remoting::ResponseSink {
 public:
  explicit HeldReply(std::shared_ptr<remoting::ResponseSink> sink) : sink_(std::move(sink)) {}

  void respond(remoting::RemotingCommand& response, remoting::Body body) override {
    {
      const std::lock_guard lock(mutex_);
      if (!released_) {
        response_ = response;
        body_ = std::move(body);
        return;
      }
    }
    sink_->respond(response, std::move(body));
  }

  bool has_peer() const override { return sink_->has_peer(); }
  void took(const remoting::RequestTimes& times) override { sink_->took(times); }

  void release() {
    {
      const std::lock_guard lock(mutex_);
      released_ = true;
      if (!response_) return;
    }
    // Nothing else touches the response any more.
    sink_->respond(*response_, std::move(body_));
  }

 private:
  const std::shared_ptr<remoting::ResponseSink> sink_;
  std::mutex mutex_;
  bool released_ = false;                              // guarded by mutex_
  std::optional<remoting::RemotingCommand> response_;  // guarded by mutex_
  remoting::Body body_;                                // guarded by mutex_
};

void RegistrationWaits::hold(remoting::Reply& reply, std::uint64_t change) {
  if (is_known(change)) return;
  const auto deadline =
      clock_.steady_now() + std::min(wait_max, std::chrono::milliseconds(timeout_ms_.get()));
  const std::lock_guard lock(mutex_);
  // known() stores the number before it takes the lock: a change that is still unknown here is
  // found by it afterwards.
  if (closed_ || is_known(change) ||
      waiters_.size() >= limits::replies_waiting_for_registration_max)
    return;
  reply.wrap_sink([&](std::shared_ptr<remoting::ResponseSink> sink) {
    auto held = std::make_shared<HeldReply>(std::move(sink));
    waiters_.push_back({change, deadline, held});
    return held;
  });
}

template <class IsDue>
void RegistrationWaits::release_if(IsDue is_due) {
  std::vector<Waiter> due;
  {
    const std::lock_guard lock(mutex_);
    const auto kept_end = std::stable_partition(
        waiters_.begin(), waiters_.end(), [&](const Waiter& waiter) { return !is_due(waiter); });
    std::move(kept_end, waiters_.end(), std::back_inserter(due));
    waiters_.erase(kept_end, waiters_.end());
  }
  for (const auto& waiter : due) waiter.reply->release();
}

void RegistrationWaits::known(std::uint64_t change) {
  if (is_known(change)) return;
  known_.store(change, std::memory_order_release);
  release_if([change](const Waiter& waiter) { return waiter.change <= change; });
}

void RegistrationWaits::tick() {
  release_if([now = clock_.steady_now()](const Waiter& waiter) { return now >= waiter.deadline; });
}

void RegistrationWaits::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  release_if([](const Waiter&) { return true; });
}

}  // namespace rocketmq::broker
