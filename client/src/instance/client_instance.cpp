#include "instance/client_instance.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <utility>

#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/process_generation.hpp"

namespace rocketmq::client {
namespace {

/// How often the route of a subscribed topic that does not exist yet is requested.
constexpr milliseconds missing_route_period{1'000};

/// The instances of this process by client id and account, which it does not hold alive, and their
/// threads.
struct Registry {
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<ClientInstance>> instances;  // guarded by mutex
  std::shared_ptr<ClientThreads> threads;                          // guarded by mutex
  int running = 0;                                                 // guarded by mutex; instances
};

Registry& registry() {
  static PerProcess<Registry> only;
  return only.get();
}

/// Clients that sign for different accounts do not share connections, nor do plain and encrypted
/// ones.
std::string key_of(const ClientSettings& settings) {
  const SessionCredentials& account = settings.credentials;
  std::string key = settings.client_id();
  for (const std::string* part :
       {&account.getAccessKey(), &account.getSecretKey(), &account.getSecurityToken()})
    key.append(1, '\0').append(*part);
  if (settings.use_tls) key.append(1, '\0').append(settings.tls_config_file);
  return key;
}

}  // namespace

std::shared_ptr<ClientInstance> ClientInstance::join(const ClientSettings& settings) {
  const std::scoped_lock lock(registry().mutex);
  const std::string key = key_of(settings);
  auto& entry = registry().instances[key];
  auto instance = entry.lock();
  if (instance == nullptr) {
    if (registry().threads == nullptr) registry().threads = std::make_shared<ClientThreads>();
    instance.reset(new ClientInstance(settings, registry().threads));
    instance->start();
    instance->registry_key_ = key;
    entry = instance;
    ++registry().running;
  }
  ++instance->users_;
  return instance;
}

void ClientInstance::leave(const std::shared_ptr<ClientInstance>& instance) {
  {
    const std::scoped_lock lock(registry().mutex);
    if (--instance->users_ > 0) return;
    registry().instances.erase(instance->registry_key_);
  }
  instance->stop();
  std::shared_ptr<ClientThreads> unused;
  {
    const std::scoped_lock lock(registry().mutex);
    if (--registry().running == 0) unused = std::move(registry().threads);
  }
  if (unused != nullptr) unused->stop();
}

bool ClientInstance::would_end_here(const std::shared_ptr<ClientInstance>& instance) {
  if (!instance->runs_this_thread()) return false;
  const std::scoped_lock lock(registry().mutex);
  return instance->users_ == 1;
}

ClientInstance::ClientInstance(const ClientSettings& settings,
                               std::shared_ptr<ClientThreads> threads)
    : ClientCore(settings, std::move(threads)), heartbeat_book_(settings.heartbeat_interval) {}

ClientInstance::~ClientInstance() { stop(); }

void ClientInstance::start() {
  add_routes();
  add_periodic_work();
  network().on_connection_established([this](const std::string& address) { connected(address); });
  network().on_connection_closed([this](const std::string& address) { broker_lost(address); });
  ClientCore::start();
}

void ClientInstance::add_periodic_work() {
  work().every(milliseconds(10), settings().poll_name_server_interval,
               [this] { refresh_all_routes(); });
  work().every(missing_route_period, missing_route_period, [this] { find_missing_routes(); });
  work().every(milliseconds(1'000), settings().heartbeat_interval, [this] {
    routes().drop_unmentioned_brokers();
    heartbeat();
  });
  work().every(milliseconds(10'000), settings().persist_offset_interval, [this] {
    for (const auto& member : consumers()) member->persist_offsets();
  });
  work().every(milliseconds(3'000), milliseconds(1'000), [this] {
    for (const ReplyDone& done : replies_.take_expired(std::chrono::steady_clock::now())) {
      done(client_failure("the request was sent, but no reply came in time",
                          static_cast<int>(ResponseCode::ReplyTimeout)));
    }
  });
  rebalance_task_ = work().every(milliseconds(20'000), milliseconds(20'000), [this] {
    for (const auto& member : consumers()) member->rebalance();
  });
}

void ClientInstance::stop() {
  for (const ReplyDone& done : replies_.take_all()) {
    done(remoting_failure({ResponseCode::ShutDown, "the client was shut down"}, {}));
  }
  ClientCore::stop();
}

Outcome<void> ClientInstance::add(std::shared_ptr<ProducerMember> producer) {
  const std::string group = producer->group();
  {
    const std::scoped_lock lock(members_mutex_);
    if (!producers_.try_emplace(group, std::move(producer)).second) {
      return client_failure("The producer group[" + group +
                            "] has been created before, specify another name please.");
    }
  }
  // Those that an instance which others have made before knows already.
  tell_all_brokers_soon();
  return {};
}

Outcome<void> ClientInstance::add(std::shared_ptr<ConsumerMember> consumer) {
  const std::string group = consumer->group();
  const std::scoped_lock lock(members_mutex_);
  if (!consumers_.try_emplace(group, std::move(consumer)).second) {
    return client_failure("The consumer group[" + group +
                          "] has been created before, specify another name please.");
  }
  return {};
}

void ClientInstance::remove_producer(const std::string& group) {
  {
    const std::scoped_lock lock(members_mutex_);
    producers_.erase(group);
  }
  unregister(group, {});
}

void ClientInstance::remove_consumer(const std::string& group) {
  {
    const std::scoped_lock lock(members_mutex_);
    consumers_.erase(group);
  }
  unregister({}, group);
}

std::shared_ptr<ConsumerMember> ClientInstance::consumer(const std::string& group) const {
  const std::scoped_lock lock(members_mutex_);
  const auto found = consumers_.find(group);
  return found == consumers_.end() ? nullptr : found->second;
}

std::shared_ptr<ProducerMember> ClientInstance::producer(const std::string& group) const {
  const std::scoped_lock lock(members_mutex_);
  const auto found = producers_.find(group);
  return found == producers_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<ConsumerMember>> ClientInstance::consumers() const {
  const std::scoped_lock lock(members_mutex_);
  std::vector<std::shared_ptr<ConsumerMember>> all;
  for (const auto& [group, member] : consumers_) all.push_back(member);
  return all;
}

void ClientInstance::refresh_all_routes() {
  std::set<std::string> topics = routes().publish_topics();
  for (const auto& member : consumers()) topics.merge(member->topics());
  refresh_routes(topics);
  tell_new_brokers();
  for (const auto& member : consumers()) member->upload_filter_classes(true);
}

void ClientInstance::find_missing_routes() {
  std::set<std::string> missing;
  for (const auto& member : consumers()) missing.merge(member->topics());
  std::erase_if(missing,
                [this](const std::string& topic) { return routes().route(topic) != nullptr; });
  refresh_routes(missing);
  const auto is_found = [this](const std::string& topic) {
    return routes().route(topic) != nullptr;
  };
  if (std::none_of(missing.begin(), missing.end(), is_found)) return;
  heartbeat();  // the topic's brokers may not have heard of us yet
  wake_rebalance();
}

}  // namespace rocketmq::client
