// Our requests on a connection: any thread makes them, the reactor sends them and matches the
// responses.
#include <algorithm>
#include <atomic>
#include <utility>

#include "connection.hpp"

namespace rocketmq::remoting {

namespace {

/// Correlation ids are unique in the process as long as it can be: they start at 0 and wrap.
std::atomic<std::uint32_t> next_opaque{0};

/// What is kept between requests: of a connection's vector of those that were left, and of a
/// thread's buffer for headers.
constexpr std::size_t kept_requests_max = 4096;
constexpr std::size_t kept_head_bytes_max = 64 * 1024;

void release_large(std::string& head) {
  if (head.capacity() > kept_head_bytes_max) std::string().swap(head);
}

/// Far enough for those who mean "forever", near enough for the clock's range.
net::SteadyTime deadline_after(std::chrono::milliseconds timeout) {
  constexpr std::chrono::hours timeout_max{24 * 365};
  return std::chrono::steady_clock::now() +
         std::min<std::chrono::milliseconds>(timeout, timeout_max);
}

}  // namespace

void fail_later(net::Reactor& reactor, ResponseCallback done, Error error) {
  UniqueFunction<void()> task = [done = std::move(done), error = std::move(error)]() mutable {
    run_callback(done, std::move(error));
  };
  if (!reactor.post(task)) task();
}

// Any thread.

Connection::Submitted Connection::submit(RemotingCommand& request,
                                         std::chrono::milliseconds timeout, ResponseCallback& done,
                                         std::size_t wait_over_bytes) {
  if (!context_->in_flight.begin()) return Submitted::too_many;
  const Submitted outcome = submit(request, timeout, done, false, wait_over_bytes);
  if (outcome != Submitted::yes) context_->in_flight.end();
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
  net::Outbox::Wait wait{.over_bytes = 0, .deadline = deadline_after(timeout)};
  request.flag = is_oneway ? RemotingCommand::oneway_bit : 0;
  request.opaque = static_cast<std::int32_t>(next_opaque.fetch_add(1, std::memory_order_relaxed));
  // Encoded before the lock is taken: the reactor must not wait for it.
  thread_local std::string head;
  head.clear();
  encode_frame_head(request, request.body.size(), head);
  if (head.size() + request.body.size() > context_->unit_bytes_max) {
    release_large(head);
    return Submitted::too_large;
  }
  if (wait_over_bytes > 0 && was_established() && !reactor()->in_this_thread())
    wait.over_bytes = wait_over_bytes;
  const auto left =
      outbox().leave_unless_full(context_->output_bytes_max, wait, [&](net::OutputQueue& queue) {
        queue.add_encoded(head, request.body);
        if (is_oneway && (!done || was_established())) return;
        left_requests_.push_back(
            {request.opaque, wait.deadline, timeout, is_oneway, std::move(done)});
      });
  release_large(head);
  switch (left) {
    case net::Outbox::Left::Closed: return Submitted::closed;
    case net::Outbox::Left::Full: return Submitted::full;
    case net::Outbox::Left::Yes: break;
  }
  output_left();
  return Submitted::yes;
}

bool Connection::send_oneway(RemotingCommand request) {
  ResponseCallback nobody_asks;
  return submit_oneway(request, {}, nobody_asks) == Submitted::yes;
}

/// Hints are counted apart from other output, so that one to a busy peer is not lost.
bool Connection::send_hint(RemotingCommand request) {
  // More than its frame, because a queue of small frames takes more than their bytes.
  constexpr std::size_t overhead = 256;
  if (!outbox().take_expendable(request.body.size() + overhead, context_->hint_bytes_max))
    return false;
  return send_oneway(std::move(request));
}

void Connection::invoke(RemotingCommand request, std::chrono::milliseconds timeout,
                        ResponseCallback done) {
  const Submitted outcome = submit(request, timeout, done);
  if (outcome != Submitted::yes) fail_later(*reactor(), std::move(done), refusal(outcome));
}

Error Connection::refusal(Submitted outcome) const {
  switch (outcome) {
    case Submitted::too_many:
      return {ResponseCode::TooManyRequests,
              "too many requests under way: " + std::to_string(context_->in_flight.count_max())};
    case Submitted::too_large:
      return {ResponseCode::SendFailed, "the request to " + address() + " is over the limit of " +
                                            std::to_string(context_->unit_bytes_max) +
                                            " bytes a frame"};
    case Submitted::full:
      return {ResponseCode::SendFailed, "the output to " + address() + " is full"};
    case Submitted::closed:
    case Submitted::yes: break;
  }
  return {ResponseCode::SendFailed, "the connection to " + address() + " is closed"};
}

// The reactor's thread.

void Connection::on_fetch() { fetched_requests_.swap(left_requests_); }

void Connection::on_fetched() {
  // Not the member itself: a callback may bring us here again.
  std::vector<WaitingRequest> fetched = std::exchange(fetched_requests_, {});
  for (WaitingRequest& request : fetched) requests_.add(std::move(request));
  fetched.clear();
  if (fetched.capacity() <= kept_requests_max) fetched_requests_ = std::move(fetched);
}

void Connection::on_link_made() { requests_.connected(); }

void Connection::on_losing(const Error& error) {
  std::vector<WaitingRequest> left;
  outbox().with_lock([&] { left.swap(left_requests_); });
  requests_.fail_all(error);
  for (WaitingRequest& request : left) requests_.fail(request, error);
}

}  // namespace rocketmq::remoting
