#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "rocketmq/client/failure.hpp"
#include "rocketmq/common/unique_function.hpp"
#include "rocketmq/remoting/client.hpp"

namespace rocketmq::client {

class AddressServer;

/// The addresses of "host:port;host:port"; "http://" before an address is dropped, an empty list
/// has none. Failure: names the list and what is wrong with it.
Outcome<std::vector<std::string>> parse_name_servers(const std::string& list);

/// The list of name servers. One is used at a time, chosen at random at first; when it does not
/// reply, the next one is asked and kept: immediately where it cannot be reached, after
/// patience_max where it is silent, as long as there is another one to ask. The list is fixed, or
/// comes from an address server. Safe on any thread.
class NameServers {
 public:
  /// How long a silent name server is waited for while others have not been asked.
  static constexpr std::chrono::milliseconds patience_max{1'000};

  /// A malformed `list` is an empty one, and requests fail with what is wrong with it.
  /// `address_server` may be null; else it is asked for the list when a name server is needed and
  /// none is known, and by look_up().
  NameServers(const std::string& list, remoting::Client& network,
              std::unique_ptr<AddressServer> address_server);
  NameServers(const std::string& list, remoting::Client& network);
  ~NameServers();

  /// Asks one name server after the other until one replies, the last one within `timeout`, the
  /// others within patience_max as well, and waits for the response. Failures: no name server is
  /// known (10004), none replied (the last one's reason).
  Outcome<remoting::RemotingCommand> ask(const remoting::RemotingCommand& request,
                                         std::chrono::milliseconds timeout);
  /// The same without waiting; an address server is not asked. `done` runs once: on an I/O thread,
  /// or on the calling one where no name server is known or the network has shut down. The
  /// response's body is valid during the call only.
  using AskDone = UniqueFunction<void(Outcome<remoting::RemotingCommand>)>;
  void ask_async(remoting::RemotingCommand request, std::chrono::milliseconds timeout,
                 AskDone done);

  std::vector<std::string> addresses() const;
  bool has_address_server() const { return address_server_ != nullptr; }
  /// Asks the address server, if there is one. A failure, and a response that is no list, leave the
  /// list as it was.
  void look_up(std::chrono::milliseconds timeout);
  /// Ends a request to the address server that is under way, and lets none follow.
  void cancel();

 private:
  struct Question;
  /// Asks the next name server that has not been asked yet.
  void ask_next(std::unique_ptr<Question> question);
  Failure none_replied(const Question& question) const;
  Failure no_name_server() const;
  /// Asks the address server while no name server is known.
  void look_up_first(std::chrono::milliseconds timeout);
  void ask_address_server(std::chrono::milliseconds timeout);  // under look_up_mutex_
  /// Replaces the list by one that can be read.
  void set(const std::string& list);
  /// The addresses, that of the present name server first.
  std::vector<std::string> in_turn() const;
  /// Keeps the one that has replied.
  void use(const std::string& address);

  remoting::Client& network_;
  const std::unique_ptr<AddressServer> address_server_;  // may be null
  std::mutex look_up_mutex_;                             // one thread at a time asks
  mutable std::mutex mutex_;
  std::vector<std::string> addresses_;  // guarded by mutex_
  std::size_t current_ = 0;             // guarded by mutex_; an index of addresses_ unless empty
  std::string refused_;                 // guarded by mutex_; why the last list was refused
};

}  // namespace rocketmq::client
