#include "rocketmq/acl/credentials.hpp"

#include <yaml-cpp/yaml.h>

namespace rocketmq::acl {
namespace {

/// A scalar's text: 0815 and "0815" are the same secret.
std::string text_of(const YAML::Node& map, const char* key) {
  const YAML::Node node = map[key];
  return node.IsDefined() && node.IsScalar() ? node.Scalar() : std::string();
}

}  // namespace

Result<Credentials> parse_credentials(std::string_view text, std::string_view name) {
  const auto refuse = [name](const std::string& what) {
    return Error{ResponseCode::SystemError, std::string(name) + what};
  };
  try {
    const YAML::Node map = YAML::Load(std::string(text));
    if (!map.IsDefined() || map.IsNull()) return Credentials();
    if (!map.IsMap()) return refuse(": a map with accessKey and secretKey is wanted");
    return Credentials{.access_key = text_of(map, "accessKey"),
                       .secret_key = text_of(map, "secretKey"),
                       .security_token = text_of(map, "securityToken")};
  } catch (const YAML::Exception& failure) {
    return refuse(":" + std::to_string(failure.mark.line + 1) + ": " + failure.msg);
  }
}

}  // namespace rocketmq::acl
