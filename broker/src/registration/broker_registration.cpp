#include "registration/broker_registration.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "limits.hpp"
#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/common/thread_name.hpp"
#include "rocketmq/protocol/namesrv_headers.hpp"
#include "rocketmq/protocol/remoting_command.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::broker {
namespace {

/// Where a registration failed it is tried again after this time.
constexpr std::chrono::milliseconds retry_period{3'000};
/// The first of several changes is sent immediately, the others at this distance.
constexpr std::chrono::milliseconds round_distance{10};
constexpr std::chrono::milliseconds unregister_timeout{3'000};
/// After this many questions for its version a name server gets the whole of a large table again:
/// one that another process has made forget this broker has the version of the changes that came
/// later, but not the topics.
constexpr int queries_in_a_row = 9;

std::vector<std::string> split_servers(const std::string& text) {
  if (text.empty()) return {};
  auto parsed = parse_address_list(text);
  return parsed ? *std::move(parsed) : std::vector<std::string>();
}

remoting::ClientOptions client_options(const BrokerConfig& config, BrokerRegistration::TlsPtr tls) {
  remoting::ClientOptions options;
  options.net_threads = 1;
  options.thread_name_prefix = "net-outer";
  options.connect_timeout = std::chrono::milliseconds(config.connect_timeout_ms);
  options.before_request = signing(config);
  options.tls = std::move(tls);
  return options;
}

/// The last release that a name server knows, by what it says of its failed look-up. Java before 11
/// does not say how long the table is: then it is that of 3.2.6.
std::int32_t last_known_release(std::string_view remark) {
  constexpr std::string_view before = "out of bounds for length ";
  constexpr std::int32_t last_of_3_2_6 = 139;
  const auto at = remark.find(before);
  if (at == std::string_view::npos) return last_of_3_2_6;
  const auto digits = remark.substr(at + before.size());
  std::int32_t length = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (parsed.ec != std::errc() || length > remoting::version::own) return last_of_3_2_6;
  return std::max(length - 1, remoting::version::v3_0_11);
}

/// A version that no table has: name servers take the topics that come under it, and do not mistake
/// them for the whole table.
DataVersion version_of_part(DataVersion table, std::size_t part) {
  table.counter = -1 - static_cast<std::int64_t>(part);
  return table;
}

}  // namespace

std::chrono::milliseconds BrokerRegistration::period_of(const BrokerConfig& config) {
  return std::chrono::milliseconds(
      std::clamp(config.register_name_server_period_ms, 10'000, 60'000));
}

BrokerRegistration::BrokerRegistration(const BrokerConfig& config, TopicConfigManager& topics,
                                       std::chrono::milliseconds period,
                                       std::chrono::milliseconds slow_limit, TlsPtr tls)
    : config_(config),
      topics_(topics),
      period_(period),
      slow_limit_(slow_limit),
      client_(client_options(config, std::move(tls))) {
  for (auto& address : split_servers(config.namesrv_addr))
    servers_.push_back({.address = std::move(address)});
  // A name server forgets a broker whose connection closes: it gets everything again as soon as
  // it can be reached.
  client_.on_connection_closed([this](const std::string& address) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    for (Server& server : servers_) {
      if (server.address != address) continue;
      server.holds = false;
      // It may come back as a later release.
      server.version = remoting::version::own;
      if (!server.is_under_way) server.batch = nullptr;
      if (std::exchange(server.failed, true)) continue;
      server.due = std::chrono::steady_clock::now() + retry_period;
      spdlog::warn("the connection to name server {} is lost", address);
    }
    woken_ = true;
    changed_.notify_all();
  });
}

BrokerRegistration::~BrokerRegistration() { stop(); }

void BrokerRegistration::start() {
  if (servers_.empty()) return;
  topics_.waits().expect_registrations();
  thread_ = named_thread("registration", [this] { run(); });
}

void BrokerRegistration::wait_for_first(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [this] {
    return std::all_of(servers_.begin(), servers_.end(),
                       [](const Server& server) { return server.first_done; });
  });
}

void BrokerRegistration::register_soon() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

void BrokerRegistration::register_filter_servers_soon() {
  {
    const std::lock_guard lock(mutex_);
    ++filter_change_;
    woken_ = true;
  }
  changed_.notify_all();
}

