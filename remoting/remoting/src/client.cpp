#include "rocketmq/remoting/client.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "connection.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/net/reactor.hpp"
#include "rocketmq/net/tcp_transport.hpp"
#include "rocketmq/net/tls_transport.hpp"

namespace rocketmq::remoting {

namespace {

/// How long requests that were handed over before shutdown(), one-way ones say, may take to leave.
constexpr std::chrono::milliseconds shutdown_grace{200};

/// A response on its way to a thread that waits for it.
class Waiter {
 public:
  void finish(Result<RemotingCommand> outcome) {
    if (outcome) outcome->own_body();
    const std::lock_guard lock(mutex_);
    outcome_ = std::move(outcome);
    finished_.notify_one();  // under the lock: the waiter goes away as soon as it sees the outcome
  }
  Result<RemotingCommand> wait() {
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [this] { return outcome_.has_value(); });
    return std::move(*outcome_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable finished_;
  std::optional<Result<RemotingCommand>> outcome_;  // guarded by mutex_
};

std::atomic<std::uint64_t> next_client{1};

/// The connection to an address that a thread used last.
struct UsedConnection {
  std::uint64_t client = 0;
  std::string address;
  std::weak_ptr<Connection> connection;
};

UsedConnection& used_last(const std::string& address) {
  constexpr std::size_t addresses_max = 8;
  thread_local std::array<UsedConnection, addresses_max> used;
  return used[std::hash<std::string>{}(address) % addresses_max];
}

}  // namespace

struct Client::Impl {
  Impl(ClientOptions client_options, const Dispatcher* dispatcher, NetThreads* shared);

  void request(const std::string& address, RemotingCommand& command,
               std::chrono::milliseconds timeout, ResponseCallback done, bool is_oneway,
               std::size_t wait_over_bytes = 0);
  Result<std::shared_ptr<Connection>> connection_to(const std::string& address);
  /// The connection that this thread used last for the address, without a lock; null when it has
  /// closed, and after shutdown().
  std::shared_ptr<Connection> used_connection(const std::string& address) const;
  std::shared_ptr<Connection> find(const std::string& address) const;
  void connection_closed(const std::shared_ptr<Connection>& connection);
  /// Has `end` called for every connection that has not closed, on the shared thread.
  void end_each(std::function<void(Connection&)> end);
  void leave_shared_thread();
  /// Returns when the shared thread has run everything that was left to it before.
  void wait_for_shared_thread();

  const std::uint64_t id = next_client.fetch_add(1, std::memory_order_relaxed);
  const ClientOptions options;
  NetThreads* const shared_threads;  // null: the reactors are this client's own
  std::shared_ptr<ConnectionContext> context;
  std::vector<std::shared_ptr<net::Reactor>> reactors;
  // Set before the first request.
  std::function<void(const std::string&)> established_handler;
  std::function<void(const std::string&)> closed_handler;

