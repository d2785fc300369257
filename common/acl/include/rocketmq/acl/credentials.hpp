#pragma once

#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"

namespace rocketmq::acl {

/// An account as its owner knows it: accessKey, secretKey and securityToken of a file like
/// conf/tools.yml (spec/admin.md §1.3). The secret is to be shown nowhere.
struct Credentials {
  std::string access_key;
  std::string secret_key;
  std::string security_token;

  bool has_both_keys() const { return !access_key.empty() && !secret_key.empty(); }
};

/// Reads a file's text; keys that are missing are empty. Error: begins with `name`, and the line
/// where there is one.
Result<Credentials> parse_credentials(std::string_view text, std::string_view name);

}  // namespace rocketmq::acl
