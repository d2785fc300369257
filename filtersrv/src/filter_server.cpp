#include "rocketmq/filtersrv/filter_server.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <optional>
#include <utility>

#include "broker_link.hpp"
#include "engine/engines.hpp"
#include "filters/filter_table.hpp"
#include "filters/installed_filters.hpp"
#include "filters/upload_keys.hpp"
#include "filters/upload_pools.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/periodic_tasks.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/remoting/configured_server.hpp"
#include "rocketmq/remoting/daemon_tls.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/remoting/server.hpp"
#include "routes.hpp"

namespace rocketmq::filtersrv {
namespace {

using namespace std::chrono_literals;

/// Pulls whose messages wait for their filter; the bytes have a bound of their own.
constexpr std::size_t filter_queue_max = 4'096;
/// How long each pool may work off what waits for it when the filter server stops.
constexpr auto pool_stop_limit = 1'000ms;
/// Filters that the state line names.
constexpr std::size_t filters_shown_max = 50;

remoting::ServerOptions listener_options(const FilterServerConfig& config,
                                         const remoting::DaemonTls& tls,
                                         std::shared_ptr<remoting::SharedLimits> limits) {
  remoting::ServerOptions options = remoting::server_options(config);
  options.port = static_cast<std::uint16_t>(config.filter_server_port);
  tls.serve(options);
  options.limits = std::move(limits);
  return options;
}

FilterTable::Limits table_limits(const FilterServerConfig& config) {
  return {.filters_max = static_cast<std::size_t>(config.filters_max),
          .idle_max = std::chrono::seconds(config.filter_idle_seconds)};
}

}  // namespace

struct FilterServer::Impl {
  Impl(const FilterServerSettings& settings, const Clock& clock, EngineSet engines_in,
       InstalledFilters installed_in, std::optional<UploadKeys> upload_keys_in)
      : config(settings.config),
        engines(std::move(engines_in)),
        installed(std::move(installed_in)),
        upload_keys(std::move(upload_keys_in)),
        upload_pools(engines.engines, static_cast<std::size_t>(config.fs_server_worker_threads)),
        filters(clock, table_limits(config)),
        filter_pool("filter", static_cast<std::size_t>(config.fs_server_callback_executor_threads),
                    filter_queue_max),
        tls(config.tls),
        broker(config, clock, tls.own_connections()),
        processors{
            .register_class = RegisterClassProcessor({.config = config,
                                                      .clock = clock,
                                                      .installed = installed,
                                                      .engines = engines.engines,
                                                      .keys = upload_keys ? &*upload_keys : nullptr,
                                                      .filters = filters,
                                                      .pools = upload_pools}),
            .pull = PullMessageProcessor({.config = config,
                                          .clock = clock,
                                          .filters = filters,
                                          .broker = broker,
                                          .filter_pool = filter_pool})},
        dispatcher(clock),
        connection_limits(
            std::make_shared<remoting::SharedLimits>(remoting::shared_limits(config))),
        server("filtersrv", listener_options(config, tls, connection_limits), dispatcher) {
    add_filter_server_routes(dispatcher, processors);
    declare_figures();
    housekeeping.every(0ms, 1s, "registration with the broker", [this] { broker.tick(); });
    housekeeping.every(1s, 1s, "certificates", [this] { tls.reload_on(upload_pools.check()); });
    housekeeping.every(10s, 10s, "idle filters", [this] { filters.tick(); });
  }

  void declare_figures();

