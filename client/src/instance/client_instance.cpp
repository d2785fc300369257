#include "instance/client_instance.hpp"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <cstring>

#include "instance/client_log.hpp"
#include "instance/process_generation.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::client {
namespace {

using remoting::make_request;
using remoting::RequestCode;

/// How often a subscribed topic that does not exist yet is asked for.
constexpr milliseconds missing_route_period{1'000};
/// How often the address server is asked for name servers.
constexpr milliseconds address_server_first{10'000};
constexpr milliseconds address_server_period{120'000};

/// The instances of this process by client id, which it does not hold alive, and their threads.
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

remoting::ClientOptions network_options() {
  remoting::ClientOptions options;
  // Sends are limited before they get here; this leaves room for pulls and the rest.
  options.in_flight_max = 131'072;
  const char* serialize = std::getenv("ROCKETMQ_SERIALIZE_TYPE");
  if (serialize != nullptr && std::strcmp(serialize, "ROCKETMQ") == 0) {
    options.serialize_type = remoting::SerializeType::Rocketmq;
  }
  return options;
}

/// Null unless one was set, and needed.
std::unique_ptr<AddressServer> make_address_server(const ClientSettings& settings) {
  if (settings.namesrv_domain.empty() || !settings.effective_namesrv_addr().empty()) return nullptr;
  return std::make_unique<AddressServer>(settings.namesrv_domain, settings.namesrv_subgroup,
                                         settings.unit_name);
}

}  // namespace

std::shared_ptr<ClientInstance> ClientInstance::join(const ClientSettings& settings) {
  (void)client_log();  // before anything can have something to log
  const std::scoped_lock lock(registry().mutex);
  auto& entry = registry().instances[settings.client_id()];
  auto instance = entry.lock();
  if (instance == nullptr) {
    if (registry().threads == nullptr) registry().threads = std::make_shared<ClientThreads>();
    instance.reset(new ClientInstance(settings, registry().threads));
    instance->start();
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
    registry().instances.erase(instance->id_);
  }
  instance->stop();
  std::shared_ptr<ClientThreads> unused;
  {
    const std::scoped_lock lock(registry().mutex);
    if (--registry().running == 0) unused = std::move(registry().threads);
  }
  if (unused != nullptr) unused->stop();
}

ClientInstance::ClientInstance(const ClientSettings& settings,
                               std::shared_ptr<ClientThreads> threads)
    : settings_(settings),
      id_(settings.client_id()),
      threads_(std::move(threads)),
      callbacks_(threads_->callbacks(), threads_->timer(), settings.callback_threads),
      heartbeat_book_(settings.heartbeat_interval),
      timer_(threads_->timer()),
      work_(threads_->timer(), &threads_->work()),
      network_(network_options(), &dispatcher_, threads_->network()),
      name_servers_(settings.effective_namesrv_addr(), network_, make_address_server(settings)) {}

ClientInstance::~ClientInstance() { stop(); }

void ClientInstance::start() {
  add_routes();
  add_periodic_work();
  network_.on_connection_established([this](const std::string& address) { connected(address); });
  network_.on_connection_closed([this](const std::string& address) { broker_lost(address); });
  timer_.start();
  work_.start();
}

void ClientInstance::add_periodic_work() {
  if (name_servers_.has_address_server()) {
    work_.every(address_server_first, address_server_period,
                [this] { name_servers_.look_up(settings_.api_timeout); });
  }
  work_.every(milliseconds(10), settings_.poll_name_server_interval,
              [this] { refresh_all_routes(); });
  work_.every(missing_route_period, missing_route_period, [this] { find_missing_routes(); });
  work_.every(milliseconds(1'000), settings_.heartbeat_interval, [this] {
    routes_.drop_unmentioned_brokers();
    heartbeat();
  });
  work_.every(milliseconds(10'000), settings_.persist_offset_interval, [this] {
    for (const auto& member : consumers()) member->persist_offsets();
  });
  work_.every(milliseconds(3'000), milliseconds(1'000), [this] {
    for (const ReplyDone& done : replies_.take_expired(std::chrono::steady_clock::now())) {
      done(client_failure("the request was sent, but no reply came in time",
                          static_cast<int>(ResponseCode::ReplyTimeout)));
    }
  });
  rebalance_task_ = work_.every(milliseconds(20'000), milliseconds(20'000), [this] {
    for (const auto& member : consumers()) member->rebalance();
  });
}

void ClientInstance::stop() {
  if (has_stopped_.exchange(true)) return;
  // First the network: whoever waits for an answer gets ShutDown and the other threads can end.
  name_servers_.cancel();
  network_.shutdown();
  timer_.stop();
  work_.stop();
  network_.settle();
  for (const ReplyDone& done : replies_.take_all()) {
    done(remoting_failure({ResponseCode::ShutDown, "the client was shut down"}, {}));
  }
  callbacks_.stop();
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

void ClientInstance::unregister(const std::string& producer_group,
                                const std::string& consumer_group) {
  remoting::UnregisterClientRequestHeader header;
  header.clientID = id_;
  if (!producer_group.empty()) header.producerGroup = producer_group;
  if (!consumer_group.empty()) header.consumerGroup = consumer_group;
  std::vector<std::pair<std::string, remoting::RemotingCommand>> requests;
  // Also to brokers whose connection is still being made: one-way messages may be waiting for it,
  // and the answer to this request says that they have arrived.
  for (const auto& [name, broker] : routes_.all_addresses()) {
    requests.emplace_back(broker.address, make_request(RequestCode::UnregisterClient, header));
  }
  call_all(std::move(requests), settings_.api_timeout, "unregister");
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

std::string ClientInstance::fast_address(std::string address) const {
  if (!settings_.vip_channel) [[likely]]
    return address;
  const auto colon = address.rfind(':');
  int port = 0;
  if (colon == std::string::npos) return address;
  const char* end = address.data() + address.size();
  const auto read = std::from_chars(address.data() + colon + 1, end, port);
  if (read.ec != std::errc{} || read.ptr != end || port <= 2) return address;
  return address.substr(0, colon + 1) + std::to_string(port - 2);
}

void ClientInstance::post_callback(UniqueFunction<void()> callback) {
  if (network_.runs_this_thread()) {
    callbacks_.gather(std::move(callback));
  } else {
    callbacks_.post(std::move(callback));
  }
}

Outcome<remoting::RemotingCommand> ClientInstance::call(const std::string& address,
                                                        remoting::RemotingCommand request,
                                                        milliseconds timeout) {
  auto answer = network_.invoke(address, std::move(request), timeout);
  if (!answer) return remoting_failure(answer.error(), address);
  if (answer->response_code() != ResponseCode::Success) return broker_failure(*answer, address);
  return std::move(*answer);
}

void ClientInstance::call_all(
    std::vector<std::pair<std::string, remoting::RemotingCommand>> requests, milliseconds timeout,
    const char* what, const Answered& answered) {
  struct Waiting {
    std::mutex mutex;
    std::condition_variable done;
    std::size_t left = 0;  // guarded by mutex
  };
  const auto waiting = std::make_shared<Waiting>();
  waiting->left = requests.size();
  for (auto& [address, request] : requests) {
    network_.invoke_async(
        address, std::move(request), timeout,
        [waiting, what, &answered, address = address](Result<remoting::RemotingCommand> answer) {
          if (!answer) {
            client_log().warn("{} to {}: {}", what, address, answer.error().remark);
          } else if (answer->response_code() != ResponseCode::Success) {
            client_log().warn("{} to {} was refused: {} {}", what, address, answer->code,
                              answer->remark);
          }
          if (answered) {
            answered(address, answer && answer->response_code() == ResponseCode::Success);
          }
          const std::scoped_lock lock(waiting->mutex);
          if (--waiting->left == 0) waiting->done.notify_all();
        });
  }
  // Every request is answered or times out: the callbacks come in any case, and only then does
  // what they refer to go away.
  std::unique_lock lock(waiting->mutex);
  waiting->done.wait(lock, [&] { return waiting->left == 0; });
}

}  // namespace rocketmq::client
