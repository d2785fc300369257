#include "rocketmq/acl/address_patterns.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "braces.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::acl {
namespace {

constexpr std::size_t v4_parts = 4;
constexpr std::size_t v6_groups = 8;
/// Of one list.
constexpr std::size_t patterns_max = 10'000;

Error malformed(std::string_view text) {
  return {ResponseCode::SystemError,
          "\"" + std::string(text) +
              "\" is no address pattern: wanted are *, an address, a.b.c.{1,2}, a.b.c.*, "
              "a.b.c.1-9, or the same with IPv6 groups"};
}

bool parse_number(std::string_view text, int base, unsigned limit, std::uint16_t& number) {
  unsigned value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failure != std::errc{} || end != text.data() + text.size() || value > limit) return false;
  number = static_cast<std::uint16_t>(value);
  return true;
}

bool is_any(std::string_view text) {
  return text == "*" || text == "*.*.*.*" || text == "*:*:*:*:*:*:*:*";
}

/// The groups of an IPv6 text, with the zeros that `::` stands for; empty when that does not fit.
std::vector<std::string_view> groups_of(std::string_view text) {
  const auto gap = text.find("::");
  if (gap == std::string_view::npos) return split_outside_braces(text, ':');
  const auto pieces = [](std::string_view part) {
    return part.empty() ? std::vector<std::string_view>{} : split_outside_braces(part, ':');
  };
  auto groups = pieces(text.substr(0, gap));
  const auto after = pieces(text.substr(gap + 2));
  if (groups.size() + after.size() >= v6_groups) return {};
  groups.insert(groups.end(), v6_groups - groups.size() - after.size(), "0");
  groups.insert(groups.end(), after.begin(), after.end());
  return groups;
}

/// The address as numbers: those of IPv4 also where it came as a mapped IPv6 address.
std::vector<std::uint16_t> parts_of(const Endpoint& peer) {
  const auto& ip = peer.ip;
  const bool is_mapped = peer.is_v6() && ip[10] == 0xFF && ip[11] == 0xFF &&
                         std::all_of(ip.begin(), ip.begin() + 10, [](auto b) { return b == 0; });
  std::vector<std::uint16_t> parts;
  if (!peer.is_v6() || is_mapped) {
    const std::size_t first = is_mapped ? 12 : 0;
    for (std::size_t i = 0; i < v4_parts; ++i) parts.push_back(ip[first + i]);
    return parts;
  }
  for (std::size_t i = 0; i < v6_groups; ++i)
    parts.push_back(static_cast<std::uint16_t>(ip[2 * i] << 8 | ip[2 * i + 1]));
  return parts;
}

}  // namespace

bool AddressPatterns::parse_part(std::string_view text, int base, unsigned limit, Part& part) {
  if (text == "*") {
    part.push_back({});
    return true;
  }
  if (text.starts_with('{') && text.ends_with('}')) {
    for (const auto piece : split_outside_braces(text.substr(1, text.size() - 2), ',')) {
      Range& one = part.emplace_back();
      if (!parse_number(trim(piece), base, limit, one.low)) return false;
      one.high = one.low;
    }
    return true;
  }
  const auto dash = text.find('-');
  Range& range = part.emplace_back();
  if (!parse_number(text.substr(0, dash), base, limit, range.low)) return false;
  range.high = range.low;
  if (dash == std::string_view::npos) return true;
  return parse_number(text.substr(dash + 1), base, limit, range.high) && range.low <= range.high;
}

Result<AddressPatterns::Pattern> AddressPatterns::parse_pattern(std::string_view text) {
  const bool is_v6 = text.find(':') != std::string_view::npos;
  const std::size_t wanted = is_v6 ? v6_groups : v4_parts;
  const auto pieces = is_v6 ? groups_of(text) : split_outside_braces(text, '.');
  const bool has_open_end = !pieces.empty() && pieces.back() == "*";
  if (pieces.empty() || pieces.size() > wanted || (pieces.size() < wanted && !has_open_end))
    return malformed(text);
  Pattern pattern;
  for (const auto piece : pieces) {
    if (!parse_part(piece, is_v6 ? 16 : 10, is_v6 ? 0xFFFF : 0xFF, pattern.emplace_back()))
      return malformed(text);
  }
  while (pattern.size() < wanted) pattern.push_back({Range{}});
  return pattern;
}

Result<AddressPatterns> AddressPatterns::parse(std::string_view text) {
  AddressPatterns result;
  for (const auto untrimmed : split_outside_braces(text, ',')) {
    const auto piece = trim(untrimmed);
    if (piece.empty()) continue;
    if (is_any(piece)) {
      result.matches_all_ = true;
    } else if (const auto exact = Endpoint::from_ip(piece, 0); exact) {
      Pattern& pattern = result.patterns_.emplace_back();
      for (const std::uint16_t part : parts_of(*exact)) pattern.push_back({Range{part, part}});
    } else {
      auto pattern = parse_pattern(piece);
      if (!pattern) return pattern.error();
      result.patterns_.push_back(*std::move(pattern));
    }
    if (result.patterns_.size() > patterns_max) {
      return Error{ResponseCode::SystemError,
                   "a white list has more than " + std::to_string(patterns_max) + " addresses"};
    }
  }
  return result;
}

bool AddressPatterns::matches(const Endpoint& peer) const {
  if (matches_all_) return true;
  if (patterns_.empty()) return false;
  const auto parts = parts_of(peer);
  const auto is_in = [](const Part& part, std::uint16_t number) {
    return std::any_of(part.begin(), part.end(), [number](const Range& range) {
      return range.low <= number && number <= range.high;
    });
  };
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
    return pattern.size() == parts.size() &&
           std::equal(pattern.begin(), pattern.end(), parts.begin(), is_in);
  });
}

void AddressPatterns::add(const AddressPatterns& other) {
  matches_all_ |= other.matches_all_;
  patterns_.insert(patterns_.end(), other.patterns_.begin(), other.patterns_.end());
}

}  // namespace rocketmq::acl
