#include "rocketmq/client/client_core.hpp"

#include <spdlog/logger.h>

#include <charconv>
#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "address_server.hpp"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/protocol/request_signature.hpp"

namespace rocketmq::client {
namespace {

/// How often name servers are requested from the address server.
constexpr milliseconds address_server_first{10'000};
constexpr milliseconds address_server_period{120'000};

remoting::ClientOptions network_options(const ClientSettings& settings) {
  const SessionCredentials& account = settings.credentials;
  remoting::ClientOptions options;
  auto tls = load_tls(settings);
  // The settings have been checked: a file has changed since.
  if (!tls) throw MQClientException(tls.error().text);
  options.tls = *std::move(tls);
  // Sends are limited before they get here; this leaves room for pulls and the rest.
  options.in_flight_max = 131'072;
  const char* serialize = std::getenv("ROCKETMQ_SERIALIZE_TYPE");
  if (serialize != nullptr && std::strcmp(serialize, "ROCKETMQ") == 0) {
    options.serialize_type = remoting::SerializeType::Rocketmq;
  }
  if (!account.isEmpty()) {
    const auto credentials = std::make_shared<const remoting::RequestCredentials>(
        account.getAccessKey(), account.getSecretKey(), account.getSecurityToken());
    options.before_request = [credentials](remoting::RemotingCommand& request) {
      credentials->sign(request);
    };
  }
  return options;
}

/// Null unless one was set, and needed.
std::unique_ptr<AddressServer> make_address_server(const ClientSettings& settings) {
  if (settings.namesrv_domain.empty() || !settings.effective_namesrv_addr().empty()) return nullptr;
  return std::make_unique<AddressServer>(settings.namesrv_domain, settings.namesrv_subgroup,
                                         settings.unit_name);
}

/// A response that is not a success is a failure.
Outcome<remoting::RemotingCommand> success_of(Result<remoting::RemotingCommand> response,
                                              const std::string& address) {
  if (!response) return remoting_failure(response.error(), address);
  if (response->response_code() != ResponseCode::Success) return broker_failure(*response, address);
  return std::move(*response);
}

}  // namespace

ClientCore::ClientCore(const ClientSettings& settings, std::shared_ptr<ClientThreads> threads)
    : settings_(settings),
      id_(settings.client_id()),
      threads_(std::move(threads)),
      callbacks_(threads_->callbacks(), threads_->timer(), settings.callback_threads),
      timer_(threads_->timer()),
      work_(threads_->timer(), &threads_->work()),
      network_(network_options(settings), &dispatcher_, threads_->network()),
      name_servers_(settings.effective_namesrv_addr(), network_, make_address_server(settings)) {
  (void)client_log();  // before anything of the network has something to log
}

ClientCore::~ClientCore() { stop(); }

void ClientCore::start() {
  if (name_servers_.has_address_server()) {
    work_.every(address_server_first, address_server_period,
                [this] { name_servers_.look_up(settings_.api_timeout); });
  }
  timer_.start();
  work_.start();
}

void ClientCore::stop() {
  if (has_stopped_.exchange(true)) return;
  // The network first: those that wait for a response get ShutDown, and the other threads can end.
  name_servers_.cancel();
  network_.shutdown();
  timer_.stop();
  work_.stop();
  network_.settle();
  callbacks_.stop();
}

void ClientCore::post_callback(UniqueFunction<void()> callback) {
  if (network_.runs_this_thread()) {
    callbacks_.gather(std::move(callback));
  } else {
    callbacks_.post(std::move(callback));
  }
}

std::string ClientCore::fast_address(std::string address) const {
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

Outcome<remoting::RemotingCommand> ClientCore::call(const std::string& address,
                                                    remoting::RemotingCommand request,
                                                    milliseconds timeout) {
  return success_of(network_.invoke(address, std::move(request), timeout), address);
}

Outcome<remoting::RemotingCommand> ClientCore::call_name_server(
    const remoting::RemotingCommand& request, milliseconds timeout) {
  auto response = name_servers_.ask(request, timeout);
  if (!response) return response.error();
  if (response->response_code() != ResponseCode::Success) return broker_failure(*response, {});
  return std::move(*response);
}

void ClientCore::call_async(const std::string& address, remoting::RemotingCommand request,
                            milliseconds timeout, CallDone done) {
  network_.invoke_async(
      address, std::move(request), timeout,
      [done = std::move(done), address](Result<remoting::RemotingCommand> response) mutable {
        done(success_of(std::move(response), address));
      });
}

void ClientCore::call_name_server_async(remoting::RemotingCommand request, milliseconds timeout,
                                        CallDone done) {
  name_servers_.ask_async(
      std::move(request), timeout,
      [done = std::move(done)](Outcome<remoting::RemotingCommand> response) mutable {
        if (response && response->response_code() != ResponseCode::Success) {
          return done(broker_failure(*response, {}));
        }
        done(std::move(response));
      });
}

void ClientCore::call_all(std::vector<std::pair<std::string, remoting::RemotingCommand>> requests,
                          milliseconds timeout, const char* what, const Ended& ended) {
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
        [waiting, what, &ended, address = address](Result<remoting::RemotingCommand> response) {
          if (!response) {
            client_log().warn("{} to {}: {}", what, address, response.error().remark);
          } else if (response->response_code() != ResponseCode::Success) {
            client_log().warn("{} to {} was refused: {} {}", what, address, response->code,
                              response->remark);
          }
          if (ended) ended(address, response && response->response_code() == ResponseCode::Success);
          const std::scoped_lock lock(waiting->mutex);
          if (--waiting->left == 0) waiting->done.notify_all();
        });
  }
  // Every request gets a response or times out: all callbacks run, and only then does what they
  // refer to go away.
  std::unique_lock lock(waiting->mutex);
  waiting->done.wait(lock, [&] { return waiting->left == 0; });
}

}  // namespace rocketmq::client
