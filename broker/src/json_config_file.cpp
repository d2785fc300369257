#include "json_config_file.hpp"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/common/fastjson.hpp"

namespace rocketmq::broker {
namespace {

/// The parsed content; nothing when the file is missing or empty.
Result<std::optional<nlohmann::json>> read_object(const std::filesystem::path& file) {
  auto text = read_file(file);
  if (!text) return text.error();
  if (!text->has_value() || (*text)->find_first_not_of(" \t\r\n") == std::string::npos) {
    return std::optional<nlohmann::json>();
  }
  auto parsed = parse_fastjson(**text);
  if (!parsed)
    return Error{ResponseCode::SystemError, file.string() + ": " + parsed.error().remark};
  if (!parsed->is_object())
    return Error{ResponseCode::SystemError, file.string() + ": expected a JSON object"};
  return std::optional<nlohmann::json>(std::move(*parsed));
}

}  // namespace

Result<void> load_json_config(const std::filesystem::path& file,
                              const std::function<void(const nlohmann::json&)>& take) {
  auto content = read_object(file);
  if (!content) spdlog::warn("{}; trying its .bak", content.error().remark);
  if (!content || !content->has_value()) {
    content = read_object(file.string() + ".bak");
    if (!content) return content.error();
    if (content->has_value())
      spdlog::warn("{} is missing or unusable, loaded from its .bak", file.string());
  }
  if (content->has_value()) take(**content);
  return {};
}

Result<void> save_json_config(const std::filesystem::path& file, const nlohmann::json& content) {
  return write_file_atomically(file, dump_json_pretty(content));
}

}  // namespace rocketmq::broker
