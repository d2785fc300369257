#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/acl/address_patterns.hpp"
#include "rocketmq/acl/permissions.hpp"
#include "rocketmq/common/data_version.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::acl {

/// One account of a file. Its secret is to be shown nowhere.
struct AccountConfig {
  std::string access_key;
  std::string secret_key;
  /// As it was written, and parsed.
  std::string white_remote_address;
  AddressPatterns white_addresses;
  AccountPermissions permissions;
};

/// The content of plain_acl.yml (spec/broker.md §18.1).
struct AccessConfig {
  std::vector<std::string> global_white_addresses;
  AddressPatterns global_white;
  std::vector<AccountConfig> accounts;
  DataVersion version;
};

/// Longest file; one of this size has some 10,000 accounts.
inline constexpr std::size_t access_file_bytes_max = 4 * 1024 * 1024;
/// Keys and secrets are longer.
inline constexpr std::size_t key_bytes_min = 7;

/// Reads a file's text; an empty one has no accounts. What is not known is ignored. Error: begins
/// with `name:LINE:` and says what is wrong and what would be right, without any secret.
Result<AccessConfig> parse_access_config(std::string_view text, std::string_view name);

}  // namespace rocketmq::acl
