#include "rocketmq/broker/broker.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "clients/consumer_manager.hpp"
#include "clients/producer_manager.hpp"
#include "clients/rebalance_lock_manager.hpp"
#include "config/config_updates.hpp"
#include "filter/consumer_filter_manager.hpp"
#include "filter/expression_cache.hpp"
#include "filter/message_filter_factory.hpp"
#include "filter_servers/filter_server_starter.hpp"
#include "filter_servers/filter_servers.hpp"
#include "groups/consumer_offset_manager.hpp"
#include "groups/subscription_group_manager.hpp"
#include "ha/replication.hpp"
#include "limits.hpp"
#include "messages/request_puts.hpp"
#include "messages/set_aside.hpp"
#include "pulls/pull_hold_table.hpp"
#include "pulls/slow_consumer_guard.hpp"
#include "registration/broker_registration.hpp"
#include "registration/store_host.hpp"
#include "rocketmq/access/access_control.hpp"
#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/common/budget.hpp"
#include "rocketmq/common/figure_table.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/periodic_tasks.hpp"
#include "rocketmq/daemon/table_saver.hpp"
#include "rocketmq/remoting/configured_server.hpp"
#include "rocketmq/remoting/daemon_tls.hpp"
#include "rocketmq/remoting/server.hpp"
#include "rocketmq/store/message_store.hpp"
#include "routes.hpp"
#include "schedule/schedule_message_service.hpp"
#include "slave/master_sync.hpp"
#include "stats/broker_stats_manager.hpp"
#include "stats/runtime_figures.hpp"
#include "topics/lost_topics.hpp"
#include "topics/topic_config_manager.hpp"
#include "transaction/transaction_check_service.hpp"

namespace rocketmq::broker {

using namespace std::chrono_literals;

namespace {

/// A broker that reaches no name server serves its clients all the same: the boot line does
/// not wait longer.
constexpr auto first_registration_wait = 50ms;
/// How long each pool may work off what waits for it when the broker stops. Far below what service
/// managers and containers leave (90 s and 10 s): what is left may have come from anyone.
constexpr auto pool_stop_limit = 1'000ms;

/// The periodic task that asks about undecided transactions.
constexpr const char* transaction_round = "undecided transactions";

/// Null where access control is off.
std::unique_ptr<acl::AccessControl> make_access_control(const BrokerConfig& config,
                                                        const Clock& clock) {
  if (!config.acl_enable) return nullptr;
  return std::make_unique<acl::AccessControl>(
      acl::access_paths(config.acl_file, config.rocketmq_home),
      config.broker_cluster_name + "_" + std::string(names::reply_topic_suffix), clock);
}

/// Is there while, and after, the store is a slave's: a master that begins with it knows that what
/// config/ says may be some seconds older than the log.
std::filesystem::path replica_mark(const BrokerSettings& settings) {
  return settings.store.config_path() / "replica";
}

std::filesystem::path table_file(const BrokerSettings& settings, const char* name) {
  return settings.store.config_path() / name;
}

ConsumerFilterManager::Options filter_options(const BrokerSettings& settings) {
  return {.file = table_file(settings, "consumerFilter.json"),
          .clean_time_span_ms = settings.broker.filter_data_clean_time_span_ms,
          .bloom_error_rate_percent = settings.broker.max_error_rate_of_bloom_filter,
          .bloom_consumers = settings.broker.expect_consumer_num_use_filter,
          .filters_max = static_cast<std::size_t>(settings.broker.consumer_filters_max),
          .text_bytes_max = static_cast<std::size_t>(settings.broker.consumer_filter_bytes_max)};
}

/// The budgets of all these tables.
template <class... Tables>
std::vector<const Budget*> budgets_of(const Tables&... tables) {
  std::vector<const Budget*> all;
  const auto join = [&](const auto& table) {
    for (const Budget* budget : table.budgets()) all.push_back(budget);
  };
  (join(tables), ...);
  return all;
}

MessageFilterFactory::Options filter_factory_options(const BrokerSettings& settings) {
  return {.enable_property_filter = settings.broker.enable_property_filter,
          .filter_support_retry = settings.broker.filter_support_retry};
}

remoting::ServerOptions listener_options(const BrokerConfig& config, std::int32_t port,
                                         const char* thread_prefix, store::MessageWriter& writer,
                                         std::shared_ptr<remoting::SharedLimits> shared,
                                         const remoting::DaemonTls& tls) {
  remoting::ServerOptions options = remoting::server_options(config);
  options.limits = std::move(shared);
  tls.serve(options);
  options.port = static_cast<std::uint16_t>(port);
  options.thread_name_prefix = thread_prefix;
  options.make_batch = [&writer](net::BatchReactor& reactor) {
    return std::make_unique<RequestPuts>(writer, reactor);
  };
  return options;
}

}  // namespace

/// The object tree. Members are destroyed in reverse order: what is used by others stands above
/// them.
struct Broker::Impl {
  Impl(BrokerSettings& settings_in, const Clock& clock_in, store::DelayLevels delay_levels_in,
       std::unique_ptr<store::MessageStore> store_in);

