#include "rocketmq/access/access_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "rocketmq/common/atomic_file.hpp"

namespace rocketmq::acl {

namespace fs = std::filesystem;

namespace {

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yml" || path.extension() == ".yaml";
}

Error refusal(const fs::path& path, std::string_view what) {
  return {ResponseCode::SystemError, path.string() + ": " + std::string(what)};
}

/// A file that does not exist has no stamp.
Result<void> stamp(AccessStamps& stamps, const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    const int reason = errno;
    if (reason == ENOENT) return {};
    return refusal(path, "cannot read it: " + std::generic_category().message(reason));
  }
  if (!S_ISREG(status.st_mode)) return refusal(path, "it is no file");
  const auto bytes = static_cast<std::uint64_t>(status.st_size);
  if (bytes > access_file_bytes_max) {
    return refusal(path,
                   "the file has more than " + std::to_string(access_file_bytes_max) + " bytes");
  }
  constexpr std::int64_t ns_of_second = 1'000'000'000;
  stamps[path] = {.modified_ns = status.st_mtim.tv_sec * ns_of_second + status.st_mtim.tv_nsec,
                  .inode = status.st_ino,
                  .bytes = bytes};
  return {};
}

}  // namespace

AccessPaths access_paths(const fs::path& acl_file, const fs::path& rocketmq_home) {
  const fs::path conf = rocketmq_home / "conf";
  return {.file = acl_file.empty() ? conf / "plain_acl.yml" : acl_file, .directory = conf / "acl"};
}

Result<AccessStamps> stamp_access_files(const AccessPaths& paths) {
  AccessStamps stamps;
  if (auto done = stamp(stamps, paths.file); !done) return done.error();
  std::error_code failure;
  fs::recursive_directory_iterator at(paths.directory, failure);
  if (failure == std::errc::no_such_file_or_directory) return stamps;
  for (; !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
    std::error_code unknown;
    if (!is_yaml(at->path()) || !at->is_regular_file(unknown)) continue;
    if (auto done = stamp(stamps, at->path()); !done) return done.error();
    if (stamps.size() > access_files_max) {
      return Error{ResponseCode::SystemError, "more than " + std::to_string(access_files_max) +
                                                  " files below " + paths.directory.string()};
    }
  }
  if (failure) {
    return Error{
        ResponseCode::SystemError,
        "cannot read the directory " + paths.directory.string() + ": " + failure.message()};
  }
  return stamps;
}

Result<AccessTexts> read_access_texts(const AccessStamps& files) {
  AccessTexts texts;
  for (const auto& [path, unused] : files) {
    auto text = read_file(path);
    if (!text) return text.error();
    if (*text) texts.emplace(path, **std::move(text));
  }
  return texts;
}

Result<AccessFiles> parse_access_texts(const AccessPaths& paths, const AccessTexts& texts) {
  AccessFiles result;
  const auto parse = [&result](const fs::path& path, std::string_view text) -> Result<void> {
    auto config = parse_access_config(text, path.string());
    if (!config) return config.error();
    result.files.push_back({path, *std::move(config)});
    return {};
  };
  const auto main_text = texts.find(paths.file);
  if (auto done = parse(paths.file, main_text == texts.end() ? "" : main_text->second); !done)
    return done.error();
  for (const auto& [path, text] : texts) {
    if (path == paths.file) continue;
    if (auto done = parse(path, text); !done) return done.error();
  }
  std::set<std::string> keys;
  for (AccessFiles::File& file : result.files) {
    std::erase_if(file.config.accounts, [&](const AccountConfig& account) {
      if (keys.insert(account.access_key).second) return false;
      result.warnings.push_back("account " + account.access_key + " of " + file.path.string() +
                                " does not count: an earlier file has it as well");
      return true;
    });
  }
  return result;
}

}  // namespace rocketmq::acl
