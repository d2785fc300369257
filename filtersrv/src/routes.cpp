#include "routes.hpp"

#include <tuple>
#include <utility>

#include "rocketmq/filtersrv/requests.hpp"
#include "rocketmq/remoting/route_call.hpp"

namespace rocketmq::filtersrv {
namespace {

/// The rows, and the words that their columns are written in.
namespace request_table {

using enum remoting::Effect;
using enum remoting::Action;
using Code = remoting::RequestCode;
using remoting::Action;
using remoting::BodyLimit;
using remoting::on_connection;
using remoting::Permission;
using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestContext;
using remoting::Resource;

constexpr std::string_view no_limit;

/// Everything is in the header; a body is ignored.
constexpr BodyLimit no_body{.bytes_max = 64 * 1'024};
/// The largest filterUploadBytesMax.
constexpr BodyLimit filter_text{.bytes_max = 1'024 * 1'024,
                                .processors_key = "filterUploadBytesMax"};

constexpr Permission topic(Action action, std::string_view field) {
  return {Resource::Topic, action, field};
}
constexpr Permission group(Action action, std::string_view field) {
  return {Resource::Group, action, field};
}

template <auto Process>
void on(Processors& all, const RequestContext& context, RemotingCommand& request, Reply reply) {
  remoting::process_with<Process>(std::tie(all.register_class, all.pull), context, request,
                                  std::move(reply));
}

struct Row {
  remoting::RouteSpec spec;
  void (*process)(Processors&, const RequestContext&, RemotingCommand&, Reply);
};

// clang-format off
// The whole remote surface of a filter server.
constexpr Row rows[] = {
    // request code                     name                             processed on   waits     body         effect   access                                                processor
    // The filter runs on the pool `filter`.
    {{Code::PullMessage,                "PULL_MESSAGE",                  on_connection, no_limit, no_body,     Changes, {topic(Sub, "topic"), group(Sub, "consumerGroup")}},  on<&PullMessageProcessor::process>},
    // What is new moves to the pool `upload`.
    {{Code::RegisterMessageFilterClass, "REGISTER_MESSAGE_FILTER_CLASS", on_connection, no_limit, filter_text, Changes, {topic(Sub, "topic"), group(Sub, "consumerGroup")}},  on<&RegisterClassProcessor::process>},
};
// clang-format on

}  // namespace request_table

using request_table::Row;
using request_table::rows;

}  // namespace

void add_filter_server_routes(remoting::Dispatcher& routes, Processors& processors) {
  for (const Row& row : rows) {
    routes.add({.spec = row.spec,
                .processor = [&processors, process = row.process](
                                 const remoting::RequestContext& context,
                                 remoting::RemotingCommand& request, remoting::Reply reply) {
                  process(processors, context, request, std::move(reply));
                }});
  }
}

std::vector<remoting::RouteSpec> requests() {
  std::vector<remoting::RouteSpec> specs;
  for (const Row& row : rows) specs.push_back(row.spec);
  return specs;
}

}  // namespace rocketmq::filtersrv
