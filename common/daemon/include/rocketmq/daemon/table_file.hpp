#pragma once

#include <filesystem>
#include <functional>

#include "rocketmq/common/json_reader.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// What is done when neither a table's file nor its .bak can be used.
enum class DamagedTable {
  Refuse,
  /// The table begins empty; what is damaged is kept as <file>.damaged.
  SetAside
};

/// Reads the file of a table, for example config/topics.json (spec/store.md §1.2): `read` takes the
/// content from the reader, in place of what it has taken before. When the file is missing or
/// cannot be used, the content of <file>.bak is taken, and a damaged file is kept as
/// <file>.damaged. A file without `member`, an object, cannot be used either: it is no table of
/// this kind. Returns false when there is neither file. Error: what there is cannot be used; the
/// remark names the file and the place in it.
Result<bool> load_table_file(const std::filesystem::path& file, const char* member,
                             DamagedTable damaged, const std::function<bool(JsonReader&)>& read);

}  // namespace rocketmq
