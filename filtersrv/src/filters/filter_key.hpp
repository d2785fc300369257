#pragma once

#include <string>
#include <string_view>

namespace rocketmq::filtersrv {

/// Of the filter of a group on a topic. Neither name has an '@' (is_valid_name).
inline std::string filter_key(std::string_view topic, std::string_view group) {
  std::string key;
  key.reserve(topic.size() + group.size() + 1);
  return key.append(topic).append("@").append(group);
}

}  // namespace rocketmq::filtersrv
