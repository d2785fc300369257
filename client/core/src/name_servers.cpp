#include "rocketmq/client/name_servers.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <optional>
#include <random>
#include <string_view>
#include <utility>

#include "address_server.hpp"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/log_limiter.hpp"

namespace rocketmq::client {

Outcome<std::vector<std::string>> parse_name_servers(const std::string& list) {
  constexpr std::string_view scheme = "http://";
  std::string plain = list;
  for (auto at = plain.find(scheme); at != std::string::npos; at = plain.find(scheme, at))
    plain.erase(at, scheme.size());
  if (plain.empty()) return std::vector<std::string>();
  auto addresses = parse_address_list(plain);
  if (addresses) return std::move(*addresses);
  return client_failure("the list of name servers '" + list + "' cannot be used: " +
                            addresses.error().remark + "; expected host:port;host:port",
                        static_cast<int>(ResponseCode::NoNameServer));
}

NameServers::NameServers(const std::string& list, remoting::Client& network)
    : NameServers(list, network, nullptr) {}

NameServers::~NameServers() = default;

NameServers::NameServers(const std::string& list, remoting::Client& network,
                         std::unique_ptr<AddressServer> address_server)
    : network_(network), address_server_(std::move(address_server)) {
  set(list);
}

std::vector<std::string> NameServers::addresses() const {
  const std::scoped_lock lock(mutex_);
  return addresses_;
}

void NameServers::set(const std::string& list) {
  auto addresses = parse_name_servers(list);
  if (!addresses) client_log().error("{}", addresses.error().text);
  const std::scoped_lock lock(mutex_);
  refused_ = addresses ? std::string() : addresses.error().text;
  if (!addresses || addresses->empty() || *addresses == addresses_) return;
  addresses_ = std::move(*addresses);
  current_ = std::random_device{}() % addresses_.size();
}

void NameServers::look_up(std::chrono::milliseconds timeout) {
  if (address_server_ == nullptr) return;
  const std::scoped_lock lock(look_up_mutex_);
  ask_address_server(timeout);
}

void NameServers::look_up_first(std::chrono::milliseconds timeout) {
  if (address_server_ == nullptr) return;
  const std::scoped_lock lock(look_up_mutex_);
  // Another thread may have asked meanwhile.
  if (addresses().empty()) ask_address_server(timeout);
}

void NameServers::ask_address_server(std::chrono::milliseconds timeout) {
  const auto list = address_server_->ask(timeout);
  if (!list) {
    client_log().warn("{}", list.error().text);
    const std::scoped_lock lock(mutex_);
    refused_ = list.error().text;
    return;
  }
  set(*list);
}

void NameServers::cancel() {
  if (address_server_ != nullptr) address_server_->cancel();
}

std::vector<std::string> NameServers::in_turn() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> addresses = addresses_;
  std::rotate(addresses.begin(), addresses.begin() + static_cast<std::ptrdiff_t>(current_),
              addresses.end());
  return addresses;
}

void NameServers::use(const std::string& address) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::find(addresses_.begin(), addresses_.end(), address);
  if (found != addresses_.end()) current_ = static_cast<std::size_t>(found - addresses_.begin());
}

/// One request on its way from name server to name server.
struct NameServers::Question {
  remoting::RemotingCommand request;
  std::chrono::milliseconds timeout;
  AskDone done;
  std::vector<std::string> addresses;
  std::size_t asked = 0;
  Failure last;
};

Failure NameServers::no_name_server() const {
  const std::scoped_lock lock(mutex_);
  return client_failure(refused_.empty() ? "No name server address, please set it."
                                         : "No name server address: " + refused_,
                        static_cast<int>(ResponseCode::NoNameServer));
}

Failure NameServers::none_replied(const Question& question) const {
  Failure failure = question.last;
  if (question.addresses.size() == 1) return failure;
  std::string list;
  for (const std::string& address : question.addresses) list += (list.empty() ? "" : ";") + address;
  failure.text = "no name server of " + list + " replies: " + failure.text;
  return failure;
}

void NameServers::ask_async(remoting::RemotingCommand request, std::chrono::milliseconds timeout,
                            AskDone done) {
  std::vector<std::string> addresses = in_turn();
  if (addresses.empty()) return done(no_name_server());
  request.own_body();
  ask_next(std::make_unique<Question>(
      Question{std::move(request), timeout, std::move(done), std::move(addresses), 0, {}}));
}

void NameServers::ask_next(std::unique_ptr<Question> question) {
  Question& next = *question;
  const std::string address = next.addresses[next.asked];
  // Encoded before the call returns; kept for the next name server.
  remoting::RemotingCommand request = next.request;
  const bool is_last = next.asked + 1 == next.addresses.size();
  const auto timeout = is_last ? next.timeout : std::min(next.timeout, patience_max);
  network_.invoke_async_reusing(
      address, request, timeout,
      [this, question = std::move(question)](Result<remoting::RemotingCommand> response) mutable {
        Question& asked = *question;
        const std::string& replier = asked.addresses[asked.asked];
        if (response) {
          use(replier);
          return asked.done(std::move(*response));
        }
        asked.last = remoting_failure(response.error(), replier);
        if (response.error().code == ResponseCode::ShutDown) return asked.done(asked.last);
        static LogLimiter limiter;
        if (const auto held_back = limiter.admit()) {
          client_log().warn("name server {} does not reply: {} (and {} such before)", replier,
                            response.error().remark, *held_back);
        }
        if (++asked.asked < asked.addresses.size()) return ask_next(std::move(question));
        asked.done(none_replied(asked));
      });
}

Outcome<remoting::RemotingCommand> NameServers::ask(const remoting::RemotingCommand& request,
                                                    std::chrono::milliseconds timeout) {
  ensure(!network_.runs_this_thread(), "a thread that does I/O does not wait for a response");
  if (addresses().empty()) look_up_first(timeout);
  struct Waiting {
    std::mutex mutex;
    std::condition_variable came;
    std::optional<Outcome<remoting::RemotingCommand>> outcome;  // guarded by mutex
  } waiting;
  ask_async(request, timeout, [&waiting](Outcome<remoting::RemotingCommand> outcome) {
    if (outcome) outcome->own_body();
    const std::scoped_lock lock(waiting.mutex);
    waiting.outcome = std::move(outcome);
    waiting.came
        .notify_one();  // under the lock: the waiter goes away as soon as it has the outcome
  });
  std::unique_lock lock(waiting.mutex);
  waiting.came.wait(lock, [&] { return waiting.outcome.has_value(); });
  return std::move(*waiting.outcome);
}

}  // namespace rocketmq::client
