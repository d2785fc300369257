// What a session reads, in turns.
#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "rocketmq/net/session.hpp"

namespace rocketmq::net {

namespace {

/// Reads in a row before other sessions of the reactor get their turn.
constexpr int reads_per_turn_max = 4;
/// Bytes that may wait for a client that is not reading before no more of its requests are read.
constexpr std::size_t unread_bytes_max = 1024 * 1024;

}  // namespace

void Session::await_readable() {
  if (is_read_awaited_ || is_reading_paused_ || has_input_left_ || is_winding_down_ || is_closed_)
    return;
  if (reactor_->is_stopping()) return;
  is_read_awaited_ = true;
  transport_->await_readable(as_user());
}

void Session::on_readable() {
  is_read_awaited_ = false;
  if (is_closed_ || reactor_->is_stopping()) return;
  guarded([this] {
    const Reactor::Turn turn(*reactor_);
    read_in_turn();
  });
}

void Session::read_in_turn() {
  turn_.begin(limits_of_turn());
  // One look at the clock for all reads of the turn. What the later ones bring has mostly been in
  // the socket since it began, and waits behind what the first one brought.
  on_input_waits();
  for (int reads = 0; reads < reads_per_turn_max; ++reads) {
    // Asked to close, perhaps in the middle of a read: what came with it stays unread, whole units
    // among it.
    if (!is_open()) return;
    if (is_over_high_water()) {
      is_reading_paused_ = true;
      return;
    }
    const bool may_have_more = read_once();
    if (is_closed_) return;
    // Units are left: no more is read before they are processed.
    if (is_reading_paused_) return resume_reading();
    if (turn_.is_over()) return continue_later();
    if (!may_have_more) break;
  }
  await_readable();
}

/// Reads once, processes the whole units and sends what that brought. Whether the link may hold
/// more bytes.
bool Session::read_once() {
  const bool reads_direct = input_.size() >= direct_read_min;
  std::span<char> room(reactor_->receive_buffer(), Reactor::receive_bytes);
  std::size_t carried = 0;
  if (reads_direct) {
    room = input_.room(unit_bytes(input_.view()));
  } else if (!input_.empty()) {
    carried = input_.size();
    std::memcpy(room.data(), input_.view().data(), carried);
    room = room.subspan(carried);
  }
  const Transferred received = transport_->read(room);
  switch (received.state) {
    case Transferred::State::Done: break;
    case Transferred::State::NotReady: return false;
    case Transferred::State::Ended: close_now(lost("end of stream")); return false;
    case Transferred::State::Failed: close_now(lost(received.failure.message())); return false;
    case Transferred::State::Replaced:
      transport_ = transport_->replacement();
      if (received.bytes == 0) return true;
      break;
  }
  last_active_ = reactor_->now();
  const bool may_have_more = received.bytes == room.size();
  if (reads_direct) {
    input_.commit(received.bytes);
    input_.consume(process(input_.view()));
  } else {
    const std::string_view bytes(reactor_->receive_buffer(), carried + received.bytes);
    input_.assign(bytes.substr(process(bytes)));
  }
  count_buffers();
  return may_have_more;
}

/// Hands over the whole units in `bytes`, then sends what that brought. Returns the number of bytes
/// that are done with: all whole units, unless the turn is over or the output grew over its
/// high-water mark.
std::size_t Session::process(std::string_view bytes) {
  is_processing_ = true;
  const std::size_t done = on_bytes(bytes);
  is_processing_ = false;
  flush();
  return done;
}

bool Session::may_take_unit() {
  if (!is_open()) return false;
  if (is_over_high_water()) {
    is_reading_paused_ = true;
    return false;
  }
  return !turn_.is_over() && is_open();  // sending may have failed
}

void Session::unit_taken(std::size_t output_bytes_before) {
  const std::size_t now = output_.bytes();
  turn_.spend(now > output_bytes_before ? now - output_bytes_before : 0);
}

void Session::first_unit_came() {
  has_unit_ = true;
  if (admission_) context_->limits->has_spoken(*admission_);
}

/// Has the next turn begin behind what is ready on the reactor.
void Session::continue_later() {
  has_input_left_ = true;
  ask_for_turn();
}

/// Processes the units that an earlier turn has left. False when some are left still, or the
/// session is not to be read from.
bool Session::work_off_input() {
  if (!is_open()) return false;
  if (!input_.empty()) input_.consume(process(input_.view()));
  if (is_closed_ || !is_open()) return false;
  if (is_reading_paused_) {
    resume_reading();
    return false;
  }
  if (!turn_.is_over()) return true;
  continue_later();
  return false;
}

/// What may wait for the peer before it has to read. A client whose socket has been full since an
/// earlier turn is not reading now: little more is made for it, so that many such clients do not
/// take the reactor's time.
std::size_t Session::high_water() const {
  return is_write_awaited_ && context_->limits != nullptr
             ? std::min(context_->output_bytes_high, unread_bytes_max)
             : context_->output_bytes_high;
}

/// Whether the peer has to read before it may ask more. Tries to send before it says so.
bool Session::is_over_high_water() {
  if (output_.bytes() <= high_water()) return false;
  flush();
  return output_.bytes() > high_water();
}

void Session::resume_reading() {
  if (!is_reading_paused_ || is_closed_ || is_winding_down_) return;
  if (output_.bytes() > high_water() / 2) return;
  is_reading_paused_ = false;
  // The time for which the peer has left its responses unread is not ours.
  on_input_waits();
  continue_later();
}

}  // namespace rocketmq::net
