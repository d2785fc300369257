#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/json_reader.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::broker {

/// {"<member>":[{…},…]}, a body of 5.x administrators who change several things in one request.
/// Error: the body is something else, or the list is empty.
template <class Config>
Result<std::vector<Config>> decode_list(std::string_view body, const char* member) {
  JsonReader in(body);
  std::vector<Config> configs;
  const auto read_list = [&] {
    configs.clear();
    return in.array([&] {
      if (in.kind() != JsonReader::Kind::Object) return in.fail("an object expected");
      return read_json(in, configs.emplace_back());
    });
  };
  const bool is_read = in.kind() == JsonReader::Kind::Object &&
                       in.object([&](std::string_view name) {
                         return json_name_is(name, member) ? read_list() : in.skip();
                       }) &&
                       in.end();
  if (in.failed()) return in.error();
  if (!is_read || configs.empty()) {
    return Error{ResponseCode::SystemError,
                 "the body has no " + std::string(member) + " with objects in it"};
  }
  return configs;
}

}  // namespace rocketmq::broker
