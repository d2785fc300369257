#include "rocketmq/namesrv/namesrv_settings.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

#include "rocketmq/common/config_update.hpp"
#include "rocketmq/common/exposure.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::namesrv {
namespace {

/// Keys that published name servers know and this one has no use for; files that carry them must
/// keep working, without a warning each.
std::vector<std::string> keys_of_other_releases() {
  return {// Java's network layer, server and client side
          "serverCallbackExecutorThreads", "serverOnewaySemaphoreValue",
          "serverAsyncSemaphoreValue", "serverPooledByteBufAllocatorEnable",
          "useEpollNativeSelector", "writeBufferLowWaterMark", "serverNettyWorkerGroupEnable",
          "enableShutdownGracefully", "shutdownWaitTimeSeconds", "clientWorkerThreads",
          "clientCallbackExecutorThreads", "clientOnewaySemaphoreValue",
          "clientAsyncSemaphoreValue", "connectTimeoutMillis", "channelNotActiveInterval",
          "clientChannelMaxIdleTimeSeconds", "clientSocketSndBufSize", "clientSocketRcvBufSize",
          "clientPooledByteBufAllocatorEnable", "clientCloseSocketIfTimeout", "useTLS",
          // 5.x
          "returnOrderTopicConfigToBroker", "clientRequestThreadPoolNums", "defaultThreadPoolNums",
          "clientRequestThreadPoolQueueCapacity", "defaultThreadPoolQueueCapacity",
          "scanNotActiveBrokerInterval", "unRegisterBrokerQueueCapacity", "supportActingMaster",
          "enableAllTopicList", "enableTopicList", "notifyMinBrokerIdChanged",
          "enableControllerInNamesrv", "needWaitForService", "waitSecondsForService",
          "deleteTopicWithBrokerRegistration",
          // offered by -n; name servers do not talk to each other
          "namesrvAddr"};
}

/// Never changed by a remote request, whatever configBlackList says: a peer that may write a path
/// may write any file.
constexpr std::array<std::string_view, 4> always_black_listed{"configBlackList", "configStorePath",
                                                              "kvConfigPath", "rocketmqHome"};

void allow_remote_change(ConfigKey& key) {
  key.changeable = Changeable::AtOnce;
  key.remotely_changeable = true;
}

}  // namespace

NamesrvSettings::NamesrvSettings(const std::filesystem::path& home,
                                 const std::filesystem::path& rocketmq_home) {
  config_.rocketmq_home = rocketmq_home.string();
  config_.kv_config_path = (home / "namesrv" / "kvConfig.json").string();
  config_.config_store_path = (home / "namesrv" / "namesrv.properties").string();
  bind_keys();
}

void NamesrvSettings::bind_keys() {
  NamesrvConfig& c = config_;
  table_.add_path("rocketmqHome", c.rocketmq_home, "root of the installation");
  table_.add_path("kvConfigPath", c.kv_config_path, "file of the KV configuration");
  table_.add_path(
      "configStorePath", c.config_store_path,
      "file to which remote changes are written; the file given with -c when there is one");
  ConfigKey& environment =
      table_.add("productEnvName", c.product_env_name, "", "name of the environment");
  allow_remote_change(environment);
  environment.parse = [&c](std::string_view text) -> Result<void> {
    constexpr std::size_t bytes_max = 255;
    if (text.size() > bytes_max)
      return Error{ResponseCode::SystemError, "expected a name of up to 255 bytes"};
    c.product_env_name = text;
    return {};
  };
  table_.add("clusterTest", c.cluster_test, "",
             "known for the sake of old files; this name server asks no other one");
  allow_remote_change(table_.add("orderMessageEnable", c.order_message_enable, "",
                                 "routes carry the topic's order configuration"));
  table_.add("configBlackList", c.config_black_list, "keys separated by ;",
             "keys that no remote request may change, besides paths and addresses");

  add_server_keys(table_, c, {.meaning = "port to listen on; 0 takes a free one"});
  table_.add("serverWorkerThreads", c.server_worker_threads, "threads",
             "threads for administrative requests", 1, 1'024);
  table_.add("writeBufferHighWaterMark", c.write_buffer_high_water_mark, "bytes",
             "unsent output beyond which a connection is not read from; 0 is 8 MiB", 0);
  add_access_keys(table_, c);
  add_acl_keys(table_, c);
  add_slow_request_key(table_, c);
  add_log_keys(table_, c.log);
  add_metrics_keys(table_, c.metrics);
  table_.accept_silently(keys_of_other_releases());
}

Result<void> NamesrvSettings::configure(const DaemonOptions& options,
                                        const std::function<void(std::string)>& warn) {
  const std::lock_guard lock(mutex_);
  std::vector<Property> properties;
  if (options.config_file) {
    auto loaded = load(*options.config_file, warn);
    if (!loaded) return loaded.error();
    properties = *std::move(loaded);
  }
  const char* const environment = std::getenv("NAMESRV_ADDR");
  settle_bind_address(config_, value_of(properties, "bindAddress"),
                      {{"-n", options.namesrv_addr.value_or("")},
                       {"namesrvAddr", value_of(properties, "namesrvAddr")},
                       {"NAMESRV_ADDR", environment == nullptr ? "" : environment}});
  settle_administrators(config_);
  publish();
  return apply_tls_file(config_.tls, warn);
}

Result<std::vector<Property>> NamesrvSettings::load(const std::filesystem::path& file,
                                                    const std::function<void(std::string)>& warn) {
  auto properties = load_properties(file);
  if (!properties) return properties.error();
  if (auto applied = table_.apply(*properties, file.string(), warn); !applied)
    return applied.error();
  config_.config_store_path = file.string();
  if (config_.cluster_test && warn)
    warn("clusterTest=true has no effect: this name server asks no other one");
  return properties;
}

Result<void> NamesrvSettings::set(std::string_view key, std::string_view value) {
  const std::lock_guard lock(mutex_);
  auto done = table_.set(key, value);
  publish();
  return done;
}

std::string NamesrvSettings::print() const {
  const std::lock_guard lock(mutex_);
  return table_.print();
}

bool NamesrvSettings::knows(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  return table_.find(key) != nullptr || table_.accepts_silently(key);
}

void NamesrvSettings::publish() { order_message_enable_ = config_.order_message_enable; }

Result<void> NamesrvSettings::update(std::string_view properties_text) {
  const std::lock_guard one_at_a_time(update_mutex_);
  std::unique_lock lock(mutex_);
  const auto is_black_listed = [this](std::string_view key) {
    return std::find(always_black_listed.begin(), always_black_listed.end(), key) !=
               always_black_listed.end() ||
           is_in_key_list(config_.config_black_list, key);
  };
  const auto changes = update_config_remotely(table_, properties_text, config_.config_store_path,
                                              is_black_listed, &lock);
  if (!changes) return changes.error();
  for (const auto& [key, change] : *changes) {
    spdlog::info("Replace, key: {}, value: {} -> {}", key, printable(change.before),
                 printable(change.after));
  }
  if (!changes->empty()) apply_log_levels(config_.log);
  publish();
  return {};
}

}  // namespace rocketmq::namesrv
