#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "rocketmq/common/result.hpp"
#include "rocketmq/net/body.hpp"
#include "rocketmq/protocol/header.hpp"
#include "rocketmq/protocol/remoting_command.hpp"
#include "rocketmq/remoting/slow_requests.hpp"

namespace rocketmq::remoting {

using net::Body;

/// Where a response goes: a connection, which encodes it in the form the request came in.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  /// Safe on any thread. On the connection's own thread the response joins the current batch of
  /// output.
  virtual void respond(RemotingCommand& response, Body body) = 0;
  /// False when the peer has gone for good: nothing that is sent reaches it. Any thread.
  virtual bool has_peer() const { return true; }
  /// A request that is watched has its response, or would have one if it were not one-way. Called
  /// before respond(), on the same thread.
  virtual void took(const RequestTimes&) {}
};

/// The one response to one request. Move-only; may be called on any thread, now or later, exactly
/// once. The response to a one-way request is dropped here, so that no processor needs to know.
/// Destroyed without having been called, it replies with SystemError, so that our bug does not
/// leave a client waiting; drop() is for the requests that the protocol leaves unanswered.
class Reply {
 public:
  Reply() = default;
  Reply(std::shared_ptr<ResponseSink> sink, const RemotingCommand& request)
      : sink_(std::move(sink)),
        opaque_(request.opaque),
        oneway_(request.is_oneway()),
        serialize_type_(request.serialize_type) {}
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&&) noexcept = default;
  ~Reply() {
    if (sink_ != nullptr) abandoned();
  }

  /// Success without header and body.
  void operator()() { send(ResponseCode::Success, {}, NoHeader{}, {}); }
  void operator()(const Error& error) { send(error.code, error.remark, NoHeader{}, {}); }
  void operator()(ResponseCode code, std::string_view remark) {
    send(code, remark, NoHeader{}, {});
  }
  template <HasFields Header>
  void operator()(const Header& header, Body body = {}) {
    send(ResponseCode::Success, {}, header, std::move(body));
  }
  /// The full form, for responses whose code is not Success and that have a header all the same.
  template <HasFields Header>
  void operator()(ResponseCode code, std::string_view remark, const Header& header,
                  Body body = {}) {
    send(code, remark, header, std::move(body));
  }
  void body(Body bytes) { send(ResponseCode::Success, {}, NoHeader{}, std::move(bytes)); }
  /// Relays a response that came from elsewhere: code, remark, extFields and body as they are.
  void relay(const RemotingCommand& response);

  /// Puts what `wrap` makes of the sink in its place: for a response that waits for more than its
  /// processor. Does nothing once the request has its response.
  template <class Wrap>
  void wrap_sink(Wrap&& wrap) {
    if (sink_ != nullptr) sink_ = wrap(std::move(sink_));
  }

  /// Has the sink told how long the request took.
  void watch(const RequestTimes& times) {
    times_ = times;
    is_watched_ = true;
  }
  /// For a request that waits because its sender wants it to.
  void unwatch() { is_watched_ = false; }
  /// Of a request that is watched: it waits no longer.
  void begin(RequestTimes::Time now) { times_.begun = RequestTimes::unit_of(now); }

  /// Leaves the request without a response.
  void drop() { sink_.reset(); }
  bool is_pending() const { return sink_ != nullptr; }
  /// True when the connection of the request has ended: work for the response alone can be left.
  bool is_peer_gone() const { return sink_ != nullptr && !sink_->has_peer(); }

 private:
  template <HasFields Header>
  void send(ResponseCode code, std::string_view remark, const Header& header, Body body) {
    const auto sink = std::exchange(sink_, nullptr);
    if (sink == nullptr) return;
    if (is_watched_) sink->took(times_);
    if (oneway_) return;
    // One response object a thread: its buffers are reused from response to response.
    thread_local RemotingCommand response;
    response.clear();
    response.code = static_cast<std::int32_t>(code);
    response.opaque = opaque_;
    response.flag = RemotingCommand::response_bit;
    response.remark = remark;
    response.serialize_type = serialize_type_;
    encode_header(header, response);
    sink->respond(response, std::move(body));
  }
  void abandoned();

  std::shared_ptr<ResponseSink> sink_;
  std::int32_t opaque_ = 0;
  RequestTimes times_;
  bool is_watched_ = false;
  bool oneway_ = false;
  SerializeType serialize_type_ = SerializeType::Json;
};

}  // namespace rocketmq::remoting
