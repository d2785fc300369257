#include "rocketmq/broker/broker_config.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <thread>

#include "config/keys_of_other_releases.hpp"
#include "limits.hpp"
#include "rocketmq/access/credentials.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/exposure.hpp"
#include "rocketmq/common/home.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/properties_file.hpp"
#include "rocketmq/common/published_address.hpp"

namespace rocketmq::broker {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// The files of the log, named as operators know them (spec/config.md §7).
std::vector<SubjectLog> log_subjects() {
  return {{.subject = LogSubject::Store, .file = "store", .error_file = "storeerror"},
          {.subject = LogSubject::Remoting, .file = "remoting"},
          {.subject = LogSubject::Replication, .file = "ha"},
          {.subject = LogSubject::Transaction, .file = "transaction"},
          {.subject = LogSubject::Filter, .file = "filter"},
          {.subject = LogSubject::Protection, .file = "protection"},
          {.subject = LogSubject::Statistics, .file = "stats", .files_max = 5},
          {.subject = LogSubject::SlowRequests, .file = "slow"}};
}

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "DEFAULT_BROKER";
  return name.data();
}

/// Broker and cluster names may be host names, with dots; they travel in lists that blanks and
/// slashes would break.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name.size() <= name_bytes_max &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return c > ' ' && c < 0x7F && c != '/' && c != ';' && c != '@';
         });
}

