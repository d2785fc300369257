#include "rocketmq/namesrv/name_server.hpp"

#include <chrono>
#include <cstddef>
#include <memory>

#include "kv_config_manager.hpp"
#include "processors/broker_registration_processor.hpp"
#include "processors/kv_config_processor.hpp"
#include "processors/namesrv_config_processor.hpp"
#include "processors/route_processor.hpp"
#include "rocketmq/access/access_control.hpp"
#include "rocketmq/common/periodic_tasks.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/remoting/configured_server.hpp"
#include "rocketmq/remoting/daemon_tls.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/remoting/server.hpp"
#include "route_info_manager.hpp"
#include "routes.hpp"

namespace rocketmq::namesrv {
namespace {

using namespace std::chrono_literals;

/// Registrations carry whole topic tables: a longer queue would hold too much memory, and its
/// brokers ask again anyway.
constexpr std::size_t registration_queue_max = 512;
constexpr std::size_t admin_queue_max = 1'024;
constexpr std::size_t saver_queue_max = 1'024;
constexpr std::size_t departure_queue_max = 1'024;
/// How long each pool may work off what waits for it when the name server stops.
constexpr auto pool_stop_limit = 1'000ms;

remoting::ServerOptions listener_options(const NamesrvConfig& config,
                                         const remoting::DaemonTls& tls,
                                         std::shared_ptr<remoting::SharedLimits> limits) {
  remoting::ServerOptions options = remoting::server_options(config);
  options.limits = std::move(limits);
  tls.serve(options);
  if (config.write_buffer_high_water_mark > 0) {
    options.output_bytes_high = static_cast<std::size_t>(config.write_buffer_high_water_mark);
  }
  return options;
}

std::unique_ptr<acl::AccessControl> make_access_control(const NamesrvConfig& config,
                                                        const Clock& clock) {
  if (!config.acl_enable) return nullptr;
  return std::make_unique<acl::AccessControl>(
      acl::access_paths(config.acl_file, config.rocketmq_home), "", clock);
}

}  // namespace

struct NameServer::Impl {
  Impl(NamesrvSettings& settings, const Clock& clock)
      : routes(clock),
        kv_config(settings.config().kv_config_path),
        registration(routes, kv_config),
        route(routes, kv_config, settings),
        kv(kv_config),
        config(settings),
        access(make_access_control(settings.config(), clock)),
        registration_pool("register", 1, registration_queue_max),
        admin_pool("admin", static_cast<std::size_t>(settings.config().server_worker_threads),
                   admin_queue_max),
        saver_pool("saver", 1, saver_queue_max),
        departure_pool("departure", 1, departure_queue_max),
        tls(settings.config().tls),
        slow_requests(settings.config().slow_request_threshold_ms),
        connection_limits(
            std::make_shared<remoting::SharedLimits>(remoting::shared_limits(settings.config()))),
        server("namesrv", listener_options(settings.config(), tls, connection_limits), dispatcher) {
    add_namesrv_routes(dispatcher, {registration, route, kv, config},
                       {registration_pool, admin_pool, saver_pool},
                       settings.config().administrators);
    dispatcher.watch(slow_requests);
    if (access != nullptr) {
      dispatcher.guard(*access);
      housekeeping.every(1s, 1s, "accounts", [this] { access->reload_soon(admin_pool); });
    }
    declare_figures();
    // A broker is taken out on a thread that may wait for the table; when its queue is full, the
    // next scan finds the closed connection.
    server.on_channel_closed([this](const remoting::ChannelPtr& channel) {
      if (!routes.has_brokers(channel->id())) return;
      (void)departure_pool.post([this, id = channel->id()] { routes.remove_channel(id); });
    });
    housekeeping.every(5s, 10s, "scan of silent brokers", [this] { routes.tick(); });
    housekeeping.every(1s, 1s, "topics of brokers that are gone", [this] { routes.purge(); });
    housekeeping.every(1s, 1s, "certificates", [this] { tls.reload_on(admin_pool); });
    housekeeping.every(1min, 10min, "print of the KV configuration",
                       [this] { kv_config.log_all(); });
  }

