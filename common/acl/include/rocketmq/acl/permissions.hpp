#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rocketmq/common/text_hash.hpp"

namespace rocketmq::acl {

/// What an account may do with a topic or a group: bits, of which Deny wins.
enum class Permissions : std::uint8_t { None = 0, Deny = 1, Pub = 4, Sub = 8, PubSub = 12 };

/// DENY, PUB, SUB, PUB|SUB or SUB|PUB; nothing for anything else.
std::optional<Permissions> parse_permissions(std::string_view text);
std::string_view to_string(Permissions permissions);

/// What a request wants with a topic or a group. Either: to know something of it, which those may
/// who may publish or subscribe.
enum class Need { Pub, Sub, Either };

/// The permissions of one account (spec/broker.md §18.3).
struct AccountPermissions {
  bool is_admin = false;
  Permissions default_topic = Permissions::Deny;
  Permissions default_group = Permissions::Deny;
  TextMap<Permissions> topics;
  TextMap<Permissions> groups;

  /// The topic %RETRY%G is judged as the group G. A topic that holds messages of all others
  /// (delayed ones, half messages) has no default: it is for administrators, and for accounts that
  /// name it.
  bool may_use_topic(Need need, std::string_view topic) const;
  bool may_use_group(Need need, std::string_view group) const;
};

}  // namespace rocketmq::acl
