// Requests of ours on a connection: any thread makes them, the reactor sends them and matches the
// answers.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "connection.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::remoting {

namespace {

/// Correlation ids are unique in the process as long as it can be: they start at 0 and wrap.
std::atomic<std::uint32_t> next_opaque{0};

/// What is kept between requests of a connection: of entries in the table of those under way, and
/// of a thread's buffer for headers.
constexpr std::size_t spare_pending_max = 4096;
constexpr std::size_t kept_head_bytes_max = 64 * 1024;
/// Buffers of the reactor's that a connection has for what other threads leave.
constexpr std::size_t lent_buffers_max = 8;

void release_large(std::string& head) {
  if (head.capacity() > kept_head_bytes_max) std::string().swap(head);
}

/// Far enough for whoever means "for ever", near enough for the clock's range.
SteadyTime deadline_after(std::chrono::milliseconds timeout) {
  constexpr std::chrono::hours timeout_max{24 * 365};
  return std::chrono::steady_clock::now() +
         std::min<std::chrono::milliseconds>(timeout, timeout_max);
}

}  // namespace

void run_callback(ResponseCallback& done, Result<RemotingCommand>&& outcome) {
  if (!done) return;
  try {
    done(std::move(outcome));
  } catch (const std::exception& failure) {
    shared_log().error("the callback of a request threw: {}", failure.what());
  } catch (...) {
    shared_log().error("the callback of a request threw an unknown exception");
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
                                         std::chrono::milliseconds timeout, ResponseCallback& done,
                                         std::size_t wait_over_bytes) {
  if (context_->in_flight.fetch_add(1, std::memory_order_relaxed) >= context_->in_flight_max) {
    context_->in_flight.fetch_sub(1, std::memory_order_relaxed);
    return Submitted::too_many;
  }
  const Submitted outcome = submit(request, timeout, done, false, wait_over_bytes);
  if (outcome != Submitted::yes) context_->in_flight.fetch_sub(1, std::memory_order_relaxed);
  return outcome;
}

Connection::Submitted Connection::submit_oneway(RemotingCommand& request,
                                                std::chrono::milliseconds timeout,
                                                ResponseCallback& failed) {
  return submit(request, timeout, failed, true, 0);
}

Connection::Submitted Connection::submit(RemotingCommand& request,
                                         std::chrono::milliseconds timeout, ResponseCallback& done,
                                         bool is_oneway, std::size_t wait_over_bytes) {
  const SteadyTime deadline = deadline_after(timeout);
  request.flag = is_oneway ? RemotingCommand::oneway_bit : 0;
  request.opaque = static_cast<std::int32_t>(next_opaque.fetch_add(1, std::memory_order_relaxed));
  // Encoded before the lock is taken: the reactor must not wait for it.
  thread_local std::string head;
  head.clear();
  encode_frame_head(request, request.body.size(), head);
  if (head.size() + request.body.size() > context_->frame_bytes_max) {
    release_large(head);
    return Submitted::too_large;
  }
  {
    std::unique_lock lock(mutex_);
    if (wait_over_bytes > 0) wait_for_output(lock, wait_over_bytes, deadline);
    if (refuses_) return Submitted::closed;
    if (bytes_to_send() > context_->output_bytes_max) return Submitted::full;
    left_output_.add_encoded(head, request.body);
    if (!is_oneway || (done && !was_established())) {
      left_requests_.push_back(
          {request.opaque, deadline, {std::move(done), timeout, is_oneway, std::nullopt}});
    }
  }
  release_large(head);
  leave_to_reactor();
  return Submitted::yes;
}

/// Reads what flush() stores in one order with output_waiters_, which a waiter has raised before:
/// either the waiter sees that the bytes are gone, or flush() sees the waiter. A weaker load could
/// be made before the count is raised, and the waiter be overlooked.
std::size_t Connection::bytes_to_send() const {
  return left_output_.bytes() + unsent_bytes_.load(std::memory_order_seq_cst);
}

/// What waits in memory to be sent is cold when its turn comes: a program that makes more than the
/// peer takes is the slower for it.
void Connection::wait_for_output(std::unique_lock<std::mutex>& lock, std::size_t bytes,
                                 SteadyTime deadline) {
  const auto is_over = [&] { return bytes_to_send() > bytes && !refuses_ && was_established(); };
  if (!is_over() || reactor_->in_this_thread()) return;
  output_waiters_.fetch_add(1);
  output_sent_.wait_until(lock, deadline, [&] { return !is_over(); });
  output_waiters_.fetch_sub(1);
}

void Connection::wake_output_waiters() {
  if (output_waiters_.load() == 0) return;
  const std::lock_guard lock(mutex_);
  output_sent_.notify_all();
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

/// Hints are counted apart from other output, so that one to a busy peer is not lost.
bool Connection::send_hint(RemotingCommand request) {
  if (hint_bytes_.load(std::memory_order_relaxed) >= context_->hint_bytes_max) return false;
  // More than its frame, because a queue of small frames takes more than their bytes.
  constexpr std::size_t overhead = 256;
  hint_bytes_.fetch_add(request.body.size() + overhead, std::memory_order_relaxed);
  return send_oneway(std::move(request));
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
    case Submitted::yes: break;
  }
  return {ResponseCode::SendFailed, "the connection to " + address_ + " is closed"};
}

// --- the reactor's thread
// -----------------------------------------------------------------------------------------

void Connection::fetch_left_by_others() {
  has_left_by_others_.store(false, std::memory_order_release);
  // Not the member itself: a callback below may bring us here again.
  std::vector<LeftRequest> fetched = std::exchange(spare_requests_, {});
  {
    const std::lock_guard lock(mutex_);
    output_.append(std::move(left_output_));
    if (context_->lends_output_buffers) {
      BufferPool& buffers = reactor_->buffers();
      while (left_output_.lent() < lent_buffers_max && !buffers.empty())
        left_output_.lend(buffers.take());
    }
    fetched.swap(left_requests_);
  }
  unsent_bytes_.store(output_.bytes(), std::memory_order_relaxed);
  for (LeftRequest& left : fetched) add_pending(left);
  fetched.clear();
  if (fetched.capacity() <= spare_pending_max) spare_requests_ = std::move(fetched);
}

void Connection::add_pending(LeftRequest& left) {
  // A one-way request that was made while this was connecting has been handed over now.
  if (left.pending.is_oneway && was_established()) return;
  const auto deadline = reactor_->deadlines().add(left.deadline, *this, left.opaque);
  left.pending.deadline = deadline;
  if (auto same = take_pending(left.opaque)) [[unlikely]] {
    // Four thousand million requests ago, and still without an answer. Which of the two an answer
    // would be for cannot be told.
    reactor_->deadlines().remove(*same->deadline);
    reactor_->deadlines().remove(deadline);
    const Error error{
        ResponseCode::SendFailed,
        "two requests to " + address_ + " have the number " + std::to_string(left.opaque)};
    complete(*same, error);
    return complete(left.pending, error);
  }
  if (spare_pending_.empty()) {
    pending_.emplace(left.opaque, std::move(left.pending));
    return;
  }
  PendingTable::node_type entry = std::move(spare_pending_.back());
  spare_pending_.pop_back();
  entry.key() = left.opaque;
  entry.mapped() = std::move(left.pending);
  pending_.insert(std::move(entry));
}

std::optional<Connection::Pending> Connection::take_pending(std::int32_t opaque) {
  const auto waiting = pending_.find(opaque);
  if (waiting == pending_.end()) return std::nullopt;
  Pending taken = std::move(waiting->second);
  if (spare_pending_.size() < spare_pending_max) {
    spare_pending_.push_back(pending_.extract(waiting));
  } else {
    pending_.erase(waiting);
  }
  return taken;
}

void Connection::on_response() {
  auto pending = take_pending(reactor_->command().opaque);
  if (!pending) return;  // came after its time-out, or answers nothing that we asked
  reactor_->deadlines().remove(*pending->deadline);
  complete(*pending, std::move(reactor_->response()));
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
  complete(*pending,
           Error{ResponseCode::RequestTimeout,
                 was_established() ? "no answer from " + address_ + " within " + waited
                                   : "not connected to " + address_ + " within " + waited});
}

void Connection::complete(Pending& pending, Result<RemotingCommand>&& outcome) {
  if (!pending.is_oneway) context_->in_flight.fetch_sub(1, std::memory_order_relaxed);
  run_callback(pending.done, std::move(outcome));
}

void Connection::fail_pending(const Error& error) {
  PendingTable failed;
  failed.swap(pending_);
  std::vector<LeftRequest> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(left_requests_);
  }
  for (auto& [opaque, pending] : failed) {
    reactor_->deadlines().remove(*pending.deadline);
    complete(pending, error);
  }
  for (LeftRequest& request : left) complete(request.pending, error);
}

/// The connection stands: what wanted no answer has been handed over.
void Connection::forget_waiting_oneways() {
  for (auto waiting = pending_.begin(); waiting != pending_.end();) {
    if (!waiting->second.is_oneway) {
      ++waiting;
      continue;
    }
    reactor_->deadlines().remove(*waiting->second.deadline);
    waiting = pending_.erase(waiting);
  }
}

}  // namespace rocketmq::remoting
