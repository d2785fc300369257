#pragma once

#include <filesystem>
#include <memory>

#include "rocketmq/common/result.hpp"
#include "rocketmq/protocol/request_signature.hpp"

namespace rocketmq::acl {

/// The account that a daemon signs its own requests with: accessKey and secretKey of a YAML file
/// like conf/tools.yml. Waits for the disk. Error: names the file, and the line or the key.
Result<std::shared_ptr<const remoting::RequestCredentials>> read_own_credentials(
    const std::filesystem::path& file);

}  // namespace rocketmq::acl
