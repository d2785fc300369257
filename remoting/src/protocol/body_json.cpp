#include "protocol/body_json.hpp"

#include <utility>

namespace rocketmq::remoting::detail {

using nlohmann::json;

Result<json> parse_body_object(std::string_view what, std::string_view body) {
  auto parsed = parse_fastjson(body);
  if (!parsed)
    return Error{ResponseCode::SystemError, std::string(what) + ": " + parsed.error().remark};
  if (!parsed->is_object())
    return Error{ResponseCode::SystemError, std::string(what) + ": the body is no JSON object"};
  return parsed;
}

const json* array_member(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_array() ? &*found : nullptr;
}

const json* object_member(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_object() ? &*found : nullptr;
}

std::vector<std::string> texts_of(const json& array) {
  std::vector<std::string> texts;
  for (const json& item : array) {
    if (item.is_string()) texts.push_back(item.get_ref<const std::string&>());
  }
  return texts;
}

std::vector<std::string> text_list(const json& object, const char* member) {
  const json* const array = array_member(object, member);
  return array == nullptr ? std::vector<std::string>() : texts_of(*array);
}

}  // namespace rocketmq::remoting::detail
