// What the peer asks, and what it gets.
#include "connection.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <exception>
#include <utility>

#include "frame_output.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/protocol/frame_decoder.hpp"

namespace rocketmq::remoting {

namespace {

std::atomic<std::uint64_t> next_id{1};

/// A response that fits into no frame becomes one that says so.
void add_response(net::OutputQueue& output, const RemotingCommand& response, Body&& body,
                  net::BufferPool* pool) {
  const std::size_t body_bytes = body.size();
  if (add_frame(output, response, std::move(body), pool)) return;
  RemotingCommand substitute;
  substitute.code = static_cast<std::int32_t>(ResponseCode::SystemError);
  substitute.opaque = response.opaque;
  substitute.flag = response.flag;
  substitute.serialize_type = response.serialize_type;
  substitute.has_ext_fields = true;
  substitute.remark = "the answer, with a body of " + std::to_string(body_bytes) +
                      " bytes, is over the limit of " + std::to_string(output.unit_bytes_max()) +
                      " bytes a frame";
  add_frame(output, substitute, pool);
}

/// The request or response being decoded: one object a thread, so that its buffers are used again
/// and again. Callbacks that do not move from it leave them here.
Result<RemotingCommand>& decoded_command() {
  thread_local Result<RemotingCommand> command = RemotingCommand();
  return command;
}

}  // namespace

Connection::Connection(std::shared_ptr<net::Reactor> reactor,
                       std::shared_ptr<ConnectionContext> context, std::string address)
    : Session(std::move(reactor), context, std::move(address)),
      id_(next_id.fetch_add(1, std::memory_order_relaxed)),
      context_(std::move(context)),
      requests_(Session::reactor()->deadlines(), context_->in_flight, Session::address()) {}

std::size_t Connection::unit_bytes(std::string_view bytes) const {
  return load_be<std::uint32_t>(bytes.data()) + sizeof(std::uint32_t);
}

void Connection::on_input_waits() {
  if (context_->dispatcher != nullptr) requests_wait_since_ = context_->dispatcher->now();
}

std::size_t Connection::on_bytes(std::string_view bytes) {
  const auto self = std::static_pointer_cast<Connection>(shared_from_this());
  const ChannelPtr channel = self;
  Result<RemotingCommand>& decoded = decoded_command();
  std::size_t done = 0;
  while (is_open()) {
    const auto size = find_frame(bytes.substr(done), context_->unit_bytes_max);
    if (!size) {
      warn_and_close(size.error());
      break;
    }
    if (!*size || !may_take_unit()) break;
    const std::string_view frame =
        bytes.substr(done + sizeof(std::uint32_t), **size - sizeof(std::uint32_t));
    done += **size;
    const std::size_t output_before = output().bytes();
    if (!process_frame(frame, decoded, self, channel)) break;
    unit_taken(output_before);
    if (has_much_output()) flush();
  }
  return done;
}

/// False when the connection has to be closed, which has been asked for then.
bool Connection::process_frame(std::string_view frame, Result<RemotingCommand>& decoded,
                               const std::shared_ptr<Connection>& self, const ChannelPtr& channel) {
  RemotingCommand& command = *decoded;
  if (const auto valid = decode_frame(frame, command); !valid) {
    warn_and_close(valid.error());
    return false;
  }
  if (command.is_response()) {
    requests_.respond(command.opaque, std::move(decoded));
    return true;
  }
  if (!has_spoken_) [[unlikely]] {
    has_spoken_ = true;
    first_unit_came();
  }
  Reply reply(self, command);
  if (context_->dispatcher == nullptr) {
    reply(ResponseCode::RequestCodeNotSupported,
          " request type " + std::to_string(command.code) + " not supported");
  } else {
    context_->dispatcher->dispatch(channel, command, std::move(reply), requests_wait_since_,
                                   reactor()->batch(), &order_);
  }
  return true;
}

void Connection::respond(RemotingCommand& response, Body body) {
  if (!is_open()) return;
  if (reactor()->in_this_thread()) {
    add_response(output(), response, std::move(body), &reactor()->buffers());
    return output_added();
  }
  const auto left = outbox().leave(context_->output_bytes_max, [&](net::OutputQueue& queue) {
    add_response(queue, response, std::move(body), nullptr);
  });
  if (left == net::Outbox::Left::Closed) return;
  output_left();
  if (left == net::Outbox::Left::Full) peer_does_not_read();
}

void Connection::close(std::string reason) { request_close(closed(reason)); }

void Connection::on_established() {
  if (!context_->established) return;
  try {
    context_->established(*this);
  } catch (const std::exception& failure) {
    remoting_log().error("{}: the handler of new connections threw: {}", context_->name,
                         failure.what());
  }
}

void Connection::on_closed() {
  if (context_->closed) {
    context_->closed(std::static_pointer_cast<Connection>(shared_from_this()));
  }
}

}  // namespace rocketmq::remoting
