#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "rocketmq/acl/access_config.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::acl {

/// Where the accounts are: one file, which may be missing, and all *.yml and *.yaml below a
/// directory, which may be missing as well.
struct AccessPaths {
  std::filesystem::path file;
  std::filesystem::path directory;
};

/// The file that `acl_file` names, or else conf/plain_acl.yml below `rocketmq_home`; and conf/acl/
/// there.
AccessPaths access_paths(const std::filesystem::path& acl_file,
                         const std::filesystem::path& rocketmq_home);

/// The text of each file, by its path. An administrator's change goes into the first one that has
/// the account.
using AccessTexts = std::map<std::filesystem::path, std::string>;

/// What the files say together.
struct AccessFiles {
  struct File {
    std::filesystem::path path;
    AccessConfig config;
  };
  /// The main file comes first, also when it is missing: it is empty then.
  std::vector<File> files;
  /// Accounts that are in an earlier file as well, and do not count.
  std::vector<std::string> warnings;
};

/// Files below the directory, of all depths.
inline constexpr std::size_t access_files_max = 1'000;

/// What tells that a file has changed.
struct AccessStamp {
  std::int64_t modified_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t bytes = 0;

  friend bool operator==(const AccessStamp&, const AccessStamp&) = default;
};
using AccessStamps = std::map<std::filesystem::path, AccessStamp>;

/// Looks the files up without reading them; waits for the disk. Error: a file that exists is none,
/// is longer than access_file_bytes_max, or cannot be looked up, or there are too many.
Result<AccessStamps> stamp_access_files(const AccessPaths& paths);
/// Reads the files that were found; one that has gone meanwhile is left out. Waits for the disk.
/// Error: one cannot be read.
Result<AccessTexts> read_access_texts(const AccessStamps& files);
/// Error: names the file and its line.
Result<AccessFiles> parse_access_texts(const AccessPaths& paths, const AccessTexts& texts);

}  // namespace rocketmq::acl
