#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::broker {

/// {"<member>":[{…},…]}, a body of 5.x administrators who change several things at once. Error: the
/// body is something else, or the list is empty.
template <class Config>
Result<std::vector<Config>> decode_list(std::string_view body, const char* member) {
  const auto parsed = parse_fastjson(body);
  if (!parsed) return parsed.error();
  const auto refuse = [member] {
    return Error{ResponseCode::SystemError,
                 "the body has no " + std::string(member) + " with objects in it"};
  };
  if (!parsed->is_object()) return refuse();
  const auto list = parsed->find(member);
  if (list == parsed->end() || !list->is_array() || list->empty()) return refuse();
  std::vector<Config> configs;
  for (const auto& item : *list) {
    if (!item.is_object()) return refuse();
    configs.push_back(item.template get<Config>());
  }
  return configs;
}

}  // namespace rocketmq::broker
