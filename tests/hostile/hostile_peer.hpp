#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "case_table.hpp"
#include "raw_connection.hpp"
#include "rocketmq/protocol/remoting_command.hpp"

namespace rocketmq::test {

/// What the words of a line say about a request.
struct BadRequest {
  std::string bytes;
  /// The opaque of its response; nothing: the bytes are raw, any response is meant.
  std::optional<std::int32_t> opaque;
  bool in_single_bytes = false;
  bool hangs_up = false;
};

/// Throws std::runtime_error when the words are malformed.
BadRequest request_of(const std::vector<std::string>& words, std::int32_t opaque);

/// True when an outcome ("16 the topic …", "closed", "silence", "hangup") is the expected one:
/// `16 "part of the remark"`, `0/1/16`, or one of the other words.
bool is_expected(const std::string& outcome, const std::string& expected);

/// Sends the lines of a table to a daemon on one connection, and on a new one after each that is
/// raw or has been closed. Throws std::runtime_error when it cannot connect.
class HostilePeer {
 public:
  explicit HostilePeer(std::uint16_t port) : port_(port) {}

  /// Sends a line and returns what came back, as is_expected() reads it.
  std::string outcome_of(const BadInput& line);

 private:
  std::string response_to(const BadRequest& request, const std::string& expected);

  std::uint16_t port_;
  std::int32_t opaque_ = 0;
  std::unique_ptr<RawConnection> connection_;
};

}  // namespace rocketmq::test
