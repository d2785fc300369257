#pragma once

#include <string_view>

namespace rocketmq::acl {

/// How the remark of a request that access control refuses begins: with the name of Java's
/// exception, for which clients and people search. Its code is that of other failures.
inline constexpr std::string_view access_refusal = "org.apache.rocketmq.acl.common.AclException";

}  // namespace rocketmq::acl
