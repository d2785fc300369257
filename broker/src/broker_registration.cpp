#include "broker_registration.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/common/thread_name.hpp"
#include "rocketmq/remoting/protocol/namesrv_headers.hpp"
#include "rocketmq/remoting/protocol/route_data.hpp"

namespace rocketmq::broker {
namespace {

/// Where a registration failed it is tried again after this time.
constexpr std::chrono::milliseconds retry_period{3'000};
/// Changes within this time are sent together.
constexpr std::chrono::milliseconds gather_time{10};
constexpr std::chrono::milliseconds unregister_timeout{3'000};

std::vector<std::string> split_servers(const std::string& text) {
  if (text.empty()) return {};
  auto parsed = parse_address_list(text);
  return parsed ? *std::move(parsed) : std::vector<std::string>();
}

remoting::ClientOptions client_options(const BrokerConfig& config) {
  remoting::ClientOptions options;
  options.net_threads = 1;
  options.thread_name_prefix = "net-outer";
  options.connect_timeout = std::chrono::milliseconds(config.connect_timeout_ms);
  return options;
}

}  // namespace

/// One request to several servers and what came back. All members are guarded by mutex_; shared
/// with the callbacks, which may come when nobody waits any more.
struct BrokerRegistration::Round {
  std::size_t pending = 0;
  std::map<std::string, std::string> failures;  // server → reason
  std::set<std::string> successes;
  /// Order topics of the first name server that answered.
  std::optional<std::map<std::string, std::string>> order_topics;
};

BrokerRegistration::BrokerRegistration(const BrokerConfig& config, TopicConfigManager& topics)
    : config_(config),
      topics_(topics),
      servers_(split_servers(config.namesrv_addr)),
      period_(std::clamp(config.register_name_server_period_ms, 10'000, 60'000)),
      client_(client_options(config)) {
  // A name server forgets a broker whose connection closes: tell it again as soon as it can be
  // reached.
  client_.on_connection_closed([this](const std::string& address) {
    const std::lock_guard lock(mutex_);
    if (!stopping_) failed_.insert(address);
  });
}

BrokerRegistration::~BrokerRegistration() { stop(); }

void BrokerRegistration::start() {
  if (servers_.empty()) {
    const std::lock_guard lock(mutex_);
    first_done_ = true;
    return;
  }
  thread_ = std::thread([this] {
    set_thread_name("registration");
    run();
  });
}

void BrokerRegistration::wait_for_first(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [this] { return first_done_; });
}

void BrokerRegistration::register_soon() {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  changed_.notify_all();
}

void BrokerRegistration::run() {
  auto next_full = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool is_full =
        std::exchange(wanted_, false) || std::chrono::steady_clock::now() >= next_full;
    const auto servers =
        is_full ? servers_ : std::vector<std::string>(failed_.begin(), failed_.end());
    lock.unlock();
    register_with(servers);
    lock.lock();
    first_done_ = true;
    changed_.notify_all();
    if (is_full) next_full = std::chrono::steady_clock::now() + period_;
    // Connections are lost and servers fail without a notification here: look every retry_period.
    changed_.wait_for(lock, std::min<std::chrono::milliseconds>(retry_period, period_),
                      [this] { return stopping_ || wanted_; });
    if (wanted_ && !stopping_) changed_.wait_for(lock, gather_time, [this] { return stopping_; });
  }
}

void BrokerRegistration::register_with(const std::vector<std::string>& servers) {
  if (servers.empty()) return;
  const auto request = make_registration();
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    attempted_.insert(servers.begin(), servers.end());
  }
  const auto round =
      ask(servers, request, std::chrono::milliseconds(config_.register_broker_timeout_ms));
  std::optional<std::map<std::string, std::string>> order_topics;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopping_ || round->pending == 0; });
    for (const auto& server : round->successes) {
      if (failed_.erase(server) > 0) spdlog::info("registered with name server {} again", server);
    }
    for (const auto& [server, reason] : round->failures) {
      if (failed_.insert(server).second)
        spdlog::warn("cannot register with name server {}: {}", server, reason);
    }
    order_topics = std::move(round->order_topics);
  }
  if (order_topics) topics_.apply_order_topics(*order_topics);
}

std::shared_ptr<BrokerRegistration::Round> BrokerRegistration::ask(
    const std::vector<std::string>& servers, const remoting::RemotingCommand& request,
    std::chrono::milliseconds timeout) {
  const auto round = std::make_shared<Round>();
  round->pending = servers.size();
  for (const auto& server : servers) {
    client_.invoke_async(server, request, timeout,
                         [this, round, server](Result<remoting::RemotingCommand> answer) {
                           note_answer(*round, server, answer);
                         });
  }
  return round;
}

void BrokerRegistration::note_answer(Round& round, const std::string& server,
                                     const Result<remoting::RemotingCommand>& answer) {
  {
    const std::lock_guard lock(mutex_);
    if (!answer) {
      round.failures[server] = to_string(answer.error());
    } else if (answer->response_code() != ResponseCode::Success) {
      round.failures[server] = to_string(Error{answer->response_code(), answer->remark});
    } else {
      round.successes.insert(server);
      auto table = remoting::decode_kv_table(answer->body.empty() ? "{}" : answer->body);
      if (!round.order_topics && table) round.order_topics = std::move(table->table);
    }
    --round.pending;
  }
  changed_.notify_all();
}

remoting::RemotingCommand BrokerRegistration::make_registration() const {
  remoting::RegisterBrokerBody content{.topic_config = topics_.snapshot(),
                                       .filter_server_list = std::vector<std::string>()};
  if ((config_.broker_permission & perm::read_write) != perm::read_write) {
    for (auto& [name, topic] : content.topic_config.topic_config_table)
      topic.perm = config_.broker_permission;
  }
  std::string body = remoting::encode_body(content);
  const remoting::RegisterBrokerRequestHeader header{.brokerName = config_.broker_name,
                                                     .brokerAddr = config_.address(),
                                                     .clusterName = config_.broker_cluster_name,
                                                     .haServerAddr = config_.ha_address(),
                                                     .brokerId = config_.broker_id,
                                                     .compressed = false,
                                                     .bodyCrc32 = masked_crc32(body)};
  return remoting::make_request(remoting::RequestCode::RegisterBroker, header, std::move(body));
}

void BrokerRegistration::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  unregister();
  client_.shutdown();
}

void BrokerRegistration::unregister() {
  std::vector<std::string> servers;
  {
    const std::lock_guard lock(mutex_);
    // One that could not be reached does not know of us, and would only hold the stop up.
    std::set_difference(attempted_.begin(), attempted_.end(), failed_.begin(), failed_.end(),
                        std::back_inserter(servers));
  }
  if (servers.empty()) return;
  const remoting::BrokerIdentityRequestHeader header{.brokerName = config_.broker_name,
                                                     .brokerAddr = config_.address(),
                                                     .clusterName = config_.broker_cluster_name,
                                                     .brokerId = config_.broker_id};
  const auto round =
      ask(servers, remoting::make_request(remoting::RequestCode::UnregisterBroker, header),
          unregister_timeout);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return round->pending == 0; });
  for (const auto& [server, reason] : round->failures)
    spdlog::warn("cannot unregister from {}: {}", server, reason);
}

}  // namespace rocketmq::broker
