#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>

#include "rocketmq/client/failure.hpp"

namespace rocketmq::client {

/// An HTTP server that returns the list of name servers: GET http://domain:8080/rocketmq/subgroup,
/// for a client with a unit's name .../rocketmq/subgroup-unit?nofix=1.
class AddressServer {
 public:
  /// `domain`: "host" or "host:port".
  AddressServer(const std::string& domain, const std::string& subgroup, const std::string& unit);

  /// The list, as the server writes it, without white space around it. Waits for it, `timeout` at
  /// most, but for the time that the system takes to look up a name. One call at a time.
  Outcome<std::string> ask(std::chrono::milliseconds timeout);
  /// Makes the call under way fail, and all later ones. Any thread.
  void cancel();

 private:
  std::string host_;
  std::string port_ = "8080";
  std::string path_;
  std::mutex mutex_;
  bool is_cancelled_ = false;   // guarded by mutex_
  std::function<void()> stop_;  // guarded by mutex_; set while a call is under way
};

}  // namespace rocketmq::client
