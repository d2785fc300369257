#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// Addresses and networks, like "127.0.0.1;10.1.0.0/16;fd00::/8". Constant once parsed.
class AddressList {
 public:
  /// Holds every address.
  AddressList() = default;
  /// Blanks and empty pieces are dropped; a text without pieces holds every address. Error: a piece
  /// is neither a literal address nor one with a prefix length; the remark names it.
  static Result<AddressList> parse(std::string_view text);

  bool holds_all() const { return networks_.empty(); }
  /// As it was parsed.
  const std::string& text() const { return text_; }
  /// The port does not count. An IPv4 address that came as a mapped IPv6 one is the same address.
  bool contains(const Endpoint& endpoint) const;

 private:
  struct Network {
    Endpoint base;
    int prefix_bits = 0;
  };
  std::string text_;
  std::vector<Network> networks_;
};

}  // namespace rocketmq
