#include "rocketmq/common/address_list.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "rocketmq/common/text.hpp"

namespace rocketmq {
namespace {

/// ::ffff:a.b.c.d becomes a.b.c.d.
Endpoint unmapped(const Endpoint& endpoint) {
  constexpr std::array<std::uint8_t, 12> prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (!endpoint.is_v6() || !std::equal(prefix.begin(), prefix.end(), endpoint.ip.begin()))
    return endpoint;
  return Endpoint::v4(endpoint.ip[12], endpoint.ip[13], endpoint.ip[14], endpoint.ip[15],
                      endpoint.port);
}

bool begins_alike(const Endpoint& a, const Endpoint& b, int bits) {
  for (std::size_t at = 0; bits > 0; ++at, bits -= 8) {
    const int unused_bits = std::max(0, 8 - bits);
    if ((a.ip[at] ^ b.ip[at]) >> unused_bits != 0) return false;
  }
  return true;
}

}  // namespace

Result<AddressList> AddressList::parse(std::string_view text) {
  AddressList list;
  list.text_ = trim(text);
  for (const std::string& part : split(text, ';')) {
    const std::string_view piece = part;
    const auto slash = std::min(piece.find('/'), piece.size());
    const auto base = Endpoint::from_ip(piece.substr(0, slash), 0);
    int bits = base ? base->ip_bytes * 8 : 0;
    bool is_good = base.has_value();
    if (is_good && slash < piece.size()) {
      const std::string_view digits = piece.substr(slash + 1);
      const int bits_max = bits;
      const auto [stop, failure] =
          std::from_chars(digits.data(), digits.data() + digits.size(), bits);
      is_good = failure == std::errc{} && stop == digits.data() + digits.size() && bits >= 0 &&
                bits <= bits_max;
    }
    if (!is_good) {
      return Error{
          ResponseCode::SystemError,
          "\"" + std::string(piece) + "\" is neither an address nor a network like 10.1.0.0/16"};
    }
    list.networks_.push_back({*base, bits});
  }
  return list;
}

bool AddressList::contains(const Endpoint& endpoint) const {
  if (holds_all()) return true;
  const Endpoint plain = unmapped(endpoint);
  return std::any_of(networks_.begin(), networks_.end(), [&plain](const Network& network) {
    return network.base.ip_bytes == plain.ip_bytes &&
           begins_alike(network.base, plain, network.prefix_bits);
  });
}

}  // namespace rocketmq