void BrokerRegistration::run() {
  for (;;) {
    // Read before woken_ is cleared: a change that comes later wakes this thread again.
    const std::uint64_t change = topics_.change();
    const auto now = std::chrono::steady_clock::now();
    const bool is_early = now < next_round_;
    if (!is_early) send_what_is_needed(change, now);

    std::optional<std::map<std::string, std::string>> order_topics;
    std::optional<Master> master;
    std::uint64_t known = 0;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      order_topics = std::exchange(order_topics_, std::nullopt);
      master = new_master();
      known = known_change(change, now);
    }
    topics_.waits().known(known);
    if (master && on_master_) on_master_(*master);
    if (order_topics) topics_.apply_order_topics(*order_topics);

    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, is_early ? next_round_ : next_event(now),
                        [this] { return stopping_ || woken_; });
    woken_ = false;
    if (stopping_) return;
  }
}

BrokerRegistration::Need BrokerRegistration::need_of(const Server& server, std::uint64_t change,
                                                     bool is_large, TimePoint now) const {
  if (server.is_under_way) return Need::Nothing;
  if (server.batch != nullptr) return Need::NextPart;
  if (server.failed) return now >= server.due ? Need::WholeTable : Need::Nothing;
  if (!server.holds) return Need::WholeTable;
  if (server.held < change || server.held_filters < filter_change_)
    return is_large ? Need::Changes : Need::WholeTable;
  if (now < server.due) return Need::Nothing;
  return is_large && server.queries < queries_in_a_row ? Need::Query : Need::WholeTable;
}

void BrokerRegistration::send_what_is_needed(std::uint64_t change, TimePoint now) {
  // Only a master's table goes in parts.
  const bool is_large =
      !config_.is_slave() && topics_.json_bytes() > limits::registration_part_bytes;
  struct Order {
    Server* server;
    Need need;
    std::uint64_t since;
    BatchPtr batch;
    std::size_t at;
  };
  std::vector<Order> orders;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    for (Server& server : servers_) {
      const Need need = need_of(server, change, is_large, now);
      if (need == Need::Nothing) continue;
      server.is_under_way = server.attempted = true;
      server.asked_at = now;
      orders.push_back({&server, need, server.held, server.batch, server.next_request});
    }
  }
  if (orders.empty()) return;
  next_round_ = now + round_distance;
  ++round_;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    Order& order = orders[i];
    if (order.need != Need::NextPart) {
      const auto same = std::find_if(
          orders.begin(), orders.begin() + static_cast<std::ptrdiff_t>(i), [&](const Order& other) {
            return other.need == order.need &&
                   (order.need == Need::WholeTable || other.since == order.since);
          });
      order.batch = same == orders.begin() + static_cast<std::ptrdiff_t>(i)
                        ? make_batch(order.need, order.since)
                        : same->batch;
      order.at = 0;
    }
    send(*order.server, order.batch, order.at);
  }
}

BrokerRegistration::BatchPtr BrokerRegistration::make_batch(Need need, std::uint64_t since) {
  auto batch = std::make_shared<Batch>();
  batch->round = round_;
  {
    // Before the addresses are read: a change that comes later is sent by itself.
    const std::lock_guard lock(mutex_);
    batch->filter_change = filter_change_;
  }
  batch->is_query = need == Need::Query;
  // Of a question only the version and its change are needed.
  auto changes = need == Need::WholeTable ? topics_.whole_table() : topics_.changes_since(since);
  batch->change = changes.change;
  batch->is_whole_table = changes.is_whole_table;
  if (batch->is_query) {
    const remoting::BrokerIdentityRequestHeader header{.brokerName = config_.broker_name,
                                                       .brokerAddr = config_.address(),
                                                       .clusterName = config_.broker_cluster_name,
                                                       .brokerId = config_.broker_id};
    batch->requests.push_back(
        remoting::make_request(remoting::RequestCode::QueryDataVersion, header,
                               remoting::encode_body(changes.topics.data_version)));
    return batch;
  }
  if (config_.is_slave() && topics_.json_bytes() > limits::registration_part_bytes)
    changes.topics.topic_config_table.clear();
  if ((config_.broker_permission & perm::read_write) != perm::read_write) {
    for (auto& [name, topic] : changes.topics.topic_config_table)
      topic.perm = config_.broker_permission;
  }
  add_registrations(std::move(changes.topics.topic_config_table), changes.topics.data_version,
                    *batch);
  return batch;
}

