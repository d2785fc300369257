#pragma once

#include "processors/pull_message.hpp"
#include "processors/register_class.hpp"
#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::filtersrv {

/// Everything that handles requests.
struct Processors {
  RegisterClassProcessor register_class;
  PullMessageProcessor pull;
};

/// Binds the rows of the table of requests to the processors, which must outlive `routes`.
void add_filter_server_routes(remoting::Dispatcher& routes, Processors& processors);

}  // namespace rocketmq::filtersrv
