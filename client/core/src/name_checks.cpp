#include "rocketmq/client/name_checks.hpp"

#include <cstddef>
#include <string_view>

#include "rocketmq/common/names.hpp"

namespace rocketmq::client {
namespace {

constexpr std::size_t group_bytes_max = 255;

bool has_legal_characters(std::string_view name) {
  // is_valid_name also bounds the length; groups may be longer than topics.
  while (name.size() > name_bytes_max) {
    if (!is_valid_name(name.substr(0, name_bytes_max))) return false;
    name.remove_prefix(name_bytes_max);
  }
  return is_valid_name(name);
}

}  // namespace

Outcome<void> check_group(const std::string& group, const std::string& default_group,
                          const std::string& what) {
  if (group.empty()) return client_failure("the specified group is blank");
  if (group.size() > group_bytes_max) {
    return client_failure("the specified group is longer than group max length 255.");
  }
  if (!has_legal_characters(group)) {
    return client_failure("the specified group[" + group +
                          "] contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$");
  }
  if (group == default_group) {
    return client_failure(what + " can not equal " + default_group +
                          ", please specify another one.");
  }
  return {};
}

Outcome<void> check_topic(const std::string& topic) {
  if (topic.empty()) return client_failure("The specified topic is blank");
  if (topic.size() > name_bytes_max) {
    return client_failure("The specified topic is longer than topic max length 127.");
  }
  if (!is_valid_name(topic)) {
    return client_failure("The specified topic[" + topic +
                          "] contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$");
  }
  return {};
}

}  // namespace rocketmq::client
