#include "connection.hpp"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/protocol/frame_decoder.hpp"

namespace rocketmq::remoting {

namespace {

/// Reads in a row before other connections of the reactor get their turn.
constexpr int reads_per_turn_max = 4;
/// Frames in a row, and bytes of output that they have brought. A turn ends after the one that
/// reaches the limit. More than an honest peer has under way at one time; a thousand peers that ask
/// without end still leave each other a turn every few hundred milliseconds.
constexpr std::size_t requests_per_turn_max = 256;
constexpr std::size_t output_per_turn_max = 256 * 1024;
/// Bytes of output that leave in a row.
constexpr std::size_t sent_per_turn_max = 1024 * 1024;
/// Bytes that may wait for a client that is not reading before no more of its requests are read.
constexpr std::size_t unread_bytes_max = 1024 * 1024;
/// A frame of which so much is there is completed in the connection's own buffer, instead of
/// copying what is there to the shared one for every read.
constexpr std::size_t direct_read_min = 16 * 1024;
/// So much output does not wait until everything that was read has been processed: the peer works
/// on it meanwhile.
constexpr std::size_t flush_at_bytes = 32 * 1024;
/// The kernel's limit of pieces in one gathered write (IOV_MAX).
constexpr std::size_t pieces_max = 1024;

bool is_again(int code) { return code == EAGAIN || code == EWOULDBLOCK; }

}  // namespace

// --- input
// --------------------------------------------------------------------------------------------------------

void Connection::handler_threw(const char* what) {
  shared_log().error("{}: a handler of the connection to {} threw: {}", context_->name, address_,
                     what);
  is_in_batch_ = false;
  request_close(lost("a handler threw"));
}

void Connection::wait_readable() {
  if (is_read_awaited_ || is_reading_paused_ || is_turn_posted_ || is_winding_down_ || is_closed_)
    return;
  is_read_awaited_ = true;
  socket_->async_wait(TcpSocket::wait_read, [self = shared_from_this()](error_code) {
    self->is_read_awaited_ = false;
    if (self->is_closed_) return;
    self->guarded([&] { self->on_readable(); });
  });
}

void Connection::begin_turn() {
  turn_requests_ = 0;
  turn_output_bytes_ = 0;
}

bool Connection::is_turn_over() const {
  return turn_requests_ >= requests_per_turn_max || turn_output_bytes_ >= output_per_turn_max;
}

/// Has the next turn begin behind what is ready on the reactor's other connections.
void Connection::continue_later() {
  if (std::exchange(is_turn_posted_, true)) return;
  asio::post(reactor_->context(), [self = shared_from_this()] {
    self->is_turn_posted_ = false;
    if (self->is_closed_ || self->is_winding_down_) return;
    self->guarded([&] {
      const Reactor::Turn turn(*self->reactor_);
      self->begin_turn();
      if (self->work_off_input()) self->wait_readable();
    });
  });
}

/// Processes the frames that an earlier turn has left. False when some are left still, or the
/// connection is not to be read from.
bool Connection::work_off_input() {
  if (!is_open()) return false;
  if (!input_.empty()) input_.consume(process(input_.view()));
  if (is_closed_ || !is_open()) return false;
  if (is_reading_paused_) {
    resume_reading();
    return false;
  }
  if (!is_turn_over()) return true;
  continue_later();
  return false;
}

void Connection::on_readable() {
  const Reactor::Turn turn(*reactor_);
  begin_turn();
  // One look at the clock for all reads of the turn. What the later ones bring has mostly been in
  // the socket since it began, and waits behind what the first one brought.
  if (context_->dispatcher != nullptr) requests_wait_since_ = context_->dispatcher->now();
  for (int reads = 0; reads < reads_per_turn_max; ++reads) {
    // Asked to close, perhaps in the middle of a read: what came with it stays unread, whole frames
    // among it.
    if (!is_open()) return;
    if (is_over_high_water()) {
      is_reading_paused_ = true;
      return;
    }
    const bool may_have_more = read_once();
    if (is_closed_) return;
    // Frames are left: no more is read before they are processed.
    if (is_reading_paused_) return resume_reading();
    if (is_turn_over()) return continue_later();
    if (!may_have_more) break;
  }
  wait_readable();
}

/// Reads once, processes the whole frames and sends the answers. Whether the socket may hold more
/// bytes.
bool Connection::read_once() {
  const bool reads_direct = input_.size() >= direct_read_min;
  std::span<char> room(reactor_->receive_buffer(), Reactor::receive_bytes);
  std::size_t carried = 0;
  if (reads_direct) {
    room = input_.room(load_be<std::uint32_t>(input_.view().data()) + sizeof(std::uint32_t));
  } else if (!input_.empty()) {
    carried = input_.size();
    std::memcpy(room.data(), input_.view().data(), carried);
    room = room.subspan(carried);
  }
  const ssize_t received = ::recv(socket_->native_handle(), room.data(), room.size(), 0);
  if (received < 0) {
    if (errno == EINTR) return true;
    if (!is_again(errno)) close_now(lost(std::strerror(errno)));
    return false;
  }
  if (received == 0) {
    close_now(lost("end of stream"));
    return false;
  }
  last_active_ = reactor_->now();
  const auto count = static_cast<std::size_t>(received);
  const bool may_have_more = count == room.size();
  if (reads_direct) {
    input_.commit(count);
    input_.consume(process(input_.view()));
  } else {
    const std::string_view bytes(reactor_->receive_buffer(), carried + count);
    input_.assign(bytes.substr(process(bytes)));
  }
  count_buffers();
  return may_have_more;
}

/// Hands over the whole frames in `bytes`, then sends what that brought. Returns the number of
/// bytes that are done with: all whole frames, unless the turn is over or the output grew over its
/// high-water mark.
std::size_t Connection::process(std::string_view bytes) {
  const std::shared_ptr<Connection> self = shared_from_this();
  const ChannelPtr channel = self;
  std::size_t done = 0;
  is_in_batch_ = true;
  while (is_open()) {
    const auto size = find_frame(bytes.substr(done), context_->frame_bytes_max);
    if (!size) {
      warn_and_close(size.error());
      break;
    }
    if (!*size) break;
    if (is_over_high_water()) {
      is_reading_paused_ = true;
      break;
    }
    if (is_turn_over()) break;
    if (!is_open()) break;  // sending failed
    const std::string_view frame =
        bytes.substr(done + sizeof(std::uint32_t), **size - sizeof(std::uint32_t));
    done += **size;
    const std::size_t output_before = output_.bytes();
    if (!process_frame(frame, self, channel)) break;
    ++turn_requests_;
    if (output_.bytes() > output_before) turn_output_bytes_ += output_.bytes() - output_before;
    if (output_.bytes() >= flush_at_bytes) flush();
  }
  is_in_batch_ = false;
  flush();
  return done;
}

/// False when the connection has to be closed, which has been asked for then.
bool Connection::process_frame(std::string_view frame, const std::shared_ptr<Connection>& self,
                               const ChannelPtr& channel) {
  RemotingCommand& command = reactor_->command();
  if (const auto decoded = decode_frame(frame, command); !decoded) {
    warn_and_close(decoded.error());
    return false;
  }
  if (command.is_response()) {
    on_response();
    return true;
  }
  if (!has_spoken_) [[unlikely]] {
    has_spoken_ = true;
    if (admission_) context_->limits->has_spoken(*admission_);
  }
  Reply reply(self, command);
  if (context_->dispatcher == nullptr) {
    reply(ResponseCode::RequestCodeNotSupported,
          " request type " + std::to_string(command.code) + " not supported");
  } else {
    context_->dispatcher->dispatch(channel, command, std::move(reply), requests_wait_since_,
                                   reactor_->batch());
  }
  return true;
}

/// What may wait for the peer before it has to read. A client whose socket has been full since an
/// earlier turn is not reading now: little more is made for it, so that many such clients do not
/// take the reactor's time.
std::size_t Connection::high_water() const {
  return is_write_awaited_ && context_->limits != nullptr
             ? std::min(context_->output_bytes_high, unread_bytes_max)
             : context_->output_bytes_high;
}

/// Whether the peer has to read answers before it may ask more. Tries to send before it says so.
bool Connection::is_over_high_water() {
  if (output_.bytes() <= high_water()) return false;
  flush();
  return output_.bytes() > high_water();
}

void Connection::resume_reading() {
  if (!is_reading_paused_ || is_closed_ || is_winding_down_) return;
  if (output_.bytes() > high_water() / 2) return;
  is_reading_paused_ = false;
  // The time for which the peer has left its answers unread is not ours.
  if (context_->dispatcher != nullptr) requests_wait_since_ = context_->dispatcher->now();
  continue_later();
}

// --- output
// -------------------------------------------------------------------------------------------------------

void Connection::respond(RemotingCommand& response, Body body) {
  if (!is_open()) return;
  if (reactor_->in_this_thread()) {
    add_response(response, std::move(body), output_, &reactor_->buffers());
    if (output_.bytes() > context_->output_bytes_max) {
      flush();
      if (output_.bytes() > context_->output_bytes_max) peer_does_not_read();
    }
    if (!is_in_batch_ && !std::exchange(is_dirty_, true)) reactor_->flush_later(shared_from_this());
    return;
  }
  std::unique_lock lock(mutex_);
  if (refuses_) return;
  add_response(response, std::move(body), left_output_, nullptr);
  const bool is_too_much = left_output_.bytes() + unsent_bytes_.load(std::memory_order_relaxed) >
                           context_->output_bytes_max;
  lock.unlock();
  leave_to_reactor();
  if (is_too_much) peer_does_not_read();
}

/// An answer that fits into no frame becomes one that says so.
void Connection::add_response(RemotingCommand& response, Body&& body, OutputQueue& output,
                              BufferPool* pool) {
  const std::size_t body_bytes = body.size();
  if (output.add(response, std::move(body), pool)) return;
  RemotingCommand substitute;
  substitute.code = static_cast<std::int32_t>(ResponseCode::SystemError);
  substitute.opaque = response.opaque;
  substitute.flag = response.flag;
  substitute.serialize_type = response.serialize_type;
  substitute.has_ext_fields = true;
  substitute.remark = "the answer, with a body of " + std::to_string(body_bytes) +
                      " bytes, is over the limit of " + std::to_string(context_->frame_bytes_max) +
                      " bytes a frame";
  output.add(substitute, pool);
}

void Connection::peer_does_not_read() {
  request_close(Error{ResponseCode::SendFailed, "the peer does not read its answers"});
}

void Connection::flush_dirty() {
  is_dirty_ = false;
  guarded([this] { flush(); });
}

void Connection::on_wake() {
  if (is_closed_) return;
  guarded([this] {
    if (has_left_by_others_.load(std::memory_order_acquire)) fetch_left_by_others();
    flush();
  });
  std::optional<Error> close_request;
  {
    const std::lock_guard lock(mutex_);
    close_request.swap(close_request_);
  }
  if (close_request) close_now(*close_request);
}

void Connection::flush() {
  if (is_closed_) return;
  if (has_left_by_others_.load(std::memory_order_acquire)) fetch_left_by_others();
  // What other threads add while the peer does not read counts as well.
  if (!was_established() || is_write_awaited_) return count_buffers();
  std::array<iovec, pieces_max> pieces;
  std::size_t sent_in_turn = 0;
  while (!output_.empty()) {
    if (sent_in_turn >= sent_per_turn_max) {
      flush_again_later();
      break;
    }
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = output_.gather(pieces, sent_per_turn_max);
    const ssize_t sent = ::sendmsg(socket_->native_handle(), &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (is_again(errno)) {
        wait_writable();
        break;
      }
      // Not at once: processors may be at work above.
      request_close(lost(std::strerror(errno)));
      break;
    }
    last_active_ = reactor_->now();
    sent_in_turn += static_cast<std::size_t>(sent);
    output_.consume(static_cast<std::size_t>(sent), reactor_->buffers());
  }
  count_buffers();
  if (output_.empty() && hint_bytes_.load(std::memory_order_relaxed) != 0) [[unlikely]]
    hint_bytes_.store(0, std::memory_order_relaxed);
  // In one order with the waiters' count, so that none is overlooked.
  unsent_bytes_.store(output_.bytes());
  wake_output_waiters();
  if (is_winding_down_ && output_.empty()) close_now(Error{ResponseCode::ShutDown, "shut down"});
}

/// Lets other connections of the reactor have a turn before the rest is sent.
void Connection::flush_again_later() {
  if (std::exchange(is_flush_posted_, true)) return;
  asio::post(reactor_->context(), [self = shared_from_this()] {
    self->is_flush_posted_ = false;
    if (self->is_closed_) return;
    self->guarded([&] {
      const Reactor::Turn turn(*self->reactor_);
      self->flush();
      self->resume_reading();
    });
  });
}

/// Tells the shared limits what waits for the peer. A peer that keeps up has nothing left here when
/// a turn ends, and changes nothing.
void Connection::count_buffers() {
  const std::size_t held = output_.memory() + input_.large_memory();
  if (held == counted_bytes_ || context_->limits == nullptr) return;
  const std::size_t before = std::exchange(counted_bytes_, held);
  context_->limits->count_buffers(before, counted_bytes_);
}

void Connection::wait_writable() {
  is_write_awaited_ = true;
  socket_->async_wait(TcpSocket::wait_write, [self = shared_from_this()](error_code) {
    self->is_write_awaited_ = false;
    if (self->is_closed_) return;
    self->guarded([&] {
      const Reactor::Turn turn(*self->reactor_);
      self->flush();
      self->resume_reading();
    });
  });
}

}  // namespace rocketmq::remoting
