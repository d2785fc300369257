#include "file_names.hpp"

#include <spdlog/spdlog.h>

#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::store {

std::string file_name_of(std::int64_t base) {
  const std::string digits = std::to_string(base);
  return digits.size() < 20 ? std::string(20 - digits.size(), '0') + digits : digits;
}

std::optional<std::int64_t> base_of_file_name(std::string_view name) {
  const auto base = parse_number(name);
  return base && file_name_of(*base) == name ? base : std::nullopt;
}

void report_foreign(const std::filesystem::path& path) {
  store_log().warn("{} is none of the store's files: it is ignored", path.string());
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  return text.starts_with('-') ? std::nullopt : whole_number<std::int64_t>(text);
}

}  // namespace rocketmq::store