/// An address "host:port"; IPv6 hosts are bracketed.
std::string join(const std::string& host, std::int32_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

void add_identity_keys(ConfigTable& table, BrokerConfig& config) {
  table.add_path("rocketmqHome", config.rocketmq_home,
                 "installation root; found from the program when unset");
  table.add("namesrvAddr", config.namesrv_addr, "ip:port;ip:port", "name servers").important = true;
  table
      .add("brokerIP1", config.broker_ip1, "ip or host name",
           "address published to clients; they resolve a name themselves")
      .important = true;
  table.add("brokerIP2", config.broker_ip2, "ip or host name", "address published to slaves");
  table.add("brokerName", config.broker_name, "text", "name shared by a master and its slaves")
      .important = true;
  table.add("brokerClusterName", config.broker_cluster_name, "text", "cluster it registers into")
      .important = true;
  if (table.find("brokerId") == nullptr) {
    table.add("brokerId", config.broker_id, "id", "0 master, above 0 slave").important = true;
  }
  table.add("configBlackList", config.config_black_list, "keys separated by ;",
            "keys that no remote request may change, besides paths and addresses");
  table.add("brokerPermission", config.broker_permission, "bits", "2 write, 4 read, 6 both", 0, 7);
}

void add_network_keys(ConfigTable& table, BrokerConfig& config) {
  add_server_keys(
      table, config,
      {.meaning = "port of clients; -2 is the fast port, +1 replication", .min = 3, .max = 65'534});
  table.add("connectTimeoutMillis", config.connect_timeout_ms, "ms",
            "limit for connecting to a name server", 1);
  table.add("queryMessageThreadPoolNums", config.query_message_thread_pool_nums, "threads",
            "threads of queries and cold reads", 1, 256);
  table.add("queryThreadPoolQueueCapacity", config.query_thread_pool_queue_capacity, "count",
            "requests that wait for them; more are refused", 1);
  table.add("adminBrokerThreadPoolNums", config.admin_broker_thread_pool_nums, "threads",
            "threads of admin requests", 1, 256);
  table.add("adminBrokerThreadPoolQueueCapacity", config.admin_broker_thread_pool_queue_capacity,
            "count", "requests that wait for them; more are refused", 1);
  add_access_keys(table, config);
  table.add("pullThreadPoolQueueCapacity", config.pull_thread_pool_queue_capacity, "count",
            "pulls that may be held at one time", 1,
            static_cast<std::int32_t>(limits::held_pulls_max));
  table.add("sendThreadPoolQueueCapacity", config.send_thread_pool_queue_capacity, "count",
            "reported to tools only: sends wait in no queue", 1);
  table.add("filterServerNums", config.filter_server_nums, "count",
            "filter servers that the broker starts and keeps running: the mqfiltersrv beside its "
            "own program",
            0, 64);
  table.add_path("filterServerConfigPath", config.filter_server_config_path,
                 "configuration file that they are given with -c; empty is none");
  table.add("filterServerWhiteList", config.filter_server_white_list,
            "addresses that may register as filter servers, to which consumers are then sent; "
            "empty is none");
}

/// What clients may have the broker keep. Of each, one address may hold as much as is left for all
/// others.
void add_limit_keys(ConfigTable& table, BrokerConfig& config) {
  table.add("topicsMax", config.topics_max, "count", "topics", 1, limits::topics_max);
  table.add("subscriptionGroupsMax", config.subscription_groups_max, "count", "consumer groups", 1,
            limits::subscription_groups_max);
  table.add("consumerOffsetsMax", config.consumer_offsets_max, "count",
            "offsets that groups have committed: topic, group, queue", 1,
            limits::consumer_offsets_max);
  table.add("clientGroupsMax", config.client_groups_max, "count",
            "memberships of connections in producer groups, and as many in consumer groups", 1,
            limits::memberships_max);
  table.add("subscriptionBytesMax", config.subscription_bytes_max, "bytes",
            "memory of what consumer groups subscribe to", 65'536);
  table.add("queueLocksMax", config.queue_locks_max, "count", "queues that consumers have locked",
            1, limits::queue_locks_max);
  table.add("consumerFiltersMax", config.consumer_filters_max, "count",
            "filter expressions that are kept for consumer groups", 1, 1'000'000);
  table.add("consumerFilterBytesMax", config.consumer_filter_bytes_max, "bytes",
            "length of all of them together", 1'024);
}

void add_topic_keys(ConfigTable& table, BrokerConfig& config) {
  table.add("defaultTopicQueueNums", config.default_topic_queue_nums, "count",
            "queues of TBW102; topics made on their first send have no more", 1,
            limits::queues_per_topic_max);
  table
      .add("autoCreateTopicEnable", config.auto_create_topic_enable, "bool",
           "make unknown topics on their first send")
      .important = true;
  table.add(
      "autoCreateTopicsMax", config.auto_create_topics_max, "count",
      "topics of the broker, but those of groups, from which on a stranger's send makes none, half "
      "of the free ones for one address; strangers are all but those who may change something",
      0, static_cast<std::int32_t>(limits::topics_max));
  table.add("autoCreateTopicsPerMinute", config.auto_create_topics_per_minute, "count",
            "topics that strangers' sends may make in a minute, a quarter of them of one address",
            0, static_cast<std::int32_t>(limits::topics_max));
  table.add("clusterTopicEnable", config.cluster_topic_enable, "bool",
            "the topic named like the cluster is open");
  table.add("brokerTopicEnable", config.broker_topic_enable, "bool",
            "the topic named like the broker is open");
  table
      .add("autoCreateSubscriptionGroup", config.auto_create_subscription_group, "bool",
           "make unknown consumer groups when they first appear")
      .important = true;
  table.add("msgTraceTopicName", config.msg_trace_topic_name, "text", "name of the trace topic")
      .important = true;
  table
      .add("traceTopicEnable", config.trace_topic_enable, "bool",
           "make the trace topic on this broker")
      .important = true;
}

void add_message_keys(ConfigTable& table, BrokerConfig& config) {
  table.add("startAcceptSendRequestTimeStamp", config.start_accept_send_request_time_stamp_ms, "ms",
            "sends before this wall-clock time are refused", 0);
  table
      .add("rejectTransactionMessage", config.reject_transaction_message, "bool",
           "refuse transactional sends")
      .important = true;
  table.add("transactionTimeOut", config.transaction_time_out_ms, "ms",
            "age from which on the producer of an undecided message is asked", 0);
  table.add("transactionCheckInterval", config.transaction_check_interval_ms, "ms",
            "how often undecided messages are looked for", 1);
  table.add("transactionCheckMax", config.transaction_check_max, "count",
            "questions after which an undecided message is given up", 1);
  table.add("regionId", config.region_id, "text", "MSG_REGION of every response to a send");
  table.add("traceOn", config.trace_on, "bool", "TRACE_ON of every response to a send");
  table.add("storeReplyMessageEnable", config.store_reply_message_enable, "bool",
            "keep replies to requests in the reply topic as well");
  table.add("longPollingEnable", config.long_polling_enable, "bool",
            "hold pulls that find nothing");
  table.add("shortPollingTimeMills", config.short_polling_time_ms, "ms",
            "hold time when longPollingEnable is off", 0);
  table.add("slaveReadEnable", config.slave_read_enable, "bool",
            "send consumers that are far behind to a slave");
  table.add("notifyConsumerIdsChangedEnable", config.notify_consumer_ids_changed_enable, "bool",
            "tell consumers when a member of their group comes or goes");
  table.add("startWithDamagedTables", config.start_with_damaged_tables, "bool",
            "begin without a table that is damaged, as its .bak is; else that refuses the start");
  table.add("flushConsumerOffsetInterval", config.flush_consumer_offset_interval_ms, "ms",
            "how often consumerOffset.json is saved", 1);
  table.add("flushDelayOffsetInterval", config.flush_delay_offset_interval_ms, "ms",
            "how often delayOffset.json is saved", 1);
  table.add("defaultQueryMaxNum", config.default_query_max_num, "count",
            "most messages found by a unique key", 1, 1'024);
  table.add("registerNameServerPeriod", config.register_name_server_period_ms, "ms",
            "how often the broker registers; kept within 10000..60000", 1);
  table.add("registerBrokerTimeoutMills", config.register_broker_timeout_ms, "ms",
            "limit for one registration; replies wait at most 2 s for one that makes a new topic "
            "known",
            1);
  table.add("compressedRegister", config.compressed_register, "bool",
            "send registrations as one zlib stream, without topicSysFlag and order");
}

void add_wait_keys(ConfigTable& table, BrokerConfig& config) {
  table
      .add("brokerFastFailureEnable", config.broker_fast_failure_enable, "bool",
           "refuse requests that have waited longer than the following keys allow")
      .important = true;
  table
      .add("waitTimeMillsInSendQueue", config.wait_time_in_send_queue_ms, "ms",
           "longest wait of a send, or of a message sent back, until it is handled", 1)
      .important = true;
  table.add("waitTimeMillsInPullQueue", config.wait_time_in_pull_queue_ms, "ms",
            "longest wait of a pull, also for a thread that reads from disk", 1);
  table.add("waitTimeMillsInHeartbeatQueue", config.wait_time_in_heartbeat_queue_ms, "ms",
            "longest wait of a heartbeat", 1);
  table.add("waitTimeMillsInTransactionQueue", config.wait_time_in_transaction_queue_ms, "ms",
            "longest wait of the end of a transaction", 1);
  add_slow_request_key(table, config);
}

void add_statistics_keys(ConfigTable& table, BrokerConfig& config) {
  table.add("enableDetailStat", config.enable_detail_stat, "bool",
            "statistics of single queues, besides those of topics and groups");
  table.add("diskFallRecorded", config.disk_fall_recorded, "bool",
            "statistics of how far groups fall behind");
  table.add("disableConsumeIfConsumerReadSlowly", config.disable_consume_if_consumer_read_slowly,
            "bool",
            "every 3 min, take the permission to consume from groups that fall too far behind; "
            "needs diskFallRecorded");
  table.add("consumerFallbehindThreshold", config.consumer_fallbehind_threshold_bytes, "bytes",
            "how far that is: from what a group reads to the end of the log", 0);
}

void add_filter_keys(ConfigTable& table, BrokerConfig& config) {
  table
      .add("enablePropertyFilter", config.enable_property_filter, "bool",
           "take SQL92 expressions as subscriptions; without it, only tags")
      .important = true;
  table.add("filterSupportRetry", config.filter_support_retry, "bool",
            "filter retried messages by their group's expression as well");
  table.add("filterDataCleanTimeSpan", config.filter_data_clean_time_span_ms, "ms",
            "how long the expression of a group without members is kept", 1);
  table.add("maxErrorRateOfBloomFilter", config.max_error_rate_of_bloom_filter, "%",
            "what the bit positions in consumerFilter.json are computed for", 1, 99);
  table.add("expectConsumerNumUseFilter", config.expect_consumer_num_use_filter, "count",
            "groups with an expression on one topic that the positions are computed for", 1, 1'024);
}

/// A switch of other releases that promises protection or redundancy: taken while it is off,
/// refused while it is on, because a broker that quietly did without would be worse than one that
/// does not start.
void add_refused_switch(ConfigTable& table, std::string name, std::string what) {
  ConfigKey key;
  key.name = std::move(name);
  key.unit = "bool";
  key.meaning = what + " is not offered; only false is taken";
  key.print = [] { return std::string("false"); };
  key.parse = [what](std::string_view text) -> Result<void> {
    if (text == "false" || text == "FALSE" || text == "False") return {};
    return Error{ResponseCode::SystemError,
                 what + " is not offered by this broker; only false is taken"};
  };
  table.add(std::move(key));
}

}  // namespace

std::string BrokerConfig::address() const { return join(broker_ip1, listen_port); }

std::string BrokerConfig::ha_address() const { return join(broker_ip2, ha_listen_port); }

std::function<void(remoting::RemotingCommand& request)> signing(const BrokerConfig& config) {
  if (config.credentials == nullptr) return nullptr;
  return [credentials = config.credentials](remoting::RemotingCommand& request) {
    credentials->sign(request);
  };
}

BrokerSettings::BrokerSettings() : log{.name = "broker", .subjects = log_subjects()} {
  broker.rocketmq_home = installation_root().string();
  broker.namesrv_addr = environment("NAMESRV_ADDR");
  broker.broker_ip1 = broker.broker_ip2 = broker.bind_address;
  broker.broker_name = host_name();
  const auto cores =
      static_cast<std::int32_t>(std::clamp(std::thread::hardware_concurrency(), 1U, 8U));
  broker.server_selector_threads = cores;
  store.store_path_root_dir = home_directory() / "store";

  // Consumers go where a filter server says: strangers are not to say it.
  broker.filter_server_white_list = loopback_addresses();

  add_identity_keys(table, broker);
  add_network_keys(table, broker);
  add_limit_keys(table, broker);
  add_topic_keys(table, broker);
  add_message_keys(table, broker);
  add_wait_keys(table, broker);
  add_statistics_keys(table, broker);
  add_filter_keys(table, broker);
  store::add_store_keys(table, store);
  add_log_keys(table, log);
  add_metrics_keys(table, metrics);
  add_acl_keys(table, broker);
  table.add_path("aclCredentialsFile", broker.acl_credentials_file,
                 "file like conf/tools.yml, with the account that requests to name servers and to "
                 "the master are signed for; empty: they are not signed");
  add_refused_switch(table, "enableDLegerCommitLog", "a CommitLog replicated by Raft");
  add_refused_switch(table, "enableControllerMode", "controller mode");
  add_tls_switch(table, broker.tls, "useTLS");
  table.accept_silently(keys_of_other_releases());
}

Result<void> BrokerSettings::configure(const DaemonOptions& options,
                                       const std::function<void(std::string)>& warn) {
  std::vector<Property> properties;
  if (options.config_file) {
    file = *options.config_file;
    auto loaded = load_properties(file);
    if (!loaded) return loaded.error();
    properties = *std::move(loaded);
    if (auto applied = table.apply(properties, *options.config_file, warn); !applied)
      return applied;
  }
  if (options.namesrv_addr) broker.namesrv_addr = *options.namesrv_addr;
  settle_exposure(properties);
  return apply_tls_file(broker.tls, warn);
}

void BrokerSettings::settle_exposure(const std::vector<Property>& properties) {
  const auto ip1 = value_of(properties, "brokerIP1");
  const auto ip2 = value_of(properties, "brokerIP2");
  settle_bind_address(broker, value_of(properties, "bindAddress"),
                      {{"brokerIP1", ip1},
                       {"brokerIP2", ip2},
                       {"namesrvAddr", broker.namesrv_addr},
                       {"haMasterAddress", value_of(properties, "haMasterAddress")}});
  settle_administrators(broker);
  if (ip1.empty()) broker.broker_ip1 = address_to_publish(broker.bind_address);
  if (ip2.empty()) broker.broker_ip2 = address_to_publish(broker.bind_address);
}

Result<void> BrokerSettings::finish() {
  const auto refuse = [](std::string reason) {
    return Error{ResponseCode::SystemError, std::move(reason)};
  };
  if (!broker.namesrv_addr.empty() && !parse_address_list(broker.namesrv_addr)) {
    return refuse("The Name Server Address[" + broker.namesrv_addr +
                  "] illegal, please set it as follows, \"127.0.0.1:9876;192.168.0.1:9876\"");
  }
  if (store.broker_role != store::BrokerRole::Slave) {
    broker.broker_id = 0;
  } else if (broker.broker_id <= 0) {
    return refuse("Slave's brokerId must be > 0");
  }
  store.broker_id = broker.broker_id;
  if (store.ha_listen_port == 0) store.ha_listen_port = broker.listen_port + 1;
  if (store.ha_listen_port == broker.listen_port ||
      store.ha_listen_port == broker.listen_port - 2) {
    return refuse("haListenPort is listenPort or listenPort - 2: clients are served there");
  }
  broker.ha_listen_port = store.ha_listen_port;
  auto host = resolve_host(broker.broker_ip1, broker.listen_port);
  if (!host) return refuse("brokerIP1: " + host.error().remark);
  broker.store_host = *host;
  if (!Endpoint::from_ip(broker.broker_ip2, 0) && !is_host_name(broker.broker_ip2)) {
    return refuse("brokerIP2: '" + broker.broker_ip2 + "' is neither an address nor a host name");
  }
  for (const auto& [key, name] : {std::pair{"brokerName", &broker.broker_name},
                                  std::pair{"brokerClusterName", &broker.broker_cluster_name}}) {
    if (!is_plain_name(*name)) {
      return refuse(std::string(key) +
                    " must be 1 to 127 printable characters without blanks and slashes, not \"" +
                    *name + "\"");
    }
  }
  if (auto checked = check_name("msgTraceTopicName", broker.msg_trace_topic_name); !checked)
    return checked.error();
  if (!broker.acl_credentials_file.empty()) {
    auto credentials = acl::read_own_credentials(broker.acl_credentials_file);
    if (!credentials) return refuse("aclCredentialsFile: " + credentials.error().remark);
    broker.credentials = *std::move(credentials);
  }
  return {};
}

std::vector<std::string> BrokerSettings::cautions() const {
  if (store.broker_role == store::BrokerRole::SyncMaster && store.in_sync_replicas == 1) {
    return {
        "brokerRole=SYNC_MASTER with inSyncReplicas=1: sends wait for no slave, as those of an "
        "ASYNC_MASTER"};
  }
  return {};
}

}  // namespace rocketmq::broker
