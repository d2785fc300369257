#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "rocketmq/common/address_list.hpp"
#include "rocketmq/common/config_table.hpp"
#include "rocketmq/common/live.hpp"
#include "rocketmq/common/live_endpoint.hpp"
#include "rocketmq/common/logging.hpp"
#include "rocketmq/common/properties_file.hpp"
#include "rocketmq/common/server_config.hpp"
#include "rocketmq/daemon/metrics.hpp"
#include "rocketmq/daemon/options.hpp"
#include "rocketmq/store/store_config.hpp"

namespace rocketmq::remoting {
class RequestCredentials;
struct RemotingCommand;
}  // namespace rocketmq::remoting

namespace rocketmq::broker {

/// The broker's own configuration; member names are the keys' names, in our spelling
/// (docs/configuration.md). Filled before the broker starts; live members may change afterwards,
/// the others do not.
struct BrokerConfig : ServerConfig {
  BrokerConfig() { listen_port = 10'911; }

  std::string rocketmq_home;
  /// "ip:port;ip:port"; empty: the broker registers nowhere.
  std::string namesrv_addr;
  /// Published to clients: an address, or a host name, which clients resolve themselves.
  std::string broker_ip1;
  /// Published to slaves: an address or a host name.
  std::string broker_ip2;
  /// What brokerIP1 stands for, with the port: the store host of messages. Not a key; finish() sets
  /// it, and it follows a name whose address changes.
  LiveEndpoint store_host = Endpoint::v4(127, 0, 0, 1, 10'911);
  /// Of StoreConfig, once it is known; not a key here.
  std::int32_t ha_listen_port = 10'912;
  std::string broker_name;
  std::string broker_cluster_name = "DefaultCluster";
  std::int64_t broker_id = 0;
  /// Only a slave has an id above 0, after finish().
  bool is_slave() const { return broker_id != 0; }
  Live<std::int32_t> broker_permission = 6;

  std::int32_t connect_timeout_ms = 3'000;
  std::int32_t query_message_thread_pool_nums = 2;
  std::int32_t query_thread_pool_queue_capacity = 20'000;
  std::int32_t admin_broker_thread_pool_nums = 2;
  std::int32_t admin_broker_thread_pool_queue_capacity = 10'000;
  std::int32_t pull_thread_pool_queue_capacity = 100'000;
  std::int32_t send_thread_pool_queue_capacity = 10'000;
  std::int32_t filter_server_nums = 0;
  std::filesystem::path filter_server_config_path;
  /// The account that the broker signs its own requests for; empty: it signs none.
  std::filesystem::path acl_credentials_file;
  /// What that file has. Not a key; finish() reads it.
  std::shared_ptr<const remoting::RequestCredentials> credentials;
  /// Who may register as a filter server.
  AddressList filter_server_white_list;

  // What clients may have the broker keep; each is a Budget.
  std::int32_t topics_max = 200'000;
  std::int32_t subscription_groups_max = 200'000;
  std::int32_t consumer_offsets_max = 4'000'000;
  std::int32_t client_groups_max = 1'000'000;
  std::int64_t subscription_bytes_max = 268'435'456;
  std::int32_t queue_locks_max = 1'000'000;
  std::int32_t consumer_filters_max = 50'000;
  std::int32_t consumer_filter_bytes_max = 16'777'216;

  std::int32_t default_topic_queue_nums = 8;
  Live<bool> auto_create_topic_enable = true;
  /// Of senders that may not make topics by request.
  Live<std::int32_t> auto_create_topics_max = 10'000;
  Live<std::int32_t> auto_create_topics_per_minute = 600;
  bool cluster_topic_enable = true;
  bool broker_topic_enable = true;
  Live<bool> auto_create_subscription_group = true;
  bool trace_topic_enable = false;
  std::string msg_trace_topic_name = "RMQ_SYS_TRACE_TOPIC";

  Live<std::int64_t> start_accept_send_request_time_stamp_ms = 0;
  Live<bool> reject_transaction_message = false;
  /// How long after its birth a half message is left alone before its producer is asked.
  Live<std::int64_t> transaction_time_out_ms = 6'000;
  Live<std::int64_t> transaction_check_interval_ms = 60'000;
  /// Questions after which a half message is abandoned.
  Live<std::int32_t> transaction_check_max = 15;
  std::string config_black_list = "configBlackList;brokerConfigPath";
  std::string region_id = "DefaultRegion";
  Live<bool> trace_on = true;

  /// Replies to requests are kept as messages as well.
  Live<bool> store_reply_message_enable = true;

  /// Requests that have waited too long are refused.
  Live<bool> broker_fast_failure_enable = true;
  Live<std::int64_t> wait_time_in_send_queue_ms = 200;
  Live<std::int64_t> wait_time_in_pull_queue_ms = 5'000;
  Live<std::int64_t> wait_time_in_heartbeat_queue_ms = 31'000;
  Live<std::int64_t> wait_time_in_transaction_queue_ms = 3'000;

  /// Statistics of single queues.
  Live<bool> enable_detail_stat = true;
  /// How far groups fall behind is noted at each of their reads.
  Live<bool> disk_fall_recorded = true;
  /// Groups that fall further behind than this lose their permission to consume.
  Live<bool> disable_consume_if_consumer_read_slowly = false;
  Live<std::int64_t> consumer_fallbehind_threshold_bytes = 17'179'869'184;

  Live<bool> long_polling_enable = true;
  Live<std::int64_t> short_polling_time_ms = 1'000;
  Live<bool> slave_read_enable = false;
  Live<bool> notify_consumer_ids_changed_enable = true;
  /// SQL92 expressions are taken; without it, only tags.
  Live<bool> enable_property_filter = false;
  /// Retried messages are filtered by what their group wants of the topic they come from.
  Live<bool> filter_support_retry = false;
  Live<std::int64_t> filter_data_clean_time_span_ms = 86'400'000;
  std::int32_t max_error_rate_of_bloom_filter = 20;
  std::int32_t expect_consumer_num_use_filter = 32;
  /// A table of config/ that cannot be used, and whose .bak cannot either, begins empty.
  bool start_with_damaged_tables = false;
  std::int32_t flush_consumer_offset_interval_ms = 5'000;
  std::int64_t flush_delay_offset_interval_ms = 10'000;
  Live<std::int32_t> default_query_max_num = 32;

  std::int32_t register_name_server_period_ms = 30'000;
  Live<std::int32_t> register_broker_timeout_ms = 6'000;
  /// Registrations are sent as one zlib stream.
  Live<bool> compressed_register = false;

  /// "ip:port" under which clients reach this broker.
  std::string address() const;
  /// "ip:port" under which slaves reach this broker.
  std::string ha_address() const;
};

/// What signs the broker's own requests to name servers and to its master; null without
/// credentials.
std::function<void(remoting::RemotingCommand& request)> signing(const BrokerConfig& config);

/// Everything that configures one mqbroker, and the table of its keys. Neither copied nor moved,
/// because the table is bound to the members.
struct BrokerSettings {
  BrokerConfig broker;
  store::StoreConfig store;
  LogOptions log;
  MetricsConfig metrics;
  ConfigTable table;
  /// Where updates would be written; the file of `-c`, if there was one.
  std::filesystem::path file;

  /// Binds every key, with the defaults of this machine: its address, its host name, its
  /// environment.
  BrokerSettings();
  BrokerSettings(const BrokerSettings&) = delete;
  BrokerSettings& operator=(const BrokerSettings&) = delete;

  /// Reads the file of -c, then -n, which wins. `warn` gets a text for each unknown key. Error: the
  /// file cannot be read, or has a malformed value (file, line, key, reason).
  Result<void> configure(const DaemonOptions& options,
                         const std::function<void(std::string)>& warn);

  /// Checks what no single key can be checked for, and forces what the role dictates
  /// (spec/config.md §2.2): id 0 for a master, an id above 0 for a slave, the form of namesrvAddr,
  /// the ports beside listenPort. Reads the account of aclCredentialsFile. Resolves brokerIP1 when
  /// it is a host name, which may take seconds.
  Result<void> finish();

  /// What the operator should know before relying on this configuration, one line each; after
  /// finish().
  std::vector<std::string> cautions() const;

 private:
  /// Where the broker listens, what it publishes and who may change something, where `properties`,
  /// those of the file, do not say it.
  void settle_exposure(const std::vector<Property>& properties);
};

}  // namespace rocketmq::broker
