#pragma once

#include "asio.hpp"
#include "rocketmq/common/endpoint.hpp"

namespace rocketmq::net {

/// Asio's form as ours. An IPv4 address that is written as an IPv6 one becomes an IPv4 address.
Endpoint to_endpoint(const asio::ip::tcp::endpoint& from);

}  // namespace rocketmq::net
