#pragma once

#include <vector>

#include "rocketmq/remoting/route_spec.hpp"

namespace rocketmq::namesrv {

/// The rows of all requests that a name server serves (namesrv/src/routes.cpp).
std::vector<remoting::RouteSpec> requests();

}  // namespace rocketmq::namesrv
