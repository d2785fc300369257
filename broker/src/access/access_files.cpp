#include "access/access_files.hpp"

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "rocketmq/common/atomic_file.hpp"

namespace rocketmq::broker {

namespace fs = std::filesystem;

namespace {

Result<void> read_into(AccessTexts& texts, const fs::path& path) {
  auto text = read_file(path);
  if (!text) return text.error();
  if (*text) texts.emplace(path, **std::move(text));
  return {};
}

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yml" || path.extension() == ".yaml";
}

}  // namespace

Result<AccessTexts> read_access_texts(const AccessPaths& paths) {
  AccessTexts texts;
  if (auto read = read_into(texts, paths.file); !read) return read.error();
  std::error_code failure;
  fs::recursive_directory_iterator at(paths.directory, failure);
  if (failure == std::errc::no_such_file_or_directory) return texts;
  for (; !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
    std::error_code unknown;
    if (!is_yaml(at->path()) || !at->is_regular_file(unknown)) continue;
    if (auto read = read_into(texts, at->path()); !read) return read.error();
    if (texts.size() > access_files_max) {
      return Error{ResponseCode::SystemError, "more than " + std::to_string(access_files_max) +
                                                  " files below " + paths.directory.string()};
    }
  }
  if (failure) {
    return Error{
        ResponseCode::SystemError,
        "cannot read the directory " + paths.directory.string() + ": " + failure.message()};
  }
  return texts;
}

Result<AccessFiles> parse_access_texts(const AccessPaths& paths, const AccessTexts& texts) {
  AccessFiles result;
  const auto parse = [&result](const fs::path& path, std::string_view text) -> Result<void> {
    auto config = acl::parse_access_config(text, path.string());
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
    std::erase_if(file.config.accounts, [&](const acl::AccountConfig& account) {
      if (keys.insert(account.access_key).second) return false;
      result.warnings.push_back("account " + account.access_key + " of " + file.path.string() +
                                " does not count: an earlier file has it as well");
      return true;
    });
  }
  return result;
}

}  // namespace rocketmq::broker
