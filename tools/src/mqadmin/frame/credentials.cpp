#include "mqadmin/frame/credentials.hpp"

#include "rocketmq/acl/credentials.hpp"
#include "rocketmq/common/atomic_file.hpp"

namespace rocketmq::mqadmin {

client::Outcome<SessionCredentials> read_credentials(const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return client::client_failure(text.error().remark);
  if (!*text) return SessionCredentials();
  const auto found = acl::parse_credentials(**text, file.string());
  if (!found) return client::client_failure(found.error().remark);
  if (!found->has_both_keys()) return SessionCredentials();
  return SessionCredentials(found->access_key, found->secret_key, found->security_token);
}

}  // namespace rocketmq::mqadmin
