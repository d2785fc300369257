#include "routes.hpp"

#include <tuple>
#include <utility>

#include "processors/broker_registration_processor.hpp"
#include "processors/kv_config_processor.hpp"
#include "processors/namesrv_config_processor.hpp"
#include "processors/route_processor.hpp"
#include "rocketmq/namesrv/requests.hpp"
#include "rocketmq/remoting/route_call.hpp"

namespace rocketmq::namesrv {
namespace {

/// The rows, and the words that their columns are written in.
namespace request_table {

using enum remoting::Effect;
using Code = remoting::RequestCode;
using remoting::Action;
using remoting::BodyLimit;
using remoting::on_connection;
using remoting::Permission;
using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestContext;
using remoting::Resource;
using remoting::Threads;

/// One thread: the requests of brokers in the order in which they came. What waits for it is
/// dropped with its connection: the end of the connection undoes a registration in any case.
constexpr Threads in_order_while_connected = remoting::on_pool_while_connected("register");
constexpr Threads in_order = remoting::on_pool("register");
constexpr Threads admin_while_connected = remoting::on_pool_while_connected("admin");
constexpr Threads admin = remoting::on_pool("admin");
/// On disk before it is confirmed.
constexpr Threads saver = remoting::on_pool("saver");

constexpr std::string_view no_limit;

/// Everything is in the header; a body is ignored. A data version is shorter, too.
constexpr BodyLimit small{.bytes_max = 64 * 1024};
constexpr BodyLimit settings_text{.bytes_max = 1024 * 1024};
/// Whole tables, as large as a frame takes.
constexpr BodyLimit tables;

constexpr Permission topic(Action action, std::string_view field = {}) {
  return {Resource::Topic, action, field};
}
constexpr Permission cluster(Action action) { return {Resource::Cluster, action, {}}; }
using enum Action;

template <auto Process>
void on(const Processors& all, const RequestContext& context, RemotingCommand& request,
        Reply reply) {
  remoting::process_with<Process>(std::tie(all.registration, all.route, all.kv_config, all.config),
                                  context, request, std::move(reply));
}

using Registration = BrokerRegistrationProcessor;
using Route = RouteProcessor;
using Kv = KvConfigProcessor;
using Config = NamesrvConfigProcessor;

struct Row {
  remoting::RouteSpec spec;
  void (*process)(const Processors&, const RequestContext&, RemotingCommand&, Reply);
};

// clang-format off
// The whole remote surface of a name server.
constexpr Row rows[] = {
    // request code                         name                                   processed on               waits     body           effect       access                     processor
    // Any account: a route says where brokers are, who refuse with the name of what is missing; and
    // clients read routes of topics that no account names, such as TBW102.
    {{Code::GetRouteInfoByTopic,            "GET_ROUTEINFO_BY_TOPIC",              on_connection,             no_limit, small,         Reads,       {cluster(Get)}},           on<&Route::get_route_info_by_topic>},
    {{Code::GetKvConfig,                    "GET_KV_CONFIG",                       on_connection,             no_limit, small,         Reads,       {cluster(Get)}},           on<&Kv::get>},

    {{Code::RegisterBroker,                 "REGISTER_BROKER",                     in_order_while_connected,  no_limit, tables,        Changes,     {cluster(Update)}},        on<&Registration::register_broker>},
    {{Code::UnregisterBroker,               "UNREGISTER_BROKER",                   in_order,                  no_limit, small,         Changes,     {cluster(Update)}},        on<&Registration::unregister_broker>},
    // It says that the broker is alive.
    {{Code::QueryDataVersion,               "QUERY_DATA_VERSION",                  in_order_while_connected,  no_limit, small,         Changes,     {cluster(Update)}},        on<&Registration::query_data_version>},

    {{Code::GetBrokerClusterInfo,           "GET_BROKER_CLUSTER_INFO",             admin_while_connected,     no_limit, small,         Reads,       {cluster(Get)}},           on<&Route::get_broker_cluster_info>},
    {{Code::GetAllTopicListFromNameServer,  "GET_ALL_TOPIC_LIST_FROM_NAMESERVER",  admin_while_connected,     no_limit, small,         Reads,       {topic(List)}},            on<&Route::get_all_topics>},
    {{Code::GetTopicsByCluster,             "GET_TOPICS_BY_CLUSTER",               admin_while_connected,     no_limit, small,         Reads,       {topic(List)}},            on<&Route::get_topics_by_cluster>},
    {{Code::GetSystemTopicListFromNameServer, "GET_SYSTEM_TOPIC_LIST_FROM_NS",     admin_while_connected,     no_limit, small,         Reads,       {topic(List)}},            on<&Route::get_system_topics>},
    {{Code::GetUnitTopicList,               "GET_UNIT_TOPIC_LIST",                 admin_while_connected,     no_limit, small,         Reads,       {topic(List)}},            on<&Route::get_unit_topics>},
    {{Code::GetHasUnitSubTopicList,         "GET_HAS_UNIT_SUB_TOPIC_LIST",         admin_while_connected,     no_limit, small,         Reads,       {topic(List)}},            on<&Route::get_unit_subscribed_topics>},
    {{Code::GetHasUnitSubUnUnitTopicList,   "GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST",  admin_while_connected,     no_limit, small,         Reads,       {topic(List)}},            on<&Route::get_unit_subscribed_not_unit_topics>},
    {{Code::WipeWritePermOfBroker,          "WIPE_WRITE_PERM_OF_BROKER",           admin,                     no_limit, small,         Administers, {cluster(Update)}},        on<&Route::wipe_write_perm>},
    {{Code::AddWritePermOfBroker,           "ADD_WRITE_PERM_OF_BROKER",            admin,                     no_limit, small,         Administers, {cluster(Update)}},        on<&Route::add_write_perm>},
    {{Code::DeleteTopicInNameServer,        "DELETE_TOPIC_IN_NAMESRV",             admin,                     no_limit, small,         Administers, {topic(Delete, "topic")}}, on<&Route::delete_topic>},

    {{Code::PutKvConfig,                    "PUT_KV_CONFIG",                       saver,                     no_limit, small,         Administers, {cluster(Update)}},        on<&Kv::put>},
    {{Code::DeleteKvConfig,                 "DELETE_KV_CONFIG",                    saver,                     no_limit, small,         Administers, {cluster(Delete)}},        on<&Kv::remove>},
    {{Code::GetKvConfigByValue,             "GET_KV_CONFIG_BY_VALUE",              admin_while_connected,     no_limit, small,         Reads,       {cluster(Get)}},           on<&Kv::get_by_value>},
    {{Code::DeleteKvConfigByValue,          "DELETE_KV_CONFIG_BY_VALUE",           saver,                     no_limit, small,         Administers, {cluster(Delete)}},        on<&Kv::remove_by_value>},
    {{Code::GetKvListByNamespace,           "GET_KVLIST_BY_NAMESPACE",             admin_while_connected,     no_limit, small,         Reads,       {cluster(Get)}},           on<&Kv::list>},

    {{Code::UpdateNameServerConfig,         "UPDATE_NAMESRV_CONFIG",               saver,                     no_limit, settings_text, Administers, {cluster(Update)}},        on<&Config::update>},
    {{Code::GetNameServerConfig,            "GET_NAMESRV_CONFIG",                  admin_while_connected,     no_limit, small,         Reads,       {cluster(Get)}},           on<&Config::get>},
};
// clang-format on

}  // namespace request_table

using request_table::Row;
using request_table::rows;

}  // namespace

void add_namesrv_routes(remoting::Dispatcher& dispatcher, const Processors& processors,
                        const Pools& pools, const AddressList& may_change) {
  for (const Row& row : rows) {
    dispatcher.add(
        {.spec = row.spec,
         .processor =
             [processors, process = row.process](const remoting::RequestContext& context,
                                                 remoting::RemotingCommand& request,
                                                 remoting::Reply reply) {
               process(processors, context, request, std::move(reply));
             },
         .pool = remoting::pool_named(row.spec.threads.pool,
                                      {&pools.registration, &pools.admin, &pools.saver}),
         .allowed = row.spec.effect == remoting::Effect::Administers ? &may_change : nullptr});
  }
}

std::vector<remoting::RouteSpec> requests() {
  std::vector<remoting::RouteSpec> specs;
  for (const Row& row : rows) specs.push_back(row.spec);
  return specs;
}

}  // namespace rocketmq::namesrv
