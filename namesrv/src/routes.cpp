#include "routes.hpp"

#include "processors/broker_registration_processor.hpp"
#include "processors/kv_config_processor.hpp"
#include "processors/namesrv_config_processor.hpp"
#include "processors/route_processor.hpp"
#include "rocketmq/remoting/allowed_peers.hpp"

namespace rocketmq::namesrv {
namespace {

using remoting::Dispatcher;
using remoting::inline_on_connection;
using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestCode;
using remoting::RequestContext;

/// One member function of a processor as the dispatcher takes it.
template <class P>
remoting::Processor to(P& processor,
                       void (P::*member)(const RequestContext&, RemotingCommand&, Reply)) {
  return
      [&processor, member](const RequestContext& context, RemotingCommand& request, Reply reply) {
        (processor.*member)(context, request, std::move(reply));
      };
}

}  // namespace

void add_namesrv_routes(Dispatcher& dispatcher, const Processors& processors, const Pools& pools,
                        const AddressList& may_change) {
  using Registration = BrokerRegistrationProcessor;
  using Route = RouteProcessor;
  using Kv = KvConfigProcessor;
  using Config = NamesrvConfigProcessor;
  auto* const in_order = &pools.registration;
  auto* const admin = &pools.admin;
  auto& [registration, route, kv, config] = processors;
  using enum RequestCode;
  /// For what only looks something up on a pool's thread, and for a registration, which its
  /// broker's end undoes: left when the connection has ended before its turn.
  const auto look_up = [](auto& processor, auto member) {
    return remoting::while_connected(to(processor, member));
  };
  /// For what changes something by an administrator's wish.
  const auto guarded = [&may_change](auto& processor, auto member) {
    return remoting::only_for(may_change, to(processor, member));
  };

  // clang-format off
  //               request code                     answered by                                                      runs on
  dispatcher.route(GetRouteInfoByTopic,             to(route, &Route::get_route_info_by_topic),                      inline_on_connection);
  dispatcher.route(GetKvConfig,                     to(kv, &Kv::get),                                                inline_on_connection);

  dispatcher.route(RegisterBroker,                  look_up(registration, &Registration::register_broker),           in_order);
  dispatcher.route(UnregisterBroker,                to(registration, &Registration::unregister_broker),              in_order);
  dispatcher.route(QueryDataVersion,                look_up(registration, &Registration::query_data_version),        in_order);

  dispatcher.route(GetBrokerClusterInfo,            look_up(route, &Route::get_broker_cluster_info),                 admin);
  dispatcher.route(GetAllTopicListFromNameServer,   look_up(route, &Route::get_all_topics),                          admin);
  dispatcher.route(GetTopicsByCluster,              look_up(route, &Route::get_topics_by_cluster),                   admin);
  dispatcher.route(GetSystemTopicListFromNameServer, look_up(route, &Route::get_system_topics),                      admin);
  dispatcher.route(GetUnitTopicList,                look_up(route, &Route::get_unit_topics),                         admin);
  dispatcher.route(GetHasUnitSubTopicList,          look_up(route, &Route::get_unit_subscribed_topics),              admin);
  dispatcher.route(GetHasUnitSubUnUnitTopicList,    look_up(route, &Route::get_unit_subscribed_not_unit_topics),     admin);
  dispatcher.route(WipeWritePermOfBroker,           guarded(route, &Route::wipe_write_perm),                              admin);
  dispatcher.route(AddWritePermOfBroker,            guarded(route, &Route::add_write_perm),                               admin);
  dispatcher.route(DeleteTopicInNameServer,         guarded(route, &Route::delete_topic),                                 admin);

  dispatcher.route(PutKvConfig,                     guarded(kv, &Kv::put),                                                admin);
  dispatcher.route(DeleteKvConfig,                  guarded(kv, &Kv::remove),                                             admin);
  dispatcher.route(GetKvConfigByValue,              look_up(kv, &Kv::get_by_value),                                  admin);
  dispatcher.route(DeleteKvConfigByValue,           guarded(kv, &Kv::remove_by_value),                                    admin);
  dispatcher.route(GetKvListByNamespace,            look_up(kv, &Kv::list),                                          admin);

  dispatcher.route(UpdateNameServerConfig,          guarded(config, &Config::update),                                     admin);
  dispatcher.route(GetNameServerConfig,             look_up(config, &Config::get),                                   admin);
  // clang-format on
}

}  // namespace rocketmq::namesrv
