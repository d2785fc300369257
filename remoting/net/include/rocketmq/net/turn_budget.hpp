#pragma once

#include <cstddef>

namespace rocketmq::net {

/// What one session may do before it is another one's turn. A turn ends after the unit that reaches
/// a limit.
class TurnBudget {
 public:
  struct Limits {
    std::size_t units = 0;
    /// Bytes of output that the units have brought.
    std::size_t output_bytes = 0;
    /// Bytes of output that are sent.
    std::size_t sent_bytes = 0;
  };
  /// More than an honest peer has under way at one time.
  static constexpr Limits whole{
      .units = 256, .output_bytes = 256 * 1024, .sent_bytes = 1024 * 1024};
  /// Of a session that has become ready while others wait for turns they have asked for: enough for
  /// peers that ask little, so that they do not have to wait behind those.
  static constexpr Limits short_of_time{
      .units = 64, .output_bytes = 64 * 1024, .sent_bytes = 64 * 1024};

  void begin(const Limits& limits) {
    limits_ = limits;
    units_ = output_bytes_ = 0;
  }
  void spend(std::size_t output_bytes) {
    ++units_;
    output_bytes_ += output_bytes;
  }
  bool is_over() const { return units_ >= limits_.units || output_bytes_ >= limits_.output_bytes; }

 private:
  Limits limits_ = whole;
  std::size_t units_ = 0;
  std::size_t output_bytes_ = 0;
};

}  // namespace rocketmq::net
