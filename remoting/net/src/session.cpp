// How a session begins and ends.
#include "rocketmq/net/session.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::net {

Session::Session(std::shared_ptr<Reactor> reactor, std::shared_ptr<const SessionContext> context,
                 std::string address)
    : reactor_(std::move(reactor)),
      context_(std::move(context)),
      address_(std::move(address)),
      outbox_(context_->unit_bytes_max),
      output_(context_->unit_bytes_max) {}

Session::~Session() {
  if (admission_) context_->limits->leave(*admission_);  // it never began
}

Admission& Session::place_of(const Endpoint& peer) {
  const std::shared_ptr<PlaceHolder> holder(shared_from_this(), this);
  return admission_.emplace(holder, address_key(peer));
}

std::shared_ptr<TransportUser> Session::as_user() { return {shared_from_this(), this}; }

void Session::handler_threw(const char* what) {
  remoting_log().error("{}: a handler of the connection to {} threw: {}", context_->name, address_,
                       what);
  is_processing_ = false;
  request_close(lost("a handler threw"));
}

// Beginning.

void Session::open(std::unique_ptr<Transport> transport,
                   std::optional<std::chrono::milliseconds> timeout) {
  // Twice in the reactor's table, it would leave it once, and the reactor would never end.
  ensure(!std::exchange(has_begun_, true), "a connection begins once");
  const Reactor::Turn turn(*reactor_);
  transport_ = std::move(transport);
  if (reactor_->is_stopping()) return close_now(Error{ResponseCode::ShutDown, "shut down"});
  try {
    reactor_->add(shared_from_this());
    is_added_ = true;
    if (timeout)
      connect_deadline_ = reactor_->deadlines().add(reactor_->now() + *timeout, *this, 0);
    transport_->open(as_user());
  } catch (const std::exception& failure) {  // no thread to resolve the name, say
    close_now(connect_error(failure.what()));
  }
}

void Session::on_open() {
  guarded([this] {
    const Reactor::Turn turn(*reactor_);
    established();
  });
}

void Session::on_open_failed(const std::string& reason) {
  guarded([&] {
    const Reactor::Turn turn(*reactor_);
    close_now(connect_error(reason));
  });
}

void Session::established() {
  remote_ = transport_->remote();
  local_ = transport_->local();
  if (address_.empty()) address_ = remote_.text();
  remove_connect_deadline();
  is_established_.store(true, std::memory_order_release);
  if (outbox_.has_left()) fetch_left();
  on_link_made();
  established_at_ = last_active_ = reactor_->now();
  flush();
  if (is_closed_) return;
  await_readable();
  on_established();
}

void Session::on_deadline(std::int64_t) {
  connect_deadline_.reset();
  close_now(connect_error("no answer in time"));
}

void Session::remove_connect_deadline() {
  if (!connect_deadline_) return;
  reactor_->deadlines().remove(*std::exchange(connect_deadline_, std::nullopt));
}

// End.

Error Session::connect_error(const std::string& reason) const {
  return {ResponseCode::ConnectFailed, "cannot connect to " + address_ + ": " + reason};
}

Error Session::closed(const std::string& reason) const {
  return {ResponseCode::SendFailed, "connection to " + address_ + " closed: " + reason};
}

Error Session::lost(const std::string& reason) const {
  return {ResponseCode::SendFailed, "connection to " + address_ + " lost: " + reason};
}

void Session::request_close(Error error) {
  if (outbox_.leave_close(std::move(error))) reactor_->wake(shared_from_this());
}

void Session::request_close(Error error, Ending ending) {
  if (!outbox_.leave_close(std::move(error))) return;  // asked before
  if (context_->limits != nullptr) context_->limits->count(ending);
  reactor_->wake(shared_from_this());
}

void Session::place_lost() { request_close(closed("all places are taken")); }

void Session::peer_does_not_read() {
  request_close(Error{ResponseCode::SendFailed, "the peer does not read its responses"},
                Ending::OutputFull);
}

void Session::wind_down(const Error& error) {
  if (is_closed_ || is_winding_down_) return;
  is_winding_down_ = true;
  outbox_.refuse();
  on_losing(error);
  if (!was_established()) return close_now(error);
  flush();
}

void Session::close_now(const Error& error) {
  if (is_closed_) return;
  is_closed_ = true;
  remoting_log().debug("{}: the connection to {} ends: {}", context_->name, address_, error.remark);
  const std::shared_ptr<Session> self = shared_from_this();
  outbox_.refuse_and_drop();
  remove_connect_deadline();
  if (transport_) transport_->close();
  output_.clear(reactor_->buffers());
  input_.release();
  count_buffers();
  if (admission_) context_->limits->leave(*admission_);
  on_losing(error);
  if (is_added_) reactor_->remove(*this);
  try {
    on_closed();
  } catch (const std::exception& failure) {
    remoting_log().error("{}: the handler of closed connections threw: {}", context_->name,
                         failure.what());
  }
}

void Session::close_if_idle(SteadyTime now) {
  if (is_closed_ || !was_established()) return;
  if (const auto limit = context_->first_unit_timeout;
      limit.count() > 0 && admission_ && !has_unit_ && now - established_at_ >= limit) {
    context_->limits->count(Ending::NoRequest);
    return close_now(closed("no request within " + std::to_string(limit.count()) + " ms"));
  }
  if (context_->idle_timeout.count() <= 0 || now - last_active_ < context_->idle_timeout) return;
  close_now(closed("idle for " + std::to_string(context_->idle_timeout.count()) + " ms"));
}

void Session::close_for_buffers() {
  static LogLimiter limiter;
  if (const auto held_back = limiter.admit()) {
    remoting_log().warn(
        "{}: closing the connection to {}: it holds {} bytes of unread responses and unfinished "
        "requests, and all connections together more than {} bytes (and {} such before)",
        context_->name, address_, counted_bytes_, context_->limits->options().buffer_bytes_max,
        *held_back);
  }
  context_->limits->count(Ending::BuffersFull);
  close_now(closed("the buffers of all connections are full"));
}

void Session::warn_and_close(const Error& error) {
  static LogLimiter limiter;
  if (const auto held_back = limiter.admit()) {
    remoting_log().warn("{}: closing the connection to {}: {} (and {} such before)", context_->name,
                        address_, error.remark, *held_back);
  }
  request_close(error, Ending::BadInput);
}

}  // namespace rocketmq::net
