#pragma once

#include <filesystem>

#include "rocketmq/SessionCredentials.h"
#include "rocketmq/client/failure.hpp"

namespace rocketmq::mqadmin {

/// The account that requests are signed for: accessKey and secretKey of a YAML file like
/// $ROCKETMQ_HOME/conf/tools.yml (spec/admin.md §1.3), and securityToken if it is there. Empty
/// where the file is missing or has not both keys. Failure: names file and line.
client::Outcome<SessionCredentials> read_credentials(const std::filesystem::path& file);

}  // namespace rocketmq::mqadmin
