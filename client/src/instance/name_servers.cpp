#include "instance/name_servers.hpp"

#include <algorithm>
#include <cstddef>
#include <random>
#include <string_view>
#include <utility>

#include "instance/client_log.hpp"
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

Outcome<remoting::RemotingCommand> NameServers::ask(const remoting::RemotingCommand& request,
                                                    std::chrono::milliseconds timeout) {
  std::vector<std::string> addresses = in_turn();
  if (addresses.empty()) {
    look_up_first(timeout);
    addresses = in_turn();
  }
  if (addresses.empty()) {
    const std::scoped_lock lock(mutex_);
    return client_failure(refused_.empty() ? "No name server address, please set it."
                                           : "No name server address: " + refused_,
                          static_cast<int>(ResponseCode::NoNameServer));
  }
  Failure last;
  for (const std::string& address : addresses) {
    auto answer = network_.invoke(address, request, timeout);
    if (answer) {
      use(address);
      return std::move(*answer);
    }
    last = remoting_failure(answer.error(), address);
    if (answer.error().code == ResponseCode::ShutDown) break;
    static LogLimiter limiter;
    if (const auto held_back = limiter.admit()) {
      client_log().warn("name server {} does not reply: {} (and {} such before)", address,
                        answer.error().remark, *held_back);
    }
  }
  if (addresses.size() > 1 && last.code != static_cast<int>(ResponseCode::ShutDown)) {
    std::string list;
    for (const std::string& address : addresses) list += (list.empty() ? "" : ";") + address;
    last.text = "no name server of " + list + " replies: " + last.text;
  }
  return last;
}

}  // namespace rocketmq::client
