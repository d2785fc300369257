#pragma once

#include <vector>

#include "rocketmq/remoting/route_spec.hpp"

namespace rocketmq::broker {

/// The rows of all requests that a broker serves (broker/src/routes.cpp).
std::vector<remoting::RouteSpec> requests();

}  // namespace rocketmq::broker
