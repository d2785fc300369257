#include "rocketmq/common/fastjson.hpp"

#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "rocketmq/common/json_reader.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq {
namespace {

using nlohmann::json;

/// Whole numbers stay whole up to 64 bits (offsets are beyond what a double holds); larger ones
/// become doubles.
bool build_number(JsonReader& in, json& value) {
  std::string_view text;
  bool is_whole = false;
  if (!in.read_number_text(text, is_whole)) return false;
  if (const auto whole = whole_number<std::int64_t>(text); is_whole && whole) {
    value = *whole;
  } else if (const auto large = whole_number<std::uint64_t>(text); is_whole && large) {
    value = *large;
  } else {
    double real = 0;
    std::from_chars(text.data(), text.data() + text.size(), real);
    value = real;
  }
  return true;
}

bool build(JsonReader& in, json& value);

bool build_member(JsonReader& in, json& object, std::string_view name) {
  std::string key(name);
  if (key.starts_with('{')) {
    if (const auto inner = parse_fastjson(key)) key = dump_json(*inner);
  }
  return build(in, object[std::move(key)]);
}

bool build(JsonReader& in, json& value) {
  switch (in.kind()) {
    case JsonReader::Kind::Object:
      value = json::object();
      return in.object([&](std::string_view name) { return build_member(in, value, name); });
    case JsonReader::Kind::Array:
      value = json::array();
      return in.array([&] { return build(in, value.emplace_back()); });
    case JsonReader::Kind::Text:
      value = std::string();
      return in.read(value.get_ref<std::string&>());
    case JsonReader::Kind::Number: return build_number(in, value);
    case JsonReader::Kind::Boolean: {
      bool is_true = false;
      if (!in.read(is_true)) return false;
      value = is_true;
      return true;
    }
    case JsonReader::Kind::Null:
    case JsonReader::Kind::Nothing: break;
  }
  value = nullptr;
  return in.skip();
}

}  // namespace

Result<json> parse_fastjson(std::string_view text) {
  JsonReader in(text);
  json value;
  if (!build(in, value) || !in.end()) return in.error();
  // In place: a json can be made from so much that the converting constructor is ambiguous.
  return Result<json>(boost::system::in_place_value, std::move(value));
}

std::string dump_json(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string dump_json_pretty(const json& value) {
  return value.dump(1, '\t', false, json::error_handler_t::replace);
}

}  // namespace rocketmq
