// What a session sends.
#include <sys/uio.h>

#include <array>
#include <span>
#include <utility>

#include "rocketmq/net/session.hpp"

namespace rocketmq::net {

namespace {

/// The kernel's limit of pieces in one gathered write (IOV_MAX).
constexpr std::size_t pieces_max = 1024;

}  // namespace

void Session::output_added() {
  if (output_.bytes() > context_->output_bytes_max) {
    send(TurnBudget::whole.sent_bytes);
    if (output_.bytes() > context_->output_bytes_max) peer_does_not_read();
  }
  if (!is_processing_ && !std::exchange(is_dirty_, true)) reactor_->flush_later(shared_from_this());
}

void Session::output_left() {
  if (!outbox_.needs_wake()) return;  // the reactor knows already
  if (!reactor_->in_this_thread()) {
    reactor_->wake(shared_from_this());
  } else if (!is_processing_ && !std::exchange(is_dirty_, true)) {
    reactor_->flush_later(shared_from_this());
  }
}

void Session::on_turn_end() {
  is_dirty_ = false;
  guarded([this] { flush(); });
}

void Session::on_wake() {
  if (is_closed_) return;
  guarded([this] {
    if (outbox_.has_left()) fetch_left();
    flush();
  });
  if (const auto error = outbox_.fetch_close()) close_now(*error);
}

void Session::fetch_left() {
  outbox_.fetch(output_, context_->lends_output_buffers ? &reactor_->buffers() : nullptr,
                [this] { on_fetch(); });
  on_fetched();
}

const TurnBudget::Limits& Session::limits_of_turn() const {
  return is_in_round_ || !reactor_->has_turns_waiting() ? TurnBudget::whole
                                                        : TurnBudget::short_of_time;
}

void Session::flush() { send(limits_of_turn().sent_bytes); }

/// Sends `bytes_max` bytes and a little more. Output that is larger than a short turn allows waits
/// as a whole for one that the session asks for: to send it takes most of the time.
void Session::send(std::size_t bytes_max) {
  if (is_closed_) return;
  if (outbox_.has_left()) fetch_left();
  // What other threads add while the peer does not read counts as well.
  if (!was_established() || is_write_awaited_) return count_buffers();
  std::array<iovec, pieces_max> pieces;
  std::size_t sent_in_turn = 0;
  const std::size_t bytes_before = output_.bytes();
  if (bytes_max < TurnBudget::whole.sent_bytes && output_.bytes() > bytes_max)
    sent_in_turn = bytes_max;
  while (!output_.empty()) {
    if (sent_in_turn >= bytes_max) {
      // Lets other sessions of the reactor have a turn before the rest is sent.
      ask_for_turn();
      break;
    }
    const std::size_t count = output_.gather(pieces, bytes_max);
    const Transferred sent = transport_->write(std::span(pieces).first(count));
    if (sent.state == Transferred::State::NotReady) {
      is_write_awaited_ = true;
      transport_->await_writable(as_user());
      break;
    }
    if (sent.state != Transferred::State::Done) {
      // Not immediately: processors may be at work above.
      request_close(lost(sent.failure.message()));
      break;
    }
    last_active_ = reactor_->now();
    sent_in_turn += sent.bytes;
    output_.consume(sent.bytes, reactor_->buffers());
  }
  count_buffers();
  outbox_.sent_until(output_.bytes());
  if (is_winding_down_ && output_.empty())
    return close_now(Error{ResponseCode::ShutDown, "shut down"});
  if (output_.bytes() < bytes_before) on_output_sent();
}

void Session::on_writable() {
  is_write_awaited_ = false;
  if (is_closed_) return;
  guarded([this] {
    const Reactor::Turn turn(*reactor_);
    flush();
    resume_reading();
  });
}

void Session::on_buffered(std::size_t bytes) {
  transport_bytes_ = bytes;
  count_buffers();
}

void Session::ask_for_turn() {
  if (std::exchange(is_turn_asked_, true)) return;
  reactor_->take_turn_later(shared_from_this());
}

/// A turn that was asked for: sends first what is left, then continues with the input.
void Session::take_turn() {
  is_turn_asked_ = false;
  const bool has_input = std::exchange(has_input_left_, false);
  if (is_closed_) return;
  is_in_round_ = true;
  guarded([&] {
    flush();
    resume_reading();
    if (!has_input || is_closed_ || reactor_->is_stopping()) return;
    turn_.begin(limits_of_turn());
    if (work_off_input()) await_readable();
  });
  is_in_round_ = false;
}

/// Tells the shared limits what waits for the peer. A peer that keeps up has nothing left here when
/// a turn ends, and changes nothing.
void Session::count_buffers() {
  const std::size_t held = output_.memory() + input_.large_memory() + transport_bytes_;
  if (held == counted_bytes_ || context_->limits == nullptr) return;
  const std::size_t before = std::exchange(counted_bytes_, held);
  context_->limits->count_buffers(before, counted_bytes_);
}

}  // namespace rocketmq::net
