#pragma once

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

namespace rocketmq::remoting::test {

/// One frame of tests/vectors/wire: what published clients and a Java server said to each other.
struct GoldenFrame {
  int id = 0;
  std::string kind;
  int code = 0;
  /// Of the request that a response answers; -1 where it is not known.
  int request_code = -1;
  std::string encoding;
  nlohmann::json header;
  std::size_t body_bytes = 0;
  /// The whole frame with its length field.
  std::string bytes;

  bool is_request() const { return kind != "response"; }
  bool has_code(int wanted) const { return is_request() && code == wanted; }
  bool answers(int wanted) const { return !is_request() && code == 0 && request_code == wanted; }
};

/// All of them, in the file's order.
const std::vector<GoldenFrame>& golden_frames();

/// So that a failing parameter is named by its line.
std::ostream& operator<<(std::ostream& out, const GoldenFrame& frame);

}  // namespace rocketmq::remoting::test
