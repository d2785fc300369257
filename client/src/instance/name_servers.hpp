#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "instance/address_server.hpp"
#include "instance/failure.hpp"
#include "rocketmq/remoting/client.hpp"

namespace rocketmq::client {

/// The addresses of "host:port;host:port"; "http://" before an address is dropped, an empty list
/// has none. Failure: names the list and what is wrong with it.
Outcome<std::vector<std::string>> parse_name_servers(const std::string& list);

/// The list of name servers. One is used at a time, chosen at random at first; when it does not
/// answer, the next one is asked and kept. The list is fixed, or told by an address server. Safe on
/// any thread.
class NameServers {
 public:
  /// A malformed `list` is an empty one, and questions fail with what is wrong with it.
  /// `address_server` may be null; else it is asked for the list when a name server is needed and
  /// none is known, and by look_up().
  NameServers(const std::string& list, remoting::Client& network,
              std::unique_ptr<AddressServer> address_server = nullptr);

  /// Asks one name server after the other until one answers, each within `timeout`. Failures: no
  /// name server is known (10004), none answered (the last one's reason).
  Outcome<remoting::RemotingCommand> ask(const remoting::RemotingCommand& request,
                                         std::chrono::milliseconds timeout);

  std::vector<std::string> addresses() const;
  bool has_address_server() const { return address_server_ != nullptr; }
  /// Asks the address server, if there is one. A failure, and an answer that is no list, leave the
  /// list as it was.
  void look_up(std::chrono::milliseconds timeout);
  /// Ends a question to the address server that is under way, and lets none follow.
  void cancel();

 private:
  /// The same while no name server is known.
  void look_up_first(std::chrono::milliseconds timeout);
  void ask_address_server(std::chrono::milliseconds timeout);  // under look_up_mutex_
  /// Takes a list over; one that cannot be read leaves the present one.
  void set(const std::string& list);
  /// The addresses, that of the present name server first.
  std::vector<std::string> in_turn() const;
  /// Keeps the one that answered.
  void use(const std::string& address);

  remoting::Client& network_;
  const std::unique_ptr<AddressServer> address_server_;  // may be null
  std::mutex look_up_mutex_;                             // one thread at a time asks
  mutable std::mutex mutex_;
  std::vector<std::string> addresses_;  // guarded by mutex_
  std::size_t current_ = 0;             // guarded by mutex_; an index of addresses_ unless empty
  std::string refused_;                 // guarded by mutex_; why the last list was not taken
};

}  // namespace rocketmq::client
