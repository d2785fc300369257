#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "rocketmq/common/result.hpp"

namespace rocketmq::broker {

/// Reads one of config/*.json (store.md §1.2): hands the content to `take`; when the file is
/// missing, empty or does not parse, the content of <file>.bak. Both missing or empty: `take` is
/// not called, which is a success. Error: the file that would have to be used does not parse; the
/// remark names it.
Result<void> load_json_config(const std::filesystem::path& file,
                              const std::function<void(const nlohmann::json&)>& take);

/// Replaces it (tmp, bak, rename).
Result<void> save_json_config(const std::filesystem::path& file, const nlohmann::json& content);

}  // namespace rocketmq::broker