  Result<void> load();
  Result<void> start_store();
  Result<void> start();
  void stop();

  void declare_figures();
  void connect();
  void schedule_saving();
  void schedule_housekeeping();
  void schedule_slave_sync();

  BrokerSettings& settings;
  const Clock& clock;
  const store::DelayLevels delay_levels;
  const std::unique_ptr<store::MessageStore> store;
  const std::unique_ptr<acl::AccessControl> access;
  remoting::DaemonTls tls;

  TopicConfigManager topics;
  SubscriptionGroupManager groups;
  ConsumerOffsetManager offsets;
  ConsumerManager consumers;
  ProducerManager producers;
  FilterServers filter_servers;
  ExpressionCache expressions;
  ConsumerFilterManager filters;
  MessageFilterFactory filter_factory;
  RebalanceLockManager locks;
  PullHoldTable held;
  Pools pools;
  ConfigUpdates config_updates;
  BrokerStatsManager stats;
  SlowConsumerGuard slow_consumers;
  RuntimeFigures runtime_figures;
  FigureTable figures;
  SetAside set_aside;
  ScheduleMessageService schedule;
  TransactionCheckService transactions;
  Processors processors;
  remoting::SlowRequests slow_requests{settings.broker.slow_request_threshold_ms};
  remoting::Dispatcher main_routes{clock};
  remoting::Dispatcher fast_routes{clock};
  const std::shared_ptr<remoting::SharedLimits> connection_limits;
  remoting::Server main_server;
  remoting::Server fast_server;
  ha::Replication replication;
  StoreHost store_host;
  BrokerRegistration registration;
  /// Of a slave only.
  std::optional<MasterSync> master_sync;
  TableSaver saver;
  PeriodicTasks housekeeping{"housekeeping"};
  PeriodicTasks delivery{"schedule"};
  PeriodicTasks transaction_checks{"transaction"};
  PeriodicTasks slave_sync{"slave-sync"};
  /// With filterServerNums only.
  std::optional<FilterServerStarter> filter_server_starter;
  /// The last run of a broker on this store did not end cleanly.
  bool was_killed = false;
  bool was_started = false;
  bool stopped = false;
};

Broker::Impl::Impl(BrokerSettings& settings_in, const Clock& clock_in,
                   store::DelayLevels delay_levels_in,
                   std::unique_ptr<store::MessageStore> store_in)
    : settings(settings_in),
      clock(clock_in),
      delay_levels(std::move(delay_levels_in)),
      store(std::move(store_in)),
      access(make_access_control(settings.broker, clock)),
      tls(settings.broker.tls),
      topics(settings.broker, clock, table_file(settings, "topics.json")),
      groups(settings.broker, clock, table_file(settings, "subscriptionGroup.json")),
      offsets(table_file(settings, "consumerOffset.json"),
              static_cast<std::size_t>(settings.broker.consumer_offsets_max)),
      consumers(clock,
                {.memberships_max = static_cast<std::size_t>(settings.broker.client_groups_max),
                 .subscription_bytes_max =
                     static_cast<std::size_t>(settings.broker.subscription_bytes_max)}),
      producers(clock, static_cast<std::size_t>(settings.broker.client_groups_max)),
      filter_servers(clock),
      filters(filter_options(settings), clock, expressions),
      filter_factory(filter_factory_options(settings), expressions, filters),
      locks(clock, static_cast<std::size_t>(settings.broker.queue_locks_max)),
      held(clock, *store,
           static_cast<std::size_t>(settings.broker.pull_thread_pool_queue_capacity)),
      pools{.read{"read", static_cast<std::size_t>(settings.broker.query_message_thread_pool_nums),
                  static_cast<std::size_t>(settings.broker.query_thread_pool_queue_capacity)},
            .admin{
                "admin", static_cast<std::size_t>(settings.broker.admin_broker_thread_pool_nums),
                static_cast<std::size_t>(settings.broker.admin_broker_thread_pool_queue_capacity)}},
      config_updates(settings, clock),
      stats(settings.broker, clock, *store),
      slow_consumers(settings.broker, stats, groups),
      runtime_figures(settings, clock, *store, *store, stats, pools.read),
      set_aside(clock, topics, *store, *store),
      schedule({.clock = clock,
                .levels = delay_levels,
                .topics = topics,
                .reader = *store,
                .writer = *store,
                .set_aside = set_aside,
                .file = table_file(settings, "delayOffset.json")}),
      transactions({.config = settings.broker,
                    .store_config = settings.store,
                    .clock = clock,
                    .topics = topics,
                    .offsets = offsets,
                    .producers = producers,
                    .reader = *store,
                    .writer = *store,
                    .set_aside = set_aside}),
      processors{.send = {settings.broker, clock, delay_levels, topics, groups, *store},
                 .send_back = {settings.broker, delay_levels, topics, groups, *store, *store,
                               set_aside, stats},
                 .send_reply = {settings.broker, clock, producers, processors.send, *store},
                 .end_transaction = {settings.broker, clock, topics, *store, *store, set_aside},
                 .pull = PullMessageProcessor({.config = settings.broker,
                                               .store_config = settings.store,
                                               .clock = clock,
                                               .topics = topics,
                                               .groups = groups,
                                               .consumers = consumers,
                                               .offsets = offsets,
                                               .filters = filter_factory,
                                               .held = held,
                                               .reader = *store,
                                               .writer = *store,
                                               .stats = stats,
                                               .read_pool = pools.read}),
                 .client = ClientManageProcessor({.config = settings.broker,
                                                  .topics = topics,
                                                  .groups = groups,
                                                  .consumers = consumers,
                                                  .producers = producers,
                                                  .filters = filters,
                                                  .filter_factory = filter_factory}),
                 .consumer = {topics, consumers, offsets, locks, *store, clock, pools.read},
                 .query = {settings.broker, *store},
                 .topics = AdminTopicsProcessor({.topics = topics,
                                                 .offsets = offsets,
                                                 .reader = *store,
                                                 .administration = *store,
                                                 .stats = stats,
                                                 .held = held,
                                                 .pool = &pools.admin}),
                 .groups = AdminGroupsProcessor(
                     {.groups = groups, .offsets = offsets, .stats = stats, .pool = &pools.admin}),
                 .admin_offsets = AdminOffsetsProcessor({.config = settings.broker,
                                                         .clock = clock,
                                                         .topics = topics,
                                                         .groups = groups,
                                                         .consumers = consumers,
                                                         .offsets = offsets,
                                                         .store = *store,
                                                         .stats = stats}),
                 .admin_clients = AdminClientsProcessor({.config = settings.broker,
                                                         .clock = clock,
                                                         .consumers = consumers,
                                                         .producers = producers,
                                                         .offsets = offsets,
                                                         .store = *store}),
                 .reset_offset = ResetOffsetProcessor({.config = settings.broker,
                                                       .topics = topics,
                                                       .groups = groups,
                                                       .consumers = consumers,
                                                       .offsets = offsets,
                                                       .store = *store}),
                 .resume_check = {topics, *store, *store},
                 .broker = AdminBrokerProcessor({.config = config_updates,
                                                 .figures = figures,
                                                 .schedule = schedule,
                                                 .stats = stats,
                                                 .consumers = consumers,
                                                 .reader = *store,
                                                 .administration = *store,
                                                 .replication = replication}),
                 .filter_server = {settings.broker, filter_servers},
                 .access = {settings.broker, access.get()}},
      connection_limits(
          std::make_shared<remoting::SharedLimits>(remoting::shared_limits(settings.broker))),
      main_server("broker",
                  listener_options(settings.broker, settings.broker.listen_port, "net", *store,
                                   connection_limits, tls),
                  main_routes),
      fast_server("broker-fast",
                  listener_options(settings.broker, settings.broker.listen_port - 2, "net-fast",
                                   *store, connection_limits, tls),
                  fast_routes),
      replication(settings, clock, *store,
                  [this](ha::HaClient::Answer done) {
                    if (!master_sync) return done({});
                    master_sync->compare_logs(std::move(done));
                  }),
      store_host(settings.broker),
      registration(settings.broker, topics, tls.own_connections()) {
  add_broker_routes(main_routes, Listener::Main, settings, processors, pools);
  add_broker_routes(fast_routes, Listener::Fast, settings, processors, pools);
  if (access != nullptr) {
    main_routes.guard(*access);
    fast_routes.guard(*access);
  }
  main_routes.watch(slow_requests);
  fast_routes.watch(slow_requests);
  declare_figures();
  connect();
  schedule_saving();
  schedule_housekeeping();
  if (settings.store.is_slave()) schedule_slave_sync();
}

/// Every figure of the broker: those of its parts, and what it counts of them here.
void Broker::Impl::declare_figures() {
  const auto count = [this](const Figure& figure, auto size_of) {
    figures.add(figure,
                [size_of]() -> FigureValue { return static_cast<std::int64_t>(size_of()); });
  };
  runtime_figures.add_figures(figures);
  topics.add_figures(figures);
  groups.add_figures(figures);
  schedule.add_figures(figures);
  set_aside.add_figures(figures);
  count({.name = "connectionCount",
         .unit = "connections",
         .help = "connections of listenPort",
         .use = in_state_line},
        [this] { return main_server.connection_count(); });
  count({.name = "fastConnectionCount",
         .unit = "connections",
         .help = "connections of listenPort - 2",
         .use = in_state_line},
        [this] { return fast_server.connection_count(); });
  remoting::add_connection_figures(figures, connection_limits);
  count({.name = "adminThreadPoolQueueSize",
         .unit = "requests",
         .help = "requests that wait for the pool `admin`"},
        [this] { return pools.admin.queue_size(); });
  count({.name = "adminThreadPoolQueueCapacity",
         .unit = "requests",
         .help = "adminBrokerThreadPoolQueueCapacity"},
        [this] { return pools.admin.queue_capacity(); });
  count({.name = "heldPullCount",
         .unit = "pulls",
         .help = "pulls that wait for a message",
         .use = in_state_line},
        [this] { return held.size(); });
  count({.name = "queueLockCount", .unit = "queues", .help = "queues that a consumer has locked"},
        [this] { return locks.size(); });
  count({.name = "filterServerCount",
         .unit = "filter servers",
         .help = "filter servers that have registered",
         .use = in_state_line},
        [this] { return filter_servers.size(); });
  count({.name = "slowRequests",
         .kind = FigureKind::Counter,
         .unit = "requests",
         .help = "requests that took longer than slowRequestThresholdMills",
         .use = in_both},
        [this] { return slow_requests.count(); });
  add_budget_figures(figures,
                     budgets_of(topics, groups, offsets, consumers, producers, locks, filters));
  stats.add_figures(figures);
  replication.add_figures(figures);
}

/// What calls whom, besides the processors.
void Broker::Impl::connect() {
  topics.on_change([this] { registration.register_soon(); });
  registration.on_filter_servers([this] { return filter_servers.addresses(); });
  filter_servers.on_change([this] { registration.register_filter_servers_soon(); });
  config_updates.on_change([this](const ConfigChanges& changes) {
    if (changes.contains("brokerPermission")) topics.touch_all();
    apply_log_levels(settings.log);
    filter_factory.set_options(filter_factory_options(settings));
    filters.set_clean_time_span(
        std::chrono::milliseconds(settings.broker.filter_data_clean_time_span_ms));
    if (changes.contains("transactionCheckInterval") && !settings.store.is_slave())
      transaction_checks.trigger(transaction_round);
  });
  consumers.on_change(
      [this](const std::string& group, const std::vector<remoting::ChannelPtr>& members) {
        if (members.empty()) return filters.unregister_group(group);
        processors.client.notify_members(group, members);
      });
  held.on_wake([this](HeldPull pull) { processors.pull.run_again(std::move(pull)); }, &pools.read);
  store->on_message_arriving(
      [this](const store::MessageArrival& message) { held.arrived(message); });
  const auto forget_channel = [this](const remoting::ChannelPtr& channel) {
    consumers.channel_closed(channel);
    producers.channel_closed(channel);
    held.forget(channel->id());
    filter_servers.channel_closed(channel);
  };
  main_server.on_channel_closed(forget_channel);
  fast_server.on_channel_closed(forget_channel);
}

/// Everything that is saved to config/.
void Broker::Impl::schedule_saving() {
  saver.add(topics.file());
  saver.add(groups.file());
  saver.add(offsets.file(),
            std::chrono::milliseconds(settings.broker.flush_consumer_offset_interval_ms));
  saver.add(schedule.file(),
            std::chrono::milliseconds(settings.broker.flush_delay_offset_interval_ms));
  saver.add(filters.file(), 10s);
}

/// Every periodic job of the broker; none of them waits for a disk.
void Broker::Impl::schedule_housekeeping() {
  housekeeping.every(100ms, 100ms, "held pulls", [this] { held.tick(); });
  housekeeping.every(100ms, 100ms, "registration waits", [this] { topics.tick(); });
  housekeeping.every(60s, 60s, "dead filters", [this] { filters.tick(); });
  housekeeping.every(10s, 10s, "silent clients", [this] {
    consumers.scan_silent_channels();
    producers.scan_silent_channels();
    filter_servers.scan_silent_channels();
  });
  housekeeping.every(60s, 60s, "queue locks", [this] { locks.tick(); });
  if (access != nullptr) {
    housekeeping.every(1s, 1s, "accounts", [this] { access->reload_soon(pools.admin); });
  }
  housekeeping.every(1s, 1s, "certificates", [this] { tls.reload_on(pools.admin); });
  const std::chrono::milliseconds registration_period(
      settings.broker.register_name_server_period_ms);
  housekeeping.every(registration_period, registration_period, "own address",
                     [this] { store_host.tick(); });
  housekeeping.every(RuntimeFigures::sample_period, RuntimeFigures::sample_period, "figures",
                     [this] { runtime_figures.tick(); });
  housekeeping.every(BrokerStatsManager::tick_period, BrokerStatsManager::tick_period, "statistics",
                     [this] { stats.tick(); });
  housekeeping.every(60s, 60s, "log of statistics", [this] { stats.log_minute(); });
  housekeeping.every(SlowConsumerGuard::tick_period, SlowConsumerGuard::tick_period,
                     "slow consumers", [this] { slow_consumers.tick(); });
  if (!settings.store.is_slave()) {
    delivery.when_due(1s, ScheduleMessageService::tick_period, "delayed messages",
                      [this] { return schedule.tick(); });
    constexpr std::chrono::milliseconds interval_max = 24h;
    const auto interval = [this, interval_max] {
      return std::min(std::chrono::milliseconds(settings.broker.transaction_check_interval_ms),
                      interval_max);
    };
    transaction_checks.when_due(interval(), interval_max, transaction_round, [this, interval] {
      transactions.round();
      return interval();
    });
  }
}

/// What a slave does to stay like its master.
void Broker::Impl::schedule_slave_sync() {
  master_sync.emplace(MasterSync::Parts{.config = settings.broker,
                                        .reader = *store,
                                        .administration = *store,
                                        .topics = topics,
                                        .groups = groups,
                                        .offsets = offsets,
                                        .schedule = schedule,
                                        .tls = tls.own_connections()});
  registration.on_master([this](const BrokerRegistration::Master& master) {
    master_sync->set_master(master);
    replication.set_master_ha_address(master.ha_address);
  });
  slave_sync.every(MasterSync::first_sync, MasterSync::sync_period, "tables of the master",
                   [this] { master_sync->sync(); });
}

Result<void> Broker::Impl::load() {
  const auto damaged =
      settings.broker.start_with_damaged_tables ? DamagedTable::SetAside : DamagedTable::Refuse;
  if (access != nullptr) {
    if (auto loaded = access->load(); !loaded) return loaded;
  }
  if (auto loaded = tls.load(); !loaded) return loaded;
  if (auto loaded = topics.load(damaged); !loaded) return loaded;
  if (auto loaded = groups.load(damaged); !loaded) return loaded;
  if (auto loaded = offsets.load(damaged); !loaded) return loaded;
  if (auto loaded = filters.load(damaged); !loaded) return loaded;
  if (auto loaded = schedule.load(damaged); !loaded) return loaded;
  if (auto made = topics.create_system_topics(); !made) return made;
  return groups.create_system_groups();
}

Result<void> Broker::Impl::start_store() {
  if (auto started = store->start(settings.store.broker_role); !started) return started;
  const bool is_promoted = settings.store.was_replica && !settings.store.is_slave();
  if (is_promoted) {
    spdlog::warn("the store was a slave's; it is a master's from now on, from offset {} of the log",
                 store->max_physical_offset());
  }
  if (was_killed || is_promoted) {
    schedule.expect_losses();
    processors.end_transaction.expect_losses();
  }
  if (was_killed || is_promoted || !topics.was_loaded()) return restore_lost_topics(*store, topics);
  return {};
}

Result<void> Broker::Impl::start() {
  stats.tick();  // counting begins before the first message
  if (auto started = main_server.start(); !started) return started;
  if (auto started = fast_server.start(); !started) return started;
  if (auto started = replication.start(settings.store.broker_role); !started) return started;
  saver.start();
  housekeeping.start();
  delivery.start();
  transaction_checks.start();
  if (master_sync) slave_sync.start();
  if (settings.broker.filter_server_nums > 0) {
    filter_server_starter.emplace(settings.broker, clock);
    filter_server_starter->start();
  }
  registration.start();
  registration.wait_for_first(first_registration_wait);
  was_started = true;
  return {};
}

void Broker::Impl::stop() {
  if (std::exchange(stopped, true)) return;
  if (filter_server_starter) filter_server_starter->stop();
  registration.stop();
  if (master_sync) master_sync->stop();
  slave_sync.stop();
  fast_server.stop();
  main_server.stop();
  held.close();
  pools.read.stop(pool_stop_limit);
  pools.admin.stop(pool_stop_limit);
  delivery.stop();
  transactions.stop();
  transaction_checks.stop();
  housekeeping.stop();
  saver.stop();  // saves what is unsaved
  replication.stop();
  store->shutdown();
  // After a kill it is there again, and does no harm.
  std::error_code missing;
  if (was_started && !settings.store.is_slave())
    std::filesystem::remove(replica_mark(settings), missing);
}

Broker::Broker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Broker::~Broker() { stop(); }

std::unique_ptr<Broker> Broker::open(BrokerSettings& settings, const Clock& clock, Refusal& refusal,
                                     store::FileSystem* file_system) {
  auto delay_levels = store::DelayLevels::parse(settings.store.message_delay_level);
  if (!delay_levels) {
    refusal = {Failure::Initialise, delay_levels.error().remark};
    return nullptr;
  }
  // Only a hint, read before the store is locked: open() makes the file again.
  std::error_code unknown;
  const bool was_killed =
      std::filesystem::exists(settings.store.store_path_root_dir / "abort", unknown);
  settings.store.was_replica = std::filesystem::exists(replica_mark(settings), unknown);
  auto store = store::MessageStore::open(settings.store, clock, file_system);
  if (!store) {
    const bool is_locked = store.error().remark.find("Lock failed") != std::string::npos;
    refusal = {is_locked ? Failure::StoreLocked : Failure::Initialise, store.error().remark};
    return nullptr;
  }
  if (settings.store.is_slave() && !settings.store.was_replica) {
    if (const auto marked = write_file_atomically(replica_mark(settings), ""); !marked)
      spdlog::error("{}", marked.error().remark);
  }
  auto impl = std::make_unique<Impl>(settings, clock, *std::move(delay_levels), *std::move(store));
  if (auto loaded = impl->load(); !loaded) {
    refusal = {Failure::Initialise, loaded.error().remark};
    return nullptr;
  }
  impl->was_killed = was_killed;
  return std::unique_ptr<Broker>(new Broker(std::move(impl)));
}

bool Broker::start(Refusal& refusal) {
  if (const auto started = impl_->start_store(); !started) {
    refusal = {Failure::Initialise, started.error().remark};
  } else if (const auto serving = impl_->start(); !serving) {
    refusal = {Failure::Start, serving.error().remark};
  } else {
    return true;
  }
  stop();
  return false;
}

void Broker::stop() { impl_->stop(); }

const FigureTable& Broker::figures() const { return impl_->figures; }

}  // namespace rocketmq::broker