void BrokerRegistration::add_registrations(TopicConfigTable topics, const DataVersion& version,
                                           Batch& batch) const {
  const auto filter_servers = filter_servers_ ? filter_servers_() : std::vector<std::string>();
  while (true) {
    remoting::RegisterBrokerBody content;
    content.filter_server_list = filter_servers;
    std::size_t bytes = 0;
    auto& part = content.topic_config.topic_config_table;
    while (!topics.empty() && bytes < limits::registration_part_bytes) {
      bytes += json_bytes_of(topics.begin()->second);
      part.insert(part.end(), topics.extract(topics.begin()));
    }
    // The table's own version comes last: a name server that has it has everything.
    content.topic_config.data_version =
        topics.empty() ? version : version_of_part(version, batch.requests.size());
    batch.requests.push_back(make_registration(content));
    if (topics.empty()) return;
  }
}

void BrokerRegistration::send(Server& server, BatchPtr batch, std::size_t at) {
  std::int32_t version = 0;
  {
    const std::lock_guard lock(mutex_);
    server.batch = batch;
    server.next_request = at + 1;
    version = server.version;
  }
  const auto note = [this, &server, batch](const Result<remoting::RemotingCommand>& answer) {
    note_answer(server, batch, answer);
  };
  const std::chrono::milliseconds timeout(config_.register_broker_timeout_ms);
  if (version == remoting::version::own)
    return client_.invoke_async(server.address, batch->requests[at], timeout, note);
  remoting::RemotingCommand request = batch->requests[at];
  request.version = version;
  client_.invoke_async(server.address, request, timeout, note);
}

void BrokerRegistration::note_answer(Server& server, const BatchPtr& batch,
                                     const Result<remoting::RemotingCommand>& answer) {
  {
    const std::lock_guard lock(mutex_);
    server.is_under_way = false;
    const bool again = answer && !batch->is_query && steps_back(server, *answer);
    server.first_done = server.first_done || !again;
    server.is_slow = std::chrono::steady_clock::now() - server.asked_at > slow_limit_;
    if (!answer) {
      note_failure(server, to_string(answer.error()));
    } else if (again) {
      server.batch = nullptr;
      server.holds = false;
      server.due = std::chrono::steady_clock::now();
    } else if (answer->response_code() == ResponseCode::Success) {
      note_success(server, *batch, *answer);
    } else if (batch->is_query) {
      // An old name server does not know the question.
      server.batch = nullptr;
      server.holds = false;
    } else {
      note_failure(server, to_string(Error{answer->response_code(), answer->remark}));
    }
    woken_ = true;
  }
  changed_.notify_all();
}

void BrokerRegistration::note_success(Server& server, const Batch& batch,
                                      const remoting::RemotingCommand& answer) {
  server.due = std::chrono::steady_clock::now() + period_;
  if (batch.is_query) {
    const auto header = remoting::decode_header<remoting::QueryDataVersionResponseHeader>(answer);
    server.batch = nullptr;
    server.holds = header && !header->changed;
    ++server.queries;
    return;
  }
  if (config_.is_slave()) note_master(server, answer);
  // A second broker with this name and id draws the same remark at every registration.
  if (!answer.remark.empty() && answer.remark != server.last_remark) {
    server.last_remark = answer.remark;
    spdlog::warn("name server {} took the registration: {}", server.address, answer.remark);
  }
  if (server.next_request < batch.requests.size()) return;
  server.batch = nullptr;
  server.holds = true;
  server.held = batch.change;
  server.held_filters = batch.filter_change;
  if (batch.is_whole_table) server.queries = 0;
  if (std::exchange(server.failed, false))
    spdlog::info("registered with name server {} again", server.address);
  if (batch.round <= order_topics_round_) return;
  auto table = remoting::decode_kv_table(answer.body.empty() ? "{}" : answer.body);
  if (!table) return;
  order_topics_round_ = batch.round;
  order_topics_ = std::move(table->table);
}

void BrokerRegistration::note_failure(Server& server, const std::string& reason) {
  server.batch = nullptr;
  server.holds = false;
  server.due = std::chrono::steady_clock::now() + retry_period;
  if (!std::exchange(server.failed, true) && !stopping_)
    spdlog::warn("cannot register with name server {}: {}", server.address, reason);
}

bool BrokerRegistration::steps_back(Server& server, const remoting::RemotingCommand& answer) const {
  // The look-up of the release in the table of those that it knows has failed (spec/ha.md §7.2).
  if (answer.response_code() != ResponseCode::SystemError ||
      answer.remark.find("ArrayIndexOutOfBounds") == std::string::npos)
    return false;
  const std::int32_t refused = server.version;
  server.version = last_known_release(answer.remark);
  if (server.version >= refused) server.version = remoting::version::v3_0_11;
  if (server.version >= refused) return false;
  spdlog::info("name server {} knows no release {}: registering as release {} there",
               server.address, refused, server.version);
  return true;
}

