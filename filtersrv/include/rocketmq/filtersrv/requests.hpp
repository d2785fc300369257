#pragma once

#include <vector>

#include "rocketmq/remoting/route_spec.hpp"

namespace rocketmq::filtersrv {

/// The rows of all requests that a filter server serves (filtersrv/src/routes.cpp).
std::vector<remoting::RouteSpec> requests();

}  // namespace rocketmq::filtersrv