  const FilterServerConfig& config;
  const EngineSet engines;
  const InstalledFilters installed;
  const std::optional<UploadKeys> upload_keys;
  UploadPools upload_pools;  // ends filters, so it outlives whatever holds one
  FilterTable filters;
  WorkerPool filter_pool;
  remoting::DaemonTls tls;
  BrokerLink broker;
  Processors processors;
  remoting::Dispatcher dispatcher;
  const std::shared_ptr<remoting::SharedLimits> connection_limits;
  remoting::Server server;
  FigureTable figures;
  PeriodicTasks housekeeping{"housekeeping"};
};

void FilterServer::Impl::declare_figures() {
  const auto count = [this](const Figure& figure, auto value_of) {
    figures.add(figure,
                [value_of]() -> FigureValue { return static_cast<std::int64_t>(value_of()); });
  };
  const PullMessageProcessor::Counts& pulls = processors.pull.counts();
  count({.name = "isRegistered",
         .unit = "0 or 1",
         .help = "the broker knows this filter server",
         .use = in_state_line},
        [this] { return broker.is_registered() ? 1 : 0; });
  count({.name = "filterCount",
         .unit = "filters",
         .help = "filters that consumers have registered",
         .use = in_state_line},
        [this] { return filters.size(); });
  count({.name = "connectionCount",
         .unit = "connections",
         .help = "connections",
         .use = in_state_line},
        [this] { return server.connection_count(); });
  remoting::add_connection_figures(figures, connection_limits);
  count({.name = "heldPullCount",
         .unit = "pulls",
         .help = "pulls under way at the broker",
         .use = in_state_line},
        [this] { return processors.pull.held(); });
  count({.name = "filterBufferBytes",
         .unit = "bytes",
         .help = "messages in memory that wait for their filter",
         .use = in_state_line},
        [this] { return processors.pull.buffer_bytes(); });
  count({.name = "filterThreadPoolQueueSize",
         .unit = "pulls",
         .help = "pulls whose messages wait for their filter's turn or for the pool `filter`",
         .use = in_state_line},
        [this] { return filter_pool.queue_size() + processors.pull.waiting(); });
  count({.name = "uploadThreadPoolQueueSize",
         .unit = "uploads",
         .help = "uploads that wait to be checked or compiled"},
        [this] { return upload_pools.queue_size(); });
  count({.name = "pulls",
         .kind = FigureKind::Counter,
         .unit = "pulls",
         .help = "pulls of consumers",
         .use = in_state_line},
        [&pulls] { return pulls.pulls.load(); });
  count({.name = "busyPulls",
         .kind = FigureKind::Counter,
         .unit = "pulls",
         .help = "pulls that were refused because too many were under way",
         .use = in_state_line},
        [&pulls] { return pulls.busy.load(); });
  count({.name = "judgedMessages",
         .kind = FigureKind::Counter,
         .unit = "messages",
         .help = "messages that went through a filter",
         .use = in_state_line},
        [&pulls] { return pulls.judged.load(); });
  count({.name = "deliveredMessages",
         .kind = FigureKind::Counter,
         .unit = "messages",
         .help = "messages that were delivered of them",
         .use = in_state_line},
        [&pulls] { return pulls.delivered.load(); });
  count({.name = "failedMessages",
         .kind = FigureKind::Counter,
         .unit = "messages",
         .help = "messages on which a filter failed; skipped, or delivered, by `failedMessages`",
         .use = in_state_line},
        [&pulls] { return pulls.failed_messages.load(); });
  count({.name = "failedBatches",
         .kind = FigureKind::Counter,
         .unit = "pulls",
         .help = "pulls whose messages a filter could not judge at all; they are pulled again",
         .use = in_state_line},
        [&pulls] { return pulls.failed_batches.load(); });
  count({.name = "takenUploads",
         .kind = FigureKind::Counter,
         .unit = "uploads",
         .help = "uploads that made a filter, and uses of installed ones that began",
         .use = in_state_line},
        [this] { return processors.register_class.uploads_taken(); });
  count({.name = "refusedUploads",
         .kind = FigureKind::Counter,
         .unit = "uploads",
         .help = "uploads that were refused",
         .use = in_state_line},
        [this] { return processors.register_class.uploads_refused(); });
}

Result<std::unique_ptr<FilterServer>> FilterServer::open(const FilterServerSettings& settings,
                                                         const Clock& clock) {
  const FilterServerConfig& config = settings.config;
  auto engines = make_engines(config, clock);
  if (!engines) return settings.refusal("filterEngines", engines.error().remark);
  InstalledFilters installed;
  for (const auto& [name, text] : config.filter_classes) {
    const auto added = installed.add(name, text, *engines, config, clock);
    if (!added) return settings.refusal("filterClass." + name, added.error().remark);
  }
  installed.add_workers(*engines, config);
  std::optional<UploadKeys> keys;
  if (!config.filter_upload_keys.empty()) {
    auto loaded = UploadKeys::load(config.filter_upload_keys);
    if (!loaded) return settings.refusal("filterUploadKeys", loaded.error().remark);
    keys = std::move(*loaded);
  }
  auto impl = std::make_unique<Impl>(settings, clock, std::move(*engines), std::move(installed),
                                     std::move(keys));
  return std::unique_ptr<FilterServer>(new FilterServer(std::move(impl)));
}

FilterServer::FilterServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

FilterServer::~FilterServer() { stop(); }

Result<void> FilterServer::start() {
  if (auto loaded = impl_->tls.load(); !loaded) return loaded;
  if (auto started = impl_->server.start(); !started) return started;
  impl_->broker.set_own_address(address());
  impl_->housekeeping.start();
  return {};
}

std::uint16_t FilterServer::port() const { return impl_->server.port(); }

std::string FilterServer::address() const {
  const auto endpoint = Endpoint::from_ip(impl_->config.filter_server_ip, port());
  return endpoint ? endpoint->text()
                  : impl_->config.filter_server_ip + ":" + std::to_string(port());
}

void FilterServer::stop() {
  impl_->housekeeping.stop();
  impl_->broker.stop();  // the broker forgets us; pulls end and are made again elsewhere
  impl_->server.stop();
  // No client gets what compilers and batches still make.
  if (impl_->engines.sandbox != nullptr) impl_->engines.sandbox->stop();
  impl_->upload_pools.stop(pool_stop_limit);
  impl_->filter_pool.stop(pool_stop_limit);
}

const FigureTable& FilterServer::figures() const { return impl_->figures; }

std::string FilterServer::state_line() const {
  std::string line = impl_->figures.state_line();
  const auto filters = impl_->filters.all();
  for (std::size_t i = 0; i < filters.size() && i < filters_shown_max; ++i) {
    const RegisteredFilter& filter = *filters[i];
    line += "; filter " + filter.class_name + " of " + filter.group + " on " + filter.topic + ": " +
            filter.filter->state() + ", judged " + std::to_string(filter.judged) + ", delivered " +
            std::to_string(filter.delivered) + ", failed " + std::to_string(filter.failed);
  }
  return line;
}

}  // namespace rocketmq::filtersrv
