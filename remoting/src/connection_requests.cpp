// Requests of ours on a connection: any thread makes them, the reactor sends them and matches the
// answers.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "connection.hpp"

namespace rocketmq::remoting {

namespace {

/// Correlation ids are unique in the process as long as it can be: they start at 0 and wrap.
std::atomic<std::uint32_t> next_opaque{0};

/// Far enough for whoever means "for ever", near enough for the clock's range.
SteadyTime deadline_after(std::chrono::milliseconds timeout) {
  constexpr std::chrono::hours timeout_max{24 * 365};
  return std::chrono::steady_clock::now() +
         std::min<std::chrono::milliseconds>(timeout, timeout_max);
}

}  // namespace

void run_callback(ResponseCallback& done, Result<RemotingCommand> outcome) {
  if (!done) return;
  try {
    done(std::move(outcome));
  } catch (const std::exception& failure) {
    spdlog::error("the callback of a request threw: {}", failure.what());
  } catch (...) {
    spdlog::error("the callback of a request threw an unknown exception");
  }
}

void fail_later(Reactor& reactor, ResponseCallback done, Error error) {
  UniqueFunction<void()> task = [done = std::move(done), error = std::move(error)]() mutable {
    run_callback(done, std::move(error));
  };
  if (!reactor.post(task)) task();
}

// --- any thread
// ---------------------------------------------------------------------------------------------------

Connection::Submitted Connection::submit(RemotingCommand& request,
                                         std::chrono::milliseconds timeout,
                                         ResponseCallback& done) {
  if (context_->in_flight.fetch_add(1, std::memory_order_relaxed) >= context_->in_flight_max) {
    context_->in_flight.fetch_sub(1, std::memory_order_relaxed);
    return Submitted::too_many;
  }
  const Submitted outcome = submit(request, timeout, done, false);
  if (outcome != Submitted::yes) context_->in_flight.fetch_sub(1, std::memory_order_relaxed);
  return outcome;
}

Connection::Submitted Connection::submit_oneway(RemotingCommand& request,
                                                std::chrono::milliseconds timeout,
                                                ResponseCallback& failed) {
  return submit(request, timeout, failed, true);
}

Connection::Submitted Connection::submit(RemotingCommand& request,
                                         std::chrono::milliseconds timeout, ResponseCallback& done,
                                         bool is_oneway) {
  {
    const std::lock_guard lock(mutex_);
    if (refuses_) return Submitted::closed;
    if (left_output_.bytes() + unsent_bytes_.load(std::memory_order_relaxed) >
        context_->output_bytes_max) {
      return Submitted::full;
    }
    request.flag = is_oneway ? RemotingCommand::oneway_bit : 0;
    request.opaque = free_opaque();
    if (!left_output_.add(request, nullptr)) return Submitted::too_large;
    const bool waits = !is_oneway || (done && !was_established());
    if (waits) {
      pending_.emplace(request.opaque, Pending{std::move(done), timeout, is_oneway, std::nullopt});
      left_deadlines_.emplace_back(request.opaque, deadline_after(timeout));
    }
  }
  leave_to_reactor();
  return Submitted::yes;
}

std::int32_t Connection::free_opaque() const {
  for (;;) {
    const auto opaque =
        static_cast<std::int32_t>(next_opaque.fetch_add(1, std::memory_order_relaxed));
    if (!pending_.contains(opaque)) return opaque;
  }
}

void Connection::leave_to_reactor() {
  if (has_left_by_others_.exchange(true, std::memory_order_acq_rel))
    return;  // the reactor knows already
  if (!reactor_->in_this_thread()) {
    reactor_->wake(shared_from_this());
  } else if (!is_in_batch_ && !std::exchange(is_dirty_, true)) {
    reactor_->flush_later(shared_from_this());
  }
}

bool Connection::send_oneway(RemotingCommand request) {
  ResponseCallback nobody_asks;
  return submit_oneway(request, {}, nobody_asks) == Submitted::yes;
}

void Connection::invoke(RemotingCommand request, std::chrono::milliseconds timeout,
                        ResponseCallback done) {
  const Submitted outcome = submit(request, timeout, done);
  if (outcome != Submitted::yes) fail_later(*reactor_, std::move(done), refusal(outcome));
}

Error Connection::refusal(Submitted outcome) const {
  switch (outcome) {
    case Submitted::too_many:
      return {ResponseCode::TooManyRequests,
              "too many requests under way: " + std::to_string(context_->in_flight_max)};
    case Submitted::too_large:
      return {ResponseCode::SendFailed, "the request to " + address_ + " is over the limit of " +
                                            std::to_string(context_->frame_bytes_max) +
                                            " bytes a frame"};
    case Submitted::full:
      return {ResponseCode::SendFailed, "the output to " + address_ + " is full"};
    case Submitted::closed:
    case Submitted::yes:
      break;
  }
  return {ResponseCode::SendFailed, "the connection to " + address_ + " is closed"};
}

// --- the reactor's thread
// -----------------------------------------------------------------------------------------

void Connection::fetch_left_by_others() {
  has_left_by_others_.store(false, std::memory_order_release);
  const std::lock_guard lock(mutex_);
  output_.append(std::move(left_output_));
  unsent_bytes_.store(output_.bytes(), std::memory_order_relaxed);
  for (const auto& [opaque, at] : left_deadlines_) {
    const auto waiting = pending_.find(opaque);
    if (waiting != pending_.end())
      waiting->second.deadline = reactor_->deadlines().add(at, *this, opaque);
  }
  left_deadlines_.clear();
}

std::optional<Connection::Pending> Connection::take_pending(std::int32_t opaque) {
  const std::lock_guard lock(mutex_);
  const auto waiting = pending_.find(opaque);
  if (waiting == pending_.end()) return std::nullopt;
  Pending taken = std::move(waiting->second);
  pending_.erase(waiting);
  return taken;
}

void Connection::on_response(RemotingCommand& response) {
  auto pending = take_pending(response.opaque);
  if (!pending) return;  // came after its time-out, or answers nothing that we asked
  if (pending->deadline) reactor_->deadlines().remove(*pending->deadline);
  complete(std::move(*pending), std::move(response));
}

void Connection::on_deadline(std::int64_t token) {
  if (token == connect_token) {
    connect_deadline_.reset();
    on_connect_timeout();
    return;
  }
  auto pending = take_pending(static_cast<std::int32_t>(token));
  if (!pending) return;
  const std::string waited = std::to_string(pending->timeout.count()) + " ms";
  complete(std::move(*pending),
           Error{ResponseCode::RequestTimeout,
                 was_established() ? "no answer from " + address_ + " within " + waited
                                   : "not connected to " + address_ + " within " + waited});
}

void Connection::complete(Pending pending, Result<RemotingCommand> outcome) {
  if (!pending.is_oneway) context_->in_flight.fetch_sub(1, std::memory_order_relaxed);
  run_callback(pending.done, std::move(outcome));
}

void Connection::fail_pending(const Error& error) {
  PendingTable failed;
  {
    const std::lock_guard lock(mutex_);
    failed.swap(pending_);
    left_deadlines_.clear();
  }
  for (auto& [opaque, pending] : failed) {
    if (pending.deadline) reactor_->deadlines().remove(*pending.deadline);
    complete(std::move(pending), error);
  }
}

/// The connection stands: what wanted no answer has been handed over. Called under mutex_.
void Connection::forget_waiting_oneways(std::vector<Pending>& forgotten) {
  for (auto waiting = pending_.begin(); waiting != pending_.end();) {
    if (!waiting->second.is_oneway) {
      ++waiting;
      continue;
    }
    forgotten.push_back(std::move(waiting->second));
    waiting = pending_.erase(waiting);
  }
}

}  // namespace rocketmq::remoting
