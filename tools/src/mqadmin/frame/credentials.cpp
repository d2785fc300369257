#include "mqadmin/frame/credentials.hpp"

#include <yaml-cpp/yaml.h>

#include <string>

#include "rocketmq/common/atomic_file.hpp"

namespace rocketmq::mqadmin {
namespace {

/// A scalar's text: 0815 and "0815" are the same secret.
std::string text_of(const YAML::Node& map, const char* key) {
  const YAML::Node node = map[key];
  return node.IsDefined() && node.IsScalar() ? node.Scalar() : std::string();
}

}  // namespace

client::Outcome<SessionCredentials> read_credentials(const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return client::client_failure(text.error().remark);
  if (!*text) return SessionCredentials();
  try {
    const YAML::Node map = YAML::Load(**text);
    if (!map.IsDefined() || map.IsNull()) return SessionCredentials();
    if (!map.IsMap())
      return client::client_failure(file.string() +
                                    ": a map with accessKey and secretKey is wanted");
    SessionCredentials credentials(text_of(map, "accessKey"), text_of(map, "secretKey"),
                                   text_of(map, "securityToken"));
    const bool has_both =
        !credentials.getAccessKey().empty() && !credentials.getSecretKey().empty();
    return has_both ? credentials : SessionCredentials();
  } catch (const YAML::Exception& failure) {
    return client::client_failure(file.string() + ":" + std::to_string(failure.mark.line + 1) +
                                  ": " + failure.msg);
  }
}

}  // namespace rocketmq::mqadmin
