#include "name_servers.hpp"

#include <algorithm>
#include <cstddef>
#include <random>
#include <string_view>
#include <utility>

#include "client_log.hpp"
#include "rocketmq/common/endpoint.hpp"

namespace rocketmq::client {
namespace {

std::vector<std::string> parse_list(std::string list) {
  constexpr std::string_view scheme = "http://";
  for (auto at = list.find(scheme); at != std::string::npos; at = list.find(scheme, at))
    list.erase(at, scheme.size());
  if (list.empty()) return {};
  auto addresses = parse_address_list(list);
  if (addresses) return std::move(*addresses);
  client_log().error("the list of name servers is not used: {}", addresses.error().remark);
  return {};
}

}  // namespace

NameServers::NameServers(const std::string& list, remoting::Client& network,
                         std::unique_ptr<AddressServer> address_server)
    : network_(network), address_server_(std::move(address_server)) {
  set(parse_list(list));
}

std::vector<std::string> NameServers::addresses() const {
  const std::scoped_lock lock(mutex_);
  return addresses_;
}

void NameServers::set(std::vector<std::string> addresses) {
  if (addresses.empty()) return;
  const std::scoped_lock lock(mutex_);
  if (addresses == addresses_) return;
  addresses_ = std::move(addresses);
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
  if (!list) return client_log().warn("{}", list.error().text);
  set(parse_list(*list));
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
    return client_failure("No name server address, please set it.",
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
    client_log().warn("name server {} does not answer: {}", address, answer.error().remark);
  }
  return last;
}

}  // namespace rocketmq::client
