#include "rocketmq/access/credentials.hpp"

#include "rocketmq/acl/credentials.hpp"
#include "rocketmq/common/atomic_file.hpp"

namespace rocketmq::acl {

Result<std::shared_ptr<const remoting::RequestCredentials>> read_own_credentials(
    const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return text.error();
  if (!*text) return Error{ResponseCode::SystemError, file.string() + ": there is no such file"};
  auto found = parse_credentials(**text, file.string());
  if (!found) return found.error();
  if (!found->has_both_keys()) {
    return Error{ResponseCode::SystemError,
                 file.string() + ": accessKey and secretKey are wanted, both"};
  }
  return std::make_shared<const remoting::RequestCredentials>(
      std::move(found->access_key), found->secret_key, std::move(found->security_token));
}

}  // namespace rocketmq::acl
