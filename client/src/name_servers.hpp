#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "failure.hpp"
#include "rocketmq/remoting/client.hpp"

namespace rocketmq::client {

/// The list of name servers. One is used at a time, chosen at random at first; when it does not
/// answer, the next one is asked and kept. Safe on any thread.
class NameServers {
 public:
  /// `list` is "host:port;host:port"; "http://" before an address is dropped. A malformed list is
  /// an empty one.
  NameServers(const std::string& list, remoting::Client& network);

  /// Asks one name server after the other until one answers, each within `timeout`. Failures: no
  /// name server is known (10004), none answered (the last one's reason).
  Outcome<remoting::RemotingCommand> ask(const remoting::RemotingCommand& request,
                                         std::chrono::milliseconds timeout);

  const std::vector<std::string>& addresses() const { return addresses_; }

 private:
  std::vector<std::string> addresses_;
  remoting::Client& network_;
  std::atomic<std::size_t> current_{0};
};

}  // namespace rocketmq::client
