#include "rocketmq/acl/access_config.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>
#include <utility>

#include "rocketmq/common/text.hpp"
#include "stored_version.hpp"

namespace rocketmq::acl {
namespace {

/// Reads one document. Its first error ends it; exceptions of the library stay in
/// parse_access_config().
class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  Result<AccessConfig> read(const YAML::Node& root) {
    AccessConfig config;
    if (!root.IsDefined() || root.IsNull()) return config;
    if (!root.IsMap())
      return error_at(root, "a map is wanted, with globalWhiteRemoteAddresses and accounts");
    if (const auto list = root["globalWhiteRemoteAddresses"]; !read_addresses(list, config))
      return error_;
    if (const auto list = root["accounts"]; list.IsDefined() && !list.IsNull()) {
      if (!list.IsSequence()) return error_at(list, "accounts is no list");
      for (const YAML::Node& node : list) {
        if (!read_account(node, config.accounts.emplace_back())) return error_;
      }
    }
    if (!check_unique(root["accounts"], config.accounts)) return error_;
    config.version = stored_version(root["dataVersion"]);
    return config;
  }

  Error error_at(const YAML::Mark& mark, std::string_view what) const {
    std::string remark(name_);
    if (!mark.is_null()) remark += ":" + std::to_string(mark.line + 1);
    return {ResponseCode::SystemError, remark + ": " + std::string(what)};
  }
  Error error_at(const YAML::Node& node, std::string_view what) const {
    return error_at(node.Mark(), what);
  }

 private:
  bool refuse(const YAML::Node& node, std::string_view what) {
    error_ = error_at(node, what);
    return false;
  }

  /// A scalar, or nothing, which leaves `text` empty.
  bool read_text(const YAML::Node& node, std::string_view key, std::string& text) {
    if (!node.IsDefined() || node.IsNull()) return true;
    if (!node.IsScalar()) return refuse(node, std::string(key) + " is no single value");
    text = node.Scalar();
    return true;
  }

  bool read_patterns(const YAML::Node& node, std::string_view text, AddressPatterns& patterns) {
    const auto parsed = AddressPatterns::parse(text);
    if (!parsed) return refuse(node, parsed.error().remark);
    patterns.add(*parsed);
    return true;
  }

  bool read_addresses(const YAML::Node& list, AccessConfig& config) {
    if (!list.IsDefined() || list.IsNull()) return true;
    if (!list.IsSequence()) return refuse(list, "globalWhiteRemoteAddresses is no list");
    for (const YAML::Node& node : list) {
      std::string text;
      if (!read_text(node, "an address", text) || !read_patterns(node, text, config.global_white))
        return false;
      if (!text.empty()) config.global_white_addresses.push_back(std::move(text));
    }
    return true;
  }

  bool read_key(const YAML::Node& account, const char* key, std::string& value) {
    const YAML::Node node = account[key];
    if (!read_text(node, key, value)) return false;
    if (value.size() >= key_bytes_min) return true;
    return refuse(node.IsDefined() ? node : account,
                  std::string(key) + " must have " + std::to_string(key_bytes_min) +
                      " characters or more, not " + std::to_string(value.size()));
  }

  bool read_permission(const YAML::Node& node, std::string_view key, Permissions& permissions) {
    std::string text;
    if (!read_text(node, key, text)) return false;
    if (text.empty()) return true;
    const auto parsed = parse_permissions(text);
    if (!parsed)
      return refuse(node, std::string(key) + " is DENY, PUB, SUB or PUB|SUB, not \"" + text + "\"");
    permissions = *parsed;
    return true;
  }

  /// A list of NAME=PERMISSION.
  bool read_permissions(const YAML::Node& list, std::string_view key, TextMap<Permissions>& table) {
    if (!list.IsDefined() || list.IsNull()) return true;
    if (!list.IsSequence()) return refuse(list, std::string(key) + " is no list");
    for (const YAML::Node& node : list) {
      std::string text;
      if (!read_text(node, key, text)) return false;
      const auto separator = std::min(text.find('='), text.size());
      const std::string name(trim(std::string_view(text).substr(0, separator)));
      const auto parsed = separator < text.size()
                              ? parse_permissions(std::string_view(text).substr(separator + 1))
                              : std::nullopt;
      if (name.empty() || !parsed)
        return refuse(node, std::string(key) +
                                " has NAME=PERMISSION, with DENY, PUB, SUB or "
                                "PUB|SUB, not \"" +
                                text + "\"");
      if (!table.emplace(name, *parsed).second)
        return refuse(node, std::string(key) + " names " + name + " twice");
    }
    return true;
  }

  bool read_admin(const YAML::Node& node, bool& is_admin) {
    std::string text;
    if (!read_text(node, "admin", text)) return false;
    if (text.empty() || YAML::convert<bool>::decode(node, is_admin)) return true;
    return refuse(node, "admin is true or false, not \"" + text + "\"");
  }

  bool read_account(const YAML::Node& node, AccountConfig& account) {
    if (!node.IsMap()) return refuse(node, "an account is a map, with accessKey and secretKey");
    AccountPermissions& permissions = account.permissions;
    const YAML::Node white = node["whiteRemoteAddress"];
    return read_key(node, "accessKey", account.access_key) &&
           read_key(node, "secretKey", account.secret_key) &&
           read_text(white, "whiteRemoteAddress", account.white_remote_address) &&
           read_patterns(white, account.white_remote_address, account.white_addresses) &&
           read_admin(node["admin"], permissions.is_admin) &&
           read_permission(node["defaultTopicPerm"], "defaultTopicPerm",
                           permissions.default_topic) &&
           read_permission(node["defaultGroupPerm"], "defaultGroupPerm",
                           permissions.default_group) &&
           read_permissions(node["topicPerms"], "topicPerms", permissions.topics) &&
           read_permissions(node["groupPerms"], "groupPerms", permissions.groups);
  }

  bool check_unique(const YAML::Node& list, const std::vector<AccountConfig>& accounts) {
    std::set<std::string_view> keys;
    for (std::size_t i = 0; i < accounts.size(); ++i) {
      if (!keys.insert(accounts[i].access_key).second)
        return refuse(list[i], "accessKey " + accounts[i].access_key + " is there twice");
    }
    return true;
  }

  std::string_view name_;
  Error error_;
};

}  // namespace

Result<AccessConfig> parse_access_config(std::string_view text, std::string_view name) {
  Reader reader(name);
  if (text.size() > access_file_bytes_max) {
    return Error{ResponseCode::SystemError, std::string(name) + ": the file has more than " +
                                                std::to_string(access_file_bytes_max) + " bytes"};
  }
  try {
    return reader.read(YAML::Load(std::string(text)));
  } catch (const YAML::Exception& failure) {
    return reader.error_at(failure.mark, failure.msg);
  }
}

}  // namespace rocketmq::acl