  void declare_figures() {
    const auto count = [this](const Figure& figure, auto size_of) {
      figures.add(figure,
                  [size_of]() -> FigureValue { return static_cast<std::int64_t>(size_of()); });
    };
    count({.name = "brokerNameCount",
           .unit = "brokers",
           .help = "names of brokers that have registered",
           .use = in_state_line},
          [this] { return routes.cluster_info().broker_addr_table.size(); });
    count({.name = "brokerCount", .unit = "brokers", .help = "brokers, masters and slaves"},
          [this] {
            std::size_t brokers = 0;
            for (const auto& [name, broker] : routes.cluster_info().broker_addr_table)
              brokers += broker.broker_addrs.size();
            return brokers;
          });
    count({.name = "topicCount", .unit = "topics", .help = "topics", .use = in_state_line},
          [this] { return routes.all_topics().topics.size(); });
    count({.name = "connectionCount",
           .unit = "connections",
           .help = "connections",
           .use = in_state_line},
          [this] { return server.connection_count(); });
    remoting::add_connection_figures(figures, connection_limits);
    count({.name = "registerThreadPoolQueueSize",
           .unit = "requests",
           .help = "requests that wait for the pool `register`"},
          [this] { return registration_pool.queue_size(); });
    count({.name = "adminThreadPoolQueueSize",
           .unit = "requests",
           .help = "requests that wait for the pool `admin`"},
          [this] { return admin_pool.queue_size(); });
    count({.name = "departureThreadPoolQueueSize",
           .unit = "connections",
           .help = "closed connections whose brokers wait to be taken out"},
          [this] { return departure_pool.queue_size(); });
    count({.name = "slowRequests",
           .kind = FigureKind::Counter,
           .unit = "requests",
           .help = "requests that took longer than slowRequestThresholdMills",
           .use = in_state_line},
          [this] { return slow_requests.count(); });
  }

  RouteInfoManager routes;
  KvConfigManager kv_config;
  BrokerRegistrationProcessor registration;
  RouteProcessor route;
  KvConfigProcessor kv;
  NamesrvConfigProcessor config;
  /// Null where access control is off.
  const std::unique_ptr<acl::AccessControl> access;
  WorkerPool registration_pool;
  WorkerPool admin_pool;
  WorkerPool saver_pool;
  WorkerPool departure_pool;
  remoting::DaemonTls tls;
  remoting::SlowRequests slow_requests;
  remoting::Dispatcher dispatcher;
  const std::shared_ptr<remoting::SharedLimits> connection_limits;
  remoting::Server server;
  FigureTable figures;
  PeriodicTasks housekeeping{"housekeeping"};
};

NameServer::NameServer(NamesrvSettings& settings, const Clock& clock)
    : impl_(std::make_unique<Impl>(settings, clock)) {}

NameServer::~NameServer() { stop(); }

Result<void> NameServer::start() {
  if (auto loaded = impl_->kv_config.load(); !loaded) return loaded;
  if (impl_->access != nullptr) {
    if (auto loaded = impl_->access->load(); !loaded) return loaded;
  }
  if (auto loaded = impl_->tls.load(); !loaded) return loaded;
  if (auto started = impl_->server.start(); !started) return started;
  impl_->housekeeping.start();
  return {};
}

std::uint16_t NameServer::port() const { return impl_->server.port(); }

const FigureTable& NameServer::figures() const { return impl_->figures; }

void NameServer::stop() {
  impl_->housekeeping.stop();
  impl_->server.stop();  // no request arrives after this
  impl_->registration_pool.stop(pool_stop_limit);
  impl_->admin_pool.stop(pool_stop_limit);
  impl_->saver_pool.stop(pool_stop_limit);
  impl_->departure_pool.stop(pool_stop_limit);
}

}  // namespace rocketmq::namesrv
