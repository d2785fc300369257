#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"

// Changes of a file's text by administrators. Keys that are not known stay, and so do comments at
// the top; other comments and the layout do not. The result is to be parsed before it is used.
namespace rocketmq::acl {

/// What is to be changed of an account; what is absent stays.
struct AccountUpdate {
  std::string access_key;
  std::optional<std::string> secret_key;
  std::optional<std::string> white_remote_address;
  std::optional<bool> is_admin;
  std::optional<std::string> default_topic_permission;
  std::optional<std::string> default_group_permission;
  /// NAME=PERMISSION, joined by commas.
  std::optional<std::string> topic_permissions;
  std::optional<std::string> group_permissions;
};

/// The text with the account changed, or added. `now_ms` goes into its data version.
Result<std::string> with_account(std::string_view text, const AccountUpdate& update,
                                 std::int64_t now_ms);
/// Error: there is no such account.
Result<std::string> without_account(std::string_view text, std::string_view access_key,
                                    std::int64_t now_ms);
/// `addresses` are joined by commas; a comma within braces separates nothing.
Result<std::string> with_global_addresses(std::string_view text, std::string_view addresses,
                                          std::int64_t now_ms);

}  // namespace rocketmq::acl
