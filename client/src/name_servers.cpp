#include "name_servers.hpp"

#include <random>
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

NameServers::NameServers(const std::string& list, remoting::Client& network)
    : addresses_(parse_list(list)), network_(network) {
  if (!addresses_.empty()) current_ = std::random_device{}() % addresses_.size();
}

Outcome<remoting::RemotingCommand> NameServers::ask(const remoting::RemotingCommand& request,
                                                    std::chrono::milliseconds timeout) {
  if (addresses_.empty()) {
    return client_failure("No name server address, please set it.",
                          static_cast<int>(ResponseCode::NoNameServer));
  }
  const std::size_t first = current_.load(std::memory_order_relaxed);
  Failure last;
  for (std::size_t i = 0; i < addresses_.size(); ++i) {
    const std::size_t index = (first + i) % addresses_.size();
    auto answer = network_.invoke(addresses_[index], request, timeout);
    if (answer) {
      current_.store(index, std::memory_order_relaxed);
      return std::move(*answer);
    }
    last = remoting_failure(answer.error(), addresses_[index]);
    if (answer.error().code == ResponseCode::ShutDown) break;
    client_log().warn("name server {} does not answer: {}", addresses_[index],
                      answer.error().remark);
  }
  return last;
}

}  // namespace rocketmq::client