  std::mutex
      shutdown_mutex;  // makes concurrent shutdown() calls wait for each other; taken before mutex
  mutable std::mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<Connection>> connections;  // guarded by mutex
  // Until they have closed, which other ones for the same address do not wait for.
  std::unordered_set<std::shared_ptr<Connection>> living;  // guarded by mutex
  std::condition_variable all_closed;
  bool has_left = false;                  // guarded by shutdown_mutex
  std::size_t next_reactor = 0;           // guarded by mutex
  std::atomic<bool> is_shut_down{false};  // written under mutex
};

Client::Impl::Impl(ClientOptions client_options, const Dispatcher* dispatcher, NetThreads* shared)
    : options(std::move(client_options)), shared_threads(shared) {
  context = std::make_shared<ConnectionContext>(options.in_flight_max);
  context->name = options.thread_name_prefix;
  context->unit_bytes_max = options.frame_bytes_max;
  // A server that does not read our responses is not read from; our requests have a limit of their
  // own.
  context->output_bytes_high = options.output_bytes_max;
  context->output_bytes_max = options.output_bytes_max;
  context->idle_timeout = options.idle_timeout;
  context->lends_output_buffers = true;
  context->dispatcher = dispatcher;
  context->established = [this](const Connection& connection) {
    if (established_handler) established_handler(connection.address());
  };
  context->closed = [this](const std::shared_ptr<Connection>& connection) {
    connection_closed(connection);
  };
  if (shared_threads != nullptr) {
    reactors.push_back(shared_threads->take());
    return;
  }
  for (std::size_t k = 0; k < std::max<std::size_t>(1, options.net_threads); ++k) {
    reactors.push_back(
        std::make_shared<net::Reactor>(options.thread_name_prefix + "-" + std::to_string(k)));
    if (options.callbacks_ran) reactors.back()->on_turn_end(options.callbacks_ran);
    reactors.back()->scan_idle_every(net::idle_scan_period(options.idle_timeout));
    reactors.back()->start();
  }
}

void Client::Impl::request(const std::string& address, RemotingCommand& command,
                           std::chrono::milliseconds timeout, ResponseCallback done, bool is_oneway,
                           std::size_t wait_over_bytes) {
  command.serialize_type = options.serialize_type;
  if (options.before_request) options.before_request(command);
  // False when the connection has closed and has not seen the request.
  const auto submit_to = [&](Connection& connection) {
    const Connection::Submitted outcome =
        is_oneway ? connection.submit_oneway(command, timeout, done)
                  : connection.submit(command, timeout, done, wait_over_bytes);
    if (outcome == Connection::Submitted::closed) return false;
    if (outcome != Connection::Submitted::yes)
      fail_later(*reactors.front(), std::move(done), connection.refusal(outcome));
    return true;
  };
  if (const auto used = used_connection(address); used != nullptr && submit_to(*used)) return;
  // A connection that closes between being looked up and being used has not seen the request: the
  // next one takes it.
  bool was_established = false;
  for (int attempts = 0; attempts < 3; ++attempts) {
    const auto connection = connection_to(address);
    if (!connection) {
      // The shared thread continues; what comes after the end fails here.
      if (shared_threads != nullptr && connection.error().code == ResponseCode::ShutDown) {
        return run_callback(done, connection.error());
      }
      return fail_later(*reactors.front(), std::move(done), connection.error());
    }
    used_last(address) = {id, address, *connection};
    if (submit_to(**connection)) return;
    was_established = (*connection)->was_established();
  }
  // An attempt to connect may fail before the request is handed over to it.
  Error error{ResponseCode::ConnectFailed,
              "cannot connect to " + address + ": nothing accepts connections there"};
  if (was_established) {
    error = {ResponseCode::SendFailed,
             "connections to " + address + " close as soon as they are made"};
  }
  fail_later(*reactors.front(), std::move(done), std::move(error));
}

Result<std::shared_ptr<Connection>> Client::Impl::connection_to(const std::string& address) {
  const std::lock_guard lock(mutex);
  if (is_shut_down) return Error{ResponseCode::ShutDown, "the client has been shut down"};
  const auto found = connections.find(address);
  if (found != connections.end() && found->second->is_open()) return found->second;
  const auto target = parse_host_port(address);
  if (!target) return Error{ResponseCode::ConnectFailed, target.error().remark};
  const std::shared_ptr<net::Reactor>& reactor = reactors[next_reactor++ % reactors.size()];
  auto connection = std::make_shared<Connection>(reactor, context, address);
  reactor->post([connection, &at = *reactor, target = *target, socket = context->socket,
                 timeout = options.connect_timeout, tls = options.tls] {
    auto link = net::connecting_tcp(at, target.host, target.port, socket);
    if (tls != nullptr) link = net::connecting_tls(at, std::move(link), tls->current());
    connection->open(std::move(link), timeout);
  });
  connections[address] = connection;
  living.insert(connection);
  return connection;
}

std::shared_ptr<Connection> Client::Impl::used_connection(const std::string& address) const {
  if (is_shut_down.load(std::memory_order_acquire)) return nullptr;
  const UsedConnection& last = used_last(address);
  if (last.client != id || last.address != address) return nullptr;
  auto connection = last.connection.lock();
  return connection != nullptr && connection->is_open() ? connection : nullptr;
}

std::shared_ptr<Connection> Client::Impl::find(const std::string& address) const {
  const std::lock_guard lock(mutex);
  const auto found = connections.find(address);
  return found == connections.end() ? nullptr : found->second;
}

void Client::Impl::connection_closed(const std::shared_ptr<Connection>& connection) {
  {
    const std::lock_guard lock(mutex);
    const auto found = connections.find(connection->address());
    if (found != connections.end() && found->second == connection) connections.erase(found);
  }
  if (closed_handler && connection->was_established()) closed_handler(connection->address());
  const std::lock_guard lock(mutex);
  living.erase(connection);
  if (living.empty()) all_closed.notify_all();
}

void Client::Impl::end_each(std::function<void(Connection&)> end) {
  std::vector<std::shared_ptr<Connection>> present;
  {
    const std::lock_guard lock(mutex);
    present.assign(living.begin(), living.end());
  }
  reactors.front()->post([present = std::move(present), end = std::move(end)] {
    for (const std::shared_ptr<Connection>& connection : present) end(*connection);
  });
}

void Client::Impl::leave_shared_thread() {
  const Error error{ResponseCode::ShutDown, "the client has been shut down"};
  end_each([error](Connection& connection) { connection.wind_down(error); });
  wait_for_shared_thread();
  const auto have_closed = [this] { return living.empty(); };
  std::unique_lock lock(mutex);
  if (have_closed()) return;  // as most do immediately, having nothing more to send
  if (!all_closed.wait_for(lock, shutdown_grace, have_closed)) {
    lock.unlock();
    end_each([error](Connection& connection) { connection.close_now(error); });
    lock.lock();
    all_closed.wait(lock, have_closed);
  }
  lock.unlock();
  wait_for_shared_thread();
}

void Client::Impl::wait_for_shared_thread() {
  const auto ran = std::make_shared<std::promise<void>>();
  const bool is_posted = reactors.front()->post([this, ran] {
    // What was run before in the same turn may have been gathered until its end.
    if (shared_threads->options().callbacks_ran) shared_threads->options().callbacks_ran();
    ran->set_value();
  });
  if (is_posted) ran->get_future().wait();
}

Client::Client(ClientOptions options, const Dispatcher* dispatcher)
    : impl_(std::make_unique<Impl>(std::move(options), dispatcher, nullptr)) {}

Client::Client(ClientOptions options, const Dispatcher* dispatcher, NetThreads& threads)
    : impl_(std::make_unique<Impl>(std::move(options), dispatcher, &threads)) {}

void Client::settle() {
  if (impl_->shared_threads != nullptr) impl_->wait_for_shared_thread();
}

Client::~Client() {
  shutdown();
  if (impl_->shared_threads != nullptr) impl_->shared_threads->give_back(impl_->reactors.front());
}

void Client::on_connection_established(std::function<void(const std::string& address)> handler) {
  impl_->established_handler = std::move(handler);
}

void Client::on_connection_closed(std::function<void(const std::string& address)> handler) {
  impl_->closed_handler = std::move(handler);
}

void Client::invoke_async(const std::string& address, RemotingCommand request,
                          std::chrono::milliseconds timeout, ResponseCallback done) {
  impl_->request(address, request, timeout, std::move(done), false);
}

void Client::invoke_async_reusing(const std::string& address, RemotingCommand& request,
                                  std::chrono::milliseconds timeout, ResponseCallback done,
                                  std::size_t wait_over_bytes) {
  impl_->request(address, request, timeout, std::move(done), false, wait_over_bytes);
}

bool Client::runs_this_thread() const {
  const net::Reactor* const current = net::Reactor::current();
  return current != nullptr &&
         std::any_of(impl_->reactors.begin(), impl_->reactors.end(),
                     [&](const auto& reactor) { return reactor.get() == current; });
}

Result<RemotingCommand> Client::invoke(const std::string& address, RemotingCommand request,
                                       std::chrono::milliseconds timeout) {
  ensure(net::Reactor::current() == nullptr, "a thread that does I/O does not wait for a response");
  Waiter waiter;
  invoke_async(address, std::move(request), timeout,
               [&waiter](Result<RemotingCommand> outcome) { waiter.finish(std::move(outcome)); });
  return waiter.wait();
}

void Client::invoke_oneway(const std::string& address, RemotingCommand request,
                           std::chrono::milliseconds timeout, UniqueFunction<void(Error)> failed) {
  ResponseCallback done;
  if (failed) {
    done = [failed = std::move(failed)](Result<RemotingCommand> outcome) mutable {
      failed(outcome.error());
    };
  }
  impl_->request(address, request, timeout, std::move(done), true);
}

Result<RemotingCommand> Client::call(const std::string& address, RemotingCommand request,
                                     std::chrono::milliseconds timeout) {
  auto response = invoke(address, std::move(request), timeout);
  if (response && response->response_code() != ResponseCode::Success) {
    return Error{response->response_code(), response->remark};
  }
  return response;
}

void Client::close(const std::string& address) {
  if (const auto connection = impl_->find(address)) connection->close("as asked");
}

bool Client::is_connected(const std::string& address) const {
  const auto connection = impl_->find(address);
  return connection != nullptr && connection->is_established();
}

void Client::shutdown() {
  const std::lock_guard shutdown_lock(impl_->shutdown_mutex);
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->is_shut_down = true;
  }
  if (impl_->shared_threads != nullptr) {
    if (std::exchange(impl_->has_left, true)) return;
    return impl_->leave_shared_thread();
  }
  for (const std::shared_ptr<net::Reactor>& reactor : impl_->reactors) {
    reactor->stop(Error{ResponseCode::ShutDown, "the client has been shut down"}, shutdown_grace);
  }
  for (const std::shared_ptr<net::Reactor>& reactor : impl_->reactors) reactor->join();
}

}  // namespace rocketmq::remoting
