#include "rocketmq/filtersrv/filter_server_settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <utility>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/exposure.hpp"
#include "rocketmq/common/home.hpp"
#include "rocketmq/common/properties_file.hpp"
#include "rocketmq/common/published_address.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::filtersrv {
namespace {

constexpr std::string_view class_key_prefix = "filterClass.";
/// Of the original filter server; its network layer has them, or what they were for is gone.
std::vector<std::string> keys_of_other_releases() {
  return {"filterClassRepertoryUrl",       "serverWorkerThreads",
          "serverCallbackExecutorThreads", "serverOnewaySemaphoreValue",
          "serverAsyncSemaphoreValue",     "serverPooledByteBufAllocatorEnable",
          "useEpollNativeSelector"};
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool is_number(const std::string& text) {
  constexpr std::size_t digits_max = 3;
  return text.size() <= digits_max && whole_number<std::uint16_t>(text).has_value();
}

void add_keys_of_place(ConfigTable& table, FilterServerConfig& config) {
  table.add_path("rocketmqHome", config.rocketmq_home,
                 "installation root; found from the program when unset");
  table.add("namesrvAddr", config.namesrv_addr, "ip:port;ip:port",
            "taken for the sake of old files: pulls go to the broker that it registers with");
  ConfigKey broker;
  broker.name = "connectWhichBroker";
  broker.unit = "ip:port";
  broker.meaning = "broker that it registers with and pulls from; unset: 127.0.0.1 and listenPort";
  broker.important = true;
  broker.print = [&config] { return config.broker_address(); };
  broker.parse = [&config](std::string_view text) -> Result<void> {
    if (!text.empty() && !parse_host_port(text))
      return Error{ResponseCode::SystemError, "expected ip:port"};
    config.connect_which_broker = text;
    return {};
  };
  table.add(std::move(broker));
  table
      .add("filterServerIP", config.filter_server_ip, "ip",
           "address published to consumers, with the port that it listens on")
      .important = true;
  table.add("filterServerPort", config.filter_server_port, "port",
            "port to listen on; 0 takes a free one", 0, 65'535);
  add_server_keys(
      table, config,
      {.meaning = "port of the broker, not of this server: a broker's file can be given "
                  "to its filter servers",
       .min = 1,
       .max = 65'535});
}

void add_keys_of_messages(ConfigTable& table, FilterServerConfig& config) {
  table.add("compressMsgBodyOverHowmuch", config.compress_msg_body_over_howmuch, "bytes",
            "bodies at least this large that are not compressed are compressed on their way", 1);
  table.add("zipCompressLevel", config.zip_compress_level, "level", "how small, 0 to 9", 0, 9);
  table.add_enum("failedMessages", config.failed_messages,
                 {{"SKIP", FailedMessages::Skip}, {"DELIVER", FailedMessages::Deliver}},
                 "what becomes of a message on which a filter fails; it is counted");
}

void add_keys_of_uploads(ConfigTable& table, FilterServerConfig& config) {
  table
      .add("clientUploadFilterClassEnable", config.client_upload_filter_class_enable, "bool",
           "take filters that consumers upload; without it, only installed ones")
      .important = true;
  table
      .add("filterUploadAllowedAddresses", config.filter_upload_allowed_addresses,
           "addresses that may upload, empty is none; naming an installed filter is open to all")
      .important = true;
  table.add("filterUploadAllowedGroups", config.filter_upload_allowed_groups, "list",
            "groups that may upload, separated by ; empty is all of them");
  table
      .add_path(
          "filterUploadKeys", config.filter_upload_keys,
          "file with the Ed25519 public keys, in PEM, of those whose signed filters are taken; "
          "empty: no signature is needed")
      .important = true;
  table
      .add("filterEngines", config.filter_engines, "list",
           "languages of uploaded filters, separated by ;")
      .important = true;
  table.add("filterUploadBytesMax", config.filter_upload_bytes_max, "bytes",
            "longest text of an uploaded filter", 1, 1'048'576);
  table.add("filterUploadsPerMinute", config.filter_uploads_per_minute, "count",
            "new filters that are compiled in a minute, a quarter of them for one address", 1);
  table.add("filtersMax", config.filters_max, "count",
            "uploaded filters that are held, half of them for one address", 1, 65'536);
  table.add("filterIdleSeconds", config.filter_idle_seconds, "s",
            "a filter without a pull or an upload for so long is forgotten", 1);
}

void add_keys_of_workers(ConfigTable& table, FilterServerConfig& config) {
  table.add("filterWorkersMax", config.filter_workers_max, "count",
            "worker processes for filters of uploaded code and installed libraries", 1, 1'024);
  table.add("filterLibraryWorkers", config.filter_library_workers, "count",
            "workers of an installed library, over which its groups are spread, while half of all "
            "workers is left",
            1, 64);
  table.add("filterWorkersMemoryBytesMax", config.filter_workers_memory_bytes_max, "bytes",
            "memory that all of them may use", 16'777'216);
  table.add("filterWorkerMemoryBytes", config.filter_worker_memory_bytes, "bytes",
            "memory that one of them may use", 16'777'216);
  table.add("filterMessageDeadlineMillis", config.filter_message_deadline_ms, "ms",
            "longest time for one message", 1);
  table.add("filterBatchDeadlineMillis", config.filter_batch_deadline_ms, "ms",
            "longest time for the messages of one pull", 1);
  table.add_path("filterWorkersCgroup", config.filter_workers_cgroup,
                 "directory of cgroup version 2 below which each worker gets a group; empty: none");
  table.add_path("filterCompiler", config.filter_compiler, "compiler of filters in C++");
  table.add_path("filterCompilerIncludeDirectory", config.filter_compiler_include_directory,
                 "where their header rocketmq/filter/message_filter.hpp is found");
  table.add_path("filterCompilerWorkDirectory", config.filter_compiler_work_directory,
                 "where they are compiled");
  table.add_path("filterJavaHome", config.filter_java_home,
                 "JDK of filters in Java; empty: that of JAVA_HOME, or of /usr/bin/javac");
  table.add("filterJavaMemoryBytes", config.filter_java_memory_bytes, "bytes",
            "memory that the JVM of one of them may use", 67'108'864);
}

void add_keys_of_work(ConfigTable& table, FilterServerConfig& config) {
  table.add(
      "fsServerAsyncSemaphoreValue", config.fs_server_async_semaphore_value, "count",
      "pulls under way at the broker, a quarter of them for one connection, half for one address",
      4, 1'000'000);
  table.add("filterBufferBytesMax", config.filter_buffer_bytes_max, "bytes",
            "messages in memory that wait for their filter; further pulls are refused", 16'777'216);
  table.add("fsServerCallbackExecutorThreads", config.fs_server_callback_executor_threads,
            "threads", "threads that run filters", 1, 1'024);
  table.add("fsServerWorkerThreads", config.fs_server_worker_threads, "threads",
            "threads that compile uploaded filters, for each language of filterEngines", 1, 1'024);
}

}  // namespace

std::string FilterServerConfig::broker_address() const {
  return connect_which_broker.empty() ? "127.0.0.1:" + std::to_string(listen_port)
                                      : connect_which_broker;
}

FilterServerSettings::FilterServerSettings() {
  config.rocketmq_home = installation_root().string();
  config.namesrv_addr = environment("NAMESRV_ADDR");
  config.connect_which_broker = environment("ROCKETMQ_FILTERSRV_BROKER");
  // A broker that starts several gives each a number (broker/src/filter_servers).
  const std::string number = environment("ROCKETMQ_FILTERSRV_NUMBER");
  if (is_number(number) && number != "1") log.name += "-" + number;
  config.filter_server_ip = config.bind_address;
  config.filter_compiler_include_directory = installation_root() / "share/rocketmq/filter";
  // Uploads come from programs on this host until the operator says otherwise.
  config.filter_upload_allowed_addresses = loopback_addresses();
  const unsigned cores = std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
  config.fs_server_callback_executor_threads = static_cast<std::int32_t>(cores);
  add_keys_of_place(table, config);
  add_keys_of_messages(table, config);
  add_keys_of_uploads(table, config);
  add_keys_of_workers(table, config);
  add_keys_of_work(table, config);
  add_log_keys(table, log);
  table.accept_silently(keys_of_other_releases());
}

Result<void> FilterServerSettings::configure(const DaemonOptions& options,
                                             const std::function<void(std::string)>& warn) {
  std::vector<Property> properties;
  if (options.config_file) {
    auto loaded = load_properties(*options.config_file);
    if (!loaded) return loaded.error();
    properties = *std::move(loaded);
    note_places(properties, *options.config_file);
    const auto is_class = [](const Property& p) { return p.key.starts_with(class_key_prefix); };
    for (const Property& property : properties) {
      if (!is_class(property)) continue;
      const std::string name = property.key.substr(class_key_prefix.size());
      if (!is_class_name(name)) {
        return refusal(
            property.key,
            "'" + name + "' is no name of a class: letters, digits, '_', '$', '-' and dots");
      }
      config.filter_classes.insert_or_assign(name, property.value);
    }
    std::erase_if(properties, is_class);
    if (auto applied = table.apply(properties, *options.config_file, warn); !applied)
      return applied;
  }
  if (options.namesrv_addr) config.namesrv_addr = *options.namesrv_addr;
  settle_exposure(properties);
  return apply_tls_file(config.tls, warn);
}

void FilterServerSettings::settle_exposure(const std::vector<Property>& properties) {
  // A broker that starts it is reached over the loopback interface: only the broker knows for whom.
  std::string bind_address(value_of(properties, "bindAddress"));
  const std::string of_broker = environment("ROCKETMQ_FILTERSRV_BIND");
  const bool is_brokers =
      bind_address.empty() && !of_broker.empty() && !is_loopback_host(of_broker);
  if (is_brokers) bind_address = of_broker;
  const auto ip = value_of(properties, "filterServerIP");
  settle_bind_address(config, bind_address,
                      {{"filterServerIP", ip},
                       {"connectWhichBroker", config.connect_which_broker},
                       // The broker has passed on its own NAMESRV_ADDR.
                       {"namesrvAddr", of_broker.empty() ? std::string_view(config.namesrv_addr)
                                                         : value_of(properties, "namesrvAddr")}});
  if (is_brokers) config.opened_by = "as the broker that started it";
  if (ip.empty()) config.filter_server_ip = address_to_publish(config.bind_address);
}

Result<void> FilterServerSettings::check() const {
  const auto published = Endpoint::from_ip(config.filter_server_ip, 1);
  if (!published) return refusal("filterServerIP", published.error().remark);
  if (const auto checked = check_published_address(*published); !checked)
    return refusal("filterServerIP", checked.error().remark);
  if (config.filter_message_deadline_ms >= config.filter_batch_deadline_ms) {
    return refusal("filterMessageDeadlineMillis",
                   "expected less than filterBatchDeadlineMillis, which is " +
                       std::to_string(config.filter_batch_deadline_ms) + ", not " +
                       std::to_string(config.filter_message_deadline_ms));
  }
  const auto check_memory = [this](const std::string& key, std::int64_t bytes) -> Result<void> {
    if (bytes <= config.filter_workers_memory_bytes_max) return {};
    return refusal(key, "expected no more than filterWorkersMemoryBytesMax, which is " +
                            std::to_string(config.filter_workers_memory_bytes_max) + ", not " +
                            std::to_string(bytes));
  };
  if (auto checked = check_memory("filterWorkerMemoryBytes", config.filter_worker_memory_bytes);
      !checked)
    return checked;
  const auto engines = split(config.filter_engines, ';');
  if (std::find(engines.begin(), engines.end(), "java") == engines.end()) return {};
  return check_memory("filterJavaMemoryBytes", config.filter_java_memory_bytes);
}

void FilterServerSettings::note_places(const std::vector<Property>& properties,
                                       const std::string& file) {
  for (const Property& property : properties)
    places_[property.key] = file + ":" + std::to_string(property.line) + ": ";
}

Error FilterServerSettings::refusal(const std::string& key, const std::string& reason) const {
  const auto place = places_.find(key);
  return {ResponseCode::SystemError,
          (place == places_.end() ? "" : place->second) + key + ": " + reason};
}

std::string FilterServerSettings::print(bool important_only) const {
  std::string text = table.print(important_only);
  for (const auto& [name, value] : config.filter_classes) {
    text.append(class_key_prefix).append(name).append("=").append(value).append("\n");
  }
  return text;
}

bool is_class_name(std::string_view name) {
  constexpr std::size_t bytes_max = 255;
  const auto is_part = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= bytes_max && name.front() != '.' && name.back() != '.' &&
         name.find("..") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), is_part);
}

}  // namespace rocketmq::filtersrv