void BrokerRegistration::note_master(Server& server, const remoting::RemotingCommand& answer) {
  const auto header = remoting::decode_header<remoting::RegisterBrokerResponseHeader>(answer);
  if (!header) return;
  server.master = {.address = header->masterAddr.value_or(""),
                   .ha_address = header->haServerAddr.value_or("")};
  server.master_named = ++masters_named_;
  // The master may start later than its slave.
  if (server.master.address.empty())
    server.due = std::chrono::steady_clock::now() + std::min(period_, retry_period);
}

std::optional<BrokerRegistration::Master> BrokerRegistration::new_master() {
  if (!config_.is_slave()) return std::nullopt;
  const Server* latest = nullptr;
  bool has_reply = false;
  for (const Server& server : servers_) {
    if (server.failed || server.master_named == 0) continue;
    has_reply = true;
    if (server.master.address.empty() || server.master.address == config_.address()) continue;
    // Name servers that contradict each other do not send the slave to and fro.
    if (server.master == master_) return std::nullopt;
    if (latest == nullptr || server.master_named > latest->master_named) latest = &server;
  }
  if (!has_reply) return std::nullopt;
  Master found = latest == nullptr ? Master() : latest->master;
  if (found == master_) return std::nullopt;
  if (found.address.empty()) {
    spdlog::warn("no name server knows a master of {} any more", config_.broker_name);
  } else {
    spdlog::info("the master of this slave is {}, for replication {}", found.address,
                 found.ha_address);
  }
  master_ = found;
  return found;
}

/// Up to which change all name servers know the table that can be reached: `change` when there are
/// none. One that has failed, or is slow, is not waited for until it has registered us again in
/// time.
std::uint64_t BrokerRegistration::known_change(std::uint64_t change, TimePoint now) const {
  std::uint64_t known = change;
  for (const Server& server : servers_) {
    if (server.failed || server.is_slow) continue;
    if (server.is_under_way && now - server.asked_at > slow_limit_) continue;
    known = std::min(known, server.holds ? server.held : 0);
  }
  return known;
}

BrokerRegistration::TimePoint BrokerRegistration::next_event(TimePoint now) const {
  TimePoint next = now + period_;
  for (const Server& server : servers_) {
    if (!server.is_under_way) {
      next = std::min(next, server.due);
    } else if (now - server.asked_at <= slow_limit_) {
      next = std::min(next, server.asked_at + slow_limit_ + round_distance);
    }
  }
  return std::max(next, now + round_distance);
}

remoting::RemotingCommand BrokerRegistration::make_registration(
    const remoting::RegisterBrokerBody& content) const {
  const bool is_packed = config_.compressed_register;
  std::string body =
      is_packed ? remoting::encode_packed_body(content) : remoting::encode_body(content);
  const remoting::RegisterBrokerRequestHeader header{.brokerName = config_.broker_name,
                                                     .brokerAddr = config_.address(),
                                                     .clusterName = config_.broker_cluster_name,
                                                     .haServerAddr = config_.ha_address(),
                                                     .brokerId = config_.broker_id,
                                                     .compressed = is_packed,
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
  topics_.waits().close();
  unregister();
  client_.shutdown();
}

void BrokerRegistration::unregister() {
  std::vector<std::string> servers;
  {
    const std::lock_guard lock(mutex_);
    // One that could not be reached does not know of us, and would only hold the stop up.
    for (const Server& server : servers_) {
      if (server.attempted && !server.failed) servers.push_back(server.address);
    }
  }
  if (servers.empty()) return;
  const remoting::BrokerIdentityRequestHeader header{.brokerName = config_.broker_name,
                                                     .brokerAddr = config_.address(),
                                                     .clusterName = config_.broker_cluster_name,
                                                     .brokerId = config_.broker_id};
  const auto request = remoting::make_request(remoting::RequestCode::UnregisterBroker, header);
  std::size_t pending = servers.size();  // guarded by mutex_
  for (const auto& server : servers) {
    client_.invoke_async(server, request, unregister_timeout,
                         [this, &pending, server](const Result<remoting::RemotingCommand>& answer) {
                           if (!answer || answer->response_code() != ResponseCode::Success) {
                             spdlog::warn("cannot unregister from {}: {}", server,
                                          answer ? answer->remark : to_string(answer.error()));
                           }
                           const std::lock_guard lock(mutex_);
                           --pending;
                           changed_.notify_all();  // under the lock: the waiter goes away
                         });
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return pending == 0; });
}

}  // namespace rocketmq::broker
