#pragma once

#include <chrono>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "mqadmin/frame/arguments.hpp"
#include "mqadmin/frame/output.hpp"
#include "rocketmq/SessionCredentials.h"
#include "rocketmq/client/client_core.hpp"
#include "rocketmq/client/failure.hpp"

namespace rocketmq::mqadmin {

using client::ClientCore;
using client::Failure;
using client::Outcome;
using std::chrono::milliseconds;

/// How long a request waits for its response, and one that a broker relays to clients.
inline constexpr milliseconds request_timeout{5'000};
inline constexpr milliseconds relayed_timeout{15'000};

/// A command line that parses, but says nothing that can be done: exit status 1 instead of 2.
Failure usage_failure(std::string text);
bool is_usage_failure(const Failure& failure);

/// `CODE: n  DESC: text`, which people and scripts search for.
std::string failure_text(const Failure& failure);

/// What the command line says of name servers and TLS.
void apply_connection_options(client::ClientSettings& settings, const Arguments& arguments);

/// What a command works with: its arguments, what it writes to, and the client. One thread.
class Context {
 public:
  /// Requests are signed with `credentials`, unless they are empty.
  Context(const Arguments& arguments, Output& output, std::ostream& error_output,
          SessionCredentials credentials = {});
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const Arguments& arguments() const { return arguments_; }
  Output& out() { return output_; }
  /// For producers that a command makes.
  const SessionCredentials& credentials() const { return credentials_; }

  /// Started by the first call. Commands that only ask a broker by its address need no name server.
  ClientCore& client();
  /// All name servers, for requests that each of them has to get. Failure: there is none.
  Outcome<std::vector<std::string>> name_servers();

  /// For a failure that does not stop the command: it is shown, and decides the exit status.
  /// `where` is the server, if the failure does not name it.
  void report(const Failure& failure, const std::string& where = {});
  bool has_reported() const { return has_reported_; }

 private:
  const Arguments& arguments_;
  Output& output_;
  std::ostream& error_output_;
  const SessionCredentials credentials_;
  std::shared_ptr<client::ClientThreads> threads_;
  std::unique_ptr<ClientCore> client_;
  bool has_reported_ = false;
};

}  // namespace rocketmq::mqadmin
