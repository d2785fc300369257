#include "rocketmq/daemon/table_file.hpp"

#include <spdlog/spdlog.h>

#include <string>
#include <system_error>

#include "rocketmq/common/atomic_file.hpp"

namespace rocketmq {
namespace {

/// Every byte of the text is read before anything is taken from it.
Result<void> check_shape(std::string_view text, const char* member) {
  JsonReader in(text, JsonReader::Source::Trusted);
  bool has_member = false;
  const bool is_read =
      in.kind() == JsonReader::Kind::Object ? in.object([&](std::string_view name) {
        has_member |= json_name_is(name, member) && in.kind() == JsonReader::Kind::Object;
        return in.skip();
      }) && in.end()
                                            : in.fail("an object expected");
  if (!is_read) return in.error();
  if (!has_member)
    return Error{ResponseCode::SystemError, "it has no object " + std::string(member)};
  return {};
}

/// False when the file is missing.
Result<bool> read_table(const std::filesystem::path& file, const char* member,
                        const std::function<bool(JsonReader&)>& read) {
  const auto unusable = [&file](const Error& reason) {
    return Error{ResponseCode::SystemError, file.string() + " cannot be used: " + reason.remark};
  };
  auto text = read_file(file);
  if (!text) return text.error();
  if (!text->has_value()) return false;
  if (auto checked = check_shape(**text, member); !checked) return unusable(checked.error());
  JsonReader in(**text, JsonReader::Source::Trusted);
  if (!read(in)) return unusable(in.error());
  return true;
}

Result<void> set_aside(const std::filesystem::path& file) {
  const auto kept = set_damaged_aside(file);
  if (!kept) return kept.error();
  if (*kept) spdlog::error("{} is kept as {}", file.string(), (*kept)->string());
  return {};
}

}  // namespace

Result<bool> load_table_file(const std::filesystem::path& file, const char* member,
                             DamagedTable damaged, const std::function<bool(JsonReader&)>& read) {
  const std::filesystem::path backup = backup_of(file);
  auto loaded = read_table(file, member, read);
  if (loaded && *loaded) return true;
  auto from_backup = read_table(backup, member, read);
  if (from_backup && *from_backup) {
    spdlog::warn("{}; the table is loaded from its .bak",
                 loaded ? file.string() + " is missing" : loaded.error().remark);
    // The next save would make the damaged file the .bak.
    if (!loaded) {
      if (auto kept = set_aside(file); !kept) spdlog::warn("{}", kept.error().remark);
    }
    return true;
  }
  if (loaded && from_backup) return false;
  const std::string reasons = !loaded && !from_backup
                                  ? loaded.error().remark + "; " + from_backup.error().remark
                              : !loaded ? loaded.error().remark + "; there is no " + backup.string()
                                        : from_backup.error().remark;
  if (damaged == DamagedTable::Refuse) {
    return Error{ResponseCode::SystemError,
                 reasons + "; repair it, or set startWithDamagedTables=true to begin without it"};
  }
  spdlog::error("{}; the table begins empty", reasons);
  for (const auto& unusable : {file, backup}) {
    if (auto kept = set_aside(unusable); !kept) return kept.error();
  }
  return false;
}

}  // namespace rocketmq
