#include "rocketmq/remoting/reply.hpp"

#include <spdlog/spdlog.h>

#include <exception>

#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::remoting {

void Reply::relay(const RemotingCommand& response) {
  const auto sink = std::exchange(sink_, nullptr);
  if (sink == nullptr) return;
  if (is_watched_) sink->took(times_);
  if (oneway_) return;
  RemotingCommand relayed;
  relayed.code = response.code;
  relayed.opaque = opaque_;
  relayed.flag = RemotingCommand::response_bit;
  relayed.remark = response.remark;
  relayed.has_ext_fields = true;
  relayed.ext_fields = response.ext_fields;
  relayed.serialize_type = serialize_type_;
  sink->respond(relayed, std::string(response.body));
}

void Reply::abandoned() {
  if (!sink_->has_peer()) return;
  static LogLimiter limiter;
  try {
    if (const auto held_back = limiter.admit()) {
      remoting_log().error("a request was left without an answer, opaque {} (and {} such before)",
                           opaque_, *held_back);
    }
    send(ResponseCode::SystemError, "the request was not answered by its processor", NoHeader{},
         {});
  } catch (const std::exception& failure) {
    remoting_log().error("answering an abandoned request failed: {}", failure.what());
  }
}

}  // namespace rocketmq::remoting
