#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "clients/consumer_manager.hpp"
#include "rocketmq/common/result.hpp"

/// What the processors share that ask consumers something on an administrator's behalf.
namespace rocketmq::broker {

/// How long a consumer may take.
inline constexpr std::chrono::seconds client_call_timeout{10};
inline constexpr std::chrono::seconds client_status_timeout{5};

/// First releases whose consumers understand a request, by the ordinals of remoting::version.
inline constexpr std::int32_t version_of_reset_offset = 28;
inline constexpr std::int32_t version_of_running_info = 62;

/// A member of a group that is online and recent enough. Error: SystemError, saying which it is.
Result<ClientChannel> find_member(const ConsumerManager& consumers, std::string_view group,
                                  std::string_view client_id, std::int32_t version_min);

/// Whether a member understands a request.
Result<void> check_version(const ClientChannel& member, std::int32_t version_min);

}  // namespace rocketmq::broker
