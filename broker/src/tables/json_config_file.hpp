#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "rocketmq/common/json_reader.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::broker {

/// What is done when neither a table's file nor its .bak can be used.
enum class DamagedTable {
  Refuse,
  /// The table begins empty; what is damaged is kept as <file>.damaged.
  SetAside
};

/// Reads one of config/*.json (spec/store.md §1.2): `read` takes the content from the reader, in
/// place of what it has taken before. When the file is missing or cannot be used, the content of
/// <file>.bak is taken, and a damaged file is kept as <file>.damaged. A file without `member`, an
/// object, cannot be used either: it is no table of this kind. Returns false when there is neither
/// file. Error: what there is cannot be used; the remark names the file and the place in it.
Result<bool> load_json_config(const std::filesystem::path& file, const char* member,
                              DamagedTable damaged, const std::function<bool(JsonReader&)>& read);

/// Replaces it (tmp, bak, rename).
Result<void> save_json_config(const std::filesystem::path& file, const nlohmann::json& content);

}  // namespace rocketmq::broker
