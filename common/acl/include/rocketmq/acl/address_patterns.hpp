#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::acl {

/// The addresses of a white list, in the forms of 4.x (spec/broker.md §18.1), joined by commas:
/// `*`; an address; `a.b.c.{1,2,3}`; and `*` or a range `1-9` in place of a part, where `*` at the
/// end stands for all parts that follow. Addresses are IPv4, or IPv6 with the same signs in place
/// of a group. Constant once parsed.
class AddressPatterns {
 public:
  /// An empty text matches nothing. Error: names the piece that has none of the forms.
  static Result<AddressPatterns> parse(std::string_view text);

  /// The port does not count. An IPv4 address that came as a mapped IPv6 one is the same address.
  bool matches(const Endpoint& peer) const;
  /// Takes over what the other one matches.
  void add(const AddressPatterns& other);

 private:
  struct Range {
    std::uint16_t low = 0;
    std::uint16_t high = 0xFFFF;
  };
  /// What a part may be.
  using Part = std::vector<Range>;
  /// 4 parts of IPv4, or 8 groups of IPv6.
  using Pattern = std::vector<Part>;

  static Result<Pattern> parse_pattern(std::string_view text);
  static bool parse_part(std::string_view text, int base, unsigned limit, Part& part);

  bool matches_all_ = false;
  std::vector<Pattern> patterns_;
};

}  // namespace rocketmq::acl
