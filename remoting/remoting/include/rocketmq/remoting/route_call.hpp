#pragma once

#include <tuple>
#include <utility>

#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::remoting {

namespace detail {
template <class P>
P class_of(void (P::*)(const RequestContext&, RemotingCommand&, Reply));
}

/// Has a request processed by the member function `Process` of the one processor in the tuple that
/// has it: what the rows of a daemon's table of requests name.
template <auto Process, class... P>
void process_with(std::tuple<P&...> processors, const RequestContext& context,
                  RemotingCommand& request, Reply reply) {
  auto& processor = std::get<decltype(detail::class_of(Process))&>(processors);
  (processor.*Process)(context, request, std::move(reply));
}

}  // namespace rocketmq::remoting
