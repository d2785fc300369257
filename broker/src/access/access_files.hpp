#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "rocketmq/acl/access_config.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::broker {

/// Where the accounts are: one file, which may be missing, and all *.yml and *.yaml below a
/// directory, which may be missing as well.
struct AccessPaths {
  std::filesystem::path file;
  std::filesystem::path directory;
};

/// The text of each file, by its path. An administrator's change goes into the first one that has
/// the account.
using AccessTexts = std::map<std::filesystem::path, std::string>;

/// What the files say together.
struct AccessFiles {
  struct File {
    std::filesystem::path path;
    acl::AccessConfig config;
  };
  /// The main file comes first, also when it is missing: it is empty then.
  std::vector<File> files;
  /// Accounts that are in an earlier file as well, and do not count.
  std::vector<std::string> warnings;
};

/// Files below the directory, of all depths.
inline constexpr std::size_t access_files_max = 1'000;

/// Waits for the disk. Error: a file that exists cannot be read, or there are too many.
Result<AccessTexts> read_access_texts(const AccessPaths& paths);
/// Error: names the file and its line.
Result<AccessFiles> parse_access_texts(const AccessPaths& paths, const AccessTexts& texts);

}  // namespace rocketmq::broker
