#include "rocketmq/acl/access_edit.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "braces.hpp"
#include "rocketmq/acl/access_config.hpp"
#include "rocketmq/common/saturating.hpp"
#include "rocketmq/common/text.hpp"
#include "stored_version.hpp"

namespace rocketmq::acl {
namespace {

/// The library's tag of a text that is written between quotes.
constexpr const char* quoted = "!";

/// A text that no reader takes for a number or a boolean.
YAML::Node text_node(std::string_view text) {
  YAML::Node node{std::string(text)};
  node.SetTag(quoted);
  return node;
}

/// Deepest nesting that is written.
constexpr int depth_max = 64;

/// As the library does it, but with the quotes of the original: 007 and "007" differ. What an alias
/// stands for is written in its place, which may be as often as the file has room for, or, within
/// itself, forever.
void emit(YAML::Emitter& out, const YAML::Node& node, int depth = 0) {
  if (depth > depth_max || out.size() > access_file_bytes_max)
    throw YAML::Exception(node.Mark(), "with its aliases written out it is too deep or too large");
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      if (node.Tag() == quoted) out << YAML::DoubleQuoted;
      out << node.Scalar();
      break;
    case YAML::NodeType::Sequence:
      out << YAML::BeginSeq;
      for (const YAML::Node& element : node) emit(out, element, depth + 1);
      out << YAML::EndSeq;
      break;
    case YAML::NodeType::Map:
      out << YAML::BeginMap;
      for (const auto& entry : node) {
        out << YAML::Key;
        emit(out, entry.first, depth + 1);
        out << YAML::Value;
        emit(out, entry.second, depth + 1);
      }
      out << YAML::EndMap;
      break;
    case YAML::NodeType::Null:
    case YAML::NodeType::Undefined: out << YAML::Null; break;
  }
}

/// The comments before the first key: a licence, mostly.
std::string_view leading_comments(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size()) {
    const auto line_end = std::min(text.find('\n', end), text.size() - 1) + 1;
    const auto line = trim(text.substr(end, line_end - end));
    if (!line.empty() && line.front() != '#') break;
    end = line_end;
  }
  return text.substr(0, end);
}

void count_version(YAML::Node& root, std::int64_t now_ms) {
  YAML::Node version;
  version["counter"] = add_saturating<std::int64_t>(stored_version(root["dataVersion"]).counter, 1);
  version["timestamp"] = now_ms;
  YAML::Node list;
  list.push_back(version);
  root["dataVersion"] = list;
}

/// Applies a change to the document and writes it again. The change may refuse.
Result<std::string> edit(std::string_view text, std::int64_t now_ms,
                         const std::function<Result<void>(YAML::Node& root)>& change) {
  try {
    YAML::Node root = YAML::Load(std::string(text));
    if (!root.IsMap() && !root.IsNull())
      return Error{ResponseCode::SystemError, "the file holds no map"};
    if (auto changed = change(root); !changed) return changed.error();
    count_version(root, now_ms);
    YAML::Emitter out;
    emit(out, root);
    return std::string(leading_comments(text)) + out.c_str() + "\n";
  } catch (const YAML::Exception& failure) {
    return Error{ResponseCode::SystemError, "the file cannot be edited: " + failure.msg};
  }
}

bool has_key(const YAML::Node& account, std::string_view access_key) {
  if (!account.IsMap()) return false;
  const YAML::Node key = account["accessKey"];
  return key.IsDefined() && key.IsScalar() && key.Scalar() == access_key;
}

YAML::Node list_of(const std::vector<std::string>& texts) {
  YAML::Node list(YAML::NodeType::Sequence);
  for (const std::string& text : texts) list.push_back(text_node(text));
  return list;
}

std::vector<std::string> split_addresses(std::string_view text) {
  std::vector<std::string> addresses;
  for (const auto piece : split_outside_braces(text, ',')) {
    if (const auto address = trim(piece); !address.empty()) addresses.emplace_back(address);
  }
  return addresses;
}

void apply(YAML::Node account, const AccountUpdate& update) {
  const auto set = [&account](const char* key, const std::optional<std::string>& value) {
    if (value) account[key] = text_node(*value);
  };
  account["accessKey"] = text_node(update.access_key);
  set("secretKey", update.secret_key);
  set("whiteRemoteAddress", update.white_remote_address);
  if (update.is_admin) account["admin"] = *update.is_admin;
  set("defaultTopicPerm", update.default_topic_permission);
  set("defaultGroupPerm", update.default_group_permission);
  if (update.topic_permissions)
    account["topicPerms"] = list_of(split(*update.topic_permissions, ','));
  if (update.group_permissions)
    account["groupPerms"] = list_of(split(*update.group_permissions, ','));
}

}  // namespace

Result<std::string> with_account(std::string_view text, const AccountUpdate& update,
                                 std::int64_t now_ms) {
  return edit(text, now_ms, [&update](YAML::Node& root) -> Result<void> {
    YAML::Node accounts = root["accounts"];
    if (accounts.IsDefined() && accounts.IsSequence()) {
      for (YAML::Node account : accounts) {
        if (!has_key(account, update.access_key)) continue;
        apply(account, update);
        return {};
      }
    } else {
      root["accounts"] = YAML::Node(YAML::NodeType::Sequence);
    }
    YAML::Node account(YAML::NodeType::Map);
    apply(account, update);
    root["accounts"].push_back(account);
    return {};
  });
}

Result<std::string> without_account(std::string_view text, std::string_view access_key,
                                    std::int64_t now_ms) {
  return edit(text, now_ms, [access_key](YAML::Node& root) -> Result<void> {
    YAML::Node remaining(YAML::NodeType::Sequence);
    bool is_found = false;
    const YAML::Node accounts = root["accounts"];
    if (accounts.IsDefined() && accounts.IsSequence()) {
      for (const YAML::Node& account : accounts) {
        if (has_key(account, access_key)) {
          is_found = true;
        } else {
          remaining.push_back(account);
        }
      }
    }
    if (!is_found) {
      return Error{ResponseCode::SystemError, "there is no account " + std::string(access_key)};
    }
    root["accounts"] = remaining;
    return {};
  });
}

Result<std::string> with_global_addresses(std::string_view text, std::string_view addresses,
                                          std::int64_t now_ms) {
  return edit(text, now_ms, [addresses](YAML::Node& root) -> Result<void> {
    root["globalWhiteRemoteAddresses"] = list_of(split_addresses(addresses));
    return {};
  });
}

}  // namespace rocketmq::acl
