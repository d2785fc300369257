#include "rocketmq/acl/permissions.hpp"

#include "rocketmq/common/names.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::acl {
namespace {

bool has(Permissions owned, Permissions wanted) {
  return (static_cast<unsigned>(owned) & static_cast<unsigned>(wanted)) != 0;
}

bool is_enough(Permissions owned, Need need) {
  if (has(owned, Permissions::Deny)) return false;
  switch (need) {
    case Need::Pub: return has(owned, Permissions::Pub);
    case Need::Sub: return has(owned, Permissions::Sub);
    case Need::Either: return has(owned, Permissions::PubSub);
  }
  return false;
}

bool holds_messages_of_others(std::string_view topic) {
  return topic == names::schedule_topic || topic == names::half_topic ||
         topic == names::op_half_topic || topic == names::trans_check_max_time_topic;
}

}  // namespace

std::optional<Permissions> parse_permissions(std::string_view text) {
  text = trim(text);
  if (text == "DENY") return Permissions::Deny;
  if (text == "PUB") return Permissions::Pub;
  if (text == "SUB") return Permissions::Sub;
  if (text == "PUB|SUB" || text == "SUB|PUB") return Permissions::PubSub;
  return std::nullopt;
}

std::string_view to_string(Permissions permissions) {
  switch (permissions) {
    case Permissions::Pub: return "PUB";
    case Permissions::Sub: return "SUB";
    case Permissions::PubSub: return "PUB|SUB";
    case Permissions::None:
    case Permissions::Deny: break;
  }
  return "DENY";
}

bool AccountPermissions::may_use_topic(Need need, std::string_view topic) const {
  // A client that may consume as a group reads and writes its retries.
  if (is_retry_topic(topic)) {
    const auto group = topic.substr(names::retry_prefix.size());
    return may_use_group(need == Need::Pub ? Need::Sub : need, group);
  }
  if (is_admin && topics.empty() && groups.empty()) return true;
  if (const auto found = topics.find(topic); found != topics.end())
    return is_enough(found->second, need);
  return !holds_messages_of_others(topic) && is_enough(default_topic, need);
}

bool AccountPermissions::may_use_group(Need need, std::string_view group) const {
  if (is_admin && topics.empty() && groups.empty()) return true;
  const auto found = groups.find(group);
  return is_enough(found == groups.end() ? default_group : found->second, need);
}

}  // namespace rocketmq::acl
