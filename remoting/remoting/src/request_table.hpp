#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "rocketmq/common/result.hpp"
#include "rocketmq/net/deadline_queue.hpp"
#include "rocketmq/protocol/remoting_command.hpp"
#include "rocketmq/remoting/channel.hpp"

namespace rocketmq::remoting {

/// Runs a callback that came from outside; what it throws is logged and goes no further.
void run_callback(ResponseCallback& done, Result<RemotingCommand>&& outcome);

/// How many of our requests are under way over all connections of a server or client. Any thread.
class InFlight {
 public:
  explicit InFlight(std::size_t count_max) : count_max_(count_max) {}

  /// False: there are as many as allowed.
  bool begin() {
    if (count_.fetch_add(1, std::memory_order_relaxed) < count_max_) return true;
    end();
    return false;
  }
  void end() { count_.fetch_sub(1, std::memory_order_relaxed); }
  std::size_t count() const { return count_.load(std::memory_order_relaxed); }
  std::size_t count_max() const { return count_max_; }

 private:
  const std::size_t count_max_;
  std::atomic<std::size_t> count_{0};
};

/// Our request that waits for its response, or a one-way one that waits for its connection.
struct WaitingRequest {
  std::int32_t opaque = 0;
  net::SteadyTime deadline;
  /// The time from the call to the deadline, for the error's text.
  std::chrono::milliseconds timeout{0};
  bool is_oneway = false;
  ResponseCallback done;
};

/// Our requests under way on one connection: matches responses with them by opaque, and ends each
/// exactly once, with its response, at its deadline, or when the connection ends.
///
/// No sockets, no threads, no clock. Runs on the connection's reactor. A callback may call any
/// method, of this table too. Bounded by InFlight: who adds a request that is not one-way has
/// begun it there, and the table ends it.
class RequestTable final : private net::DeadlineOwner {
 public:
  /// `address` is the peer's, for the errors' texts; all outlive the table.
  RequestTable(net::DeadlineQueue& deadlines, InFlight& in_flight, const std::string& address);
  ~RequestTable();
  RequestTable(const RequestTable&) = delete;
  RequestTable& operator=(const RequestTable&) = delete;

  /// The request waits from now on. A one-way request waits until connected(), and then not at all.
  /// A request whose opaque another one has ends with that one, because it is unknown whose
  /// response comes.
  void add(WaitingRequest&& request);
  /// The connection has been made: one-way requests have been handed over.
  void connected();
  /// Ends the request of `opaque` with its response. False when there is none: it came after its
  /// deadline, or is the response to nothing that we asked. `response` is left alone then.
  bool respond(std::int32_t opaque, Result<RemotingCommand>&& response);
  /// Ends all with `error`.
  void fail_all(const Error& error);
  /// Ends a request that was never added.
  void fail(WaitingRequest& request, const Error& error);

  std::size_t size() const { return waiting_.size(); }
  bool is_connected() const { return is_connected_; }

 private:
  struct Waiting {
    ResponseCallback done;
    std::chrono::milliseconds timeout{0};
    bool is_oneway = false;
    net::DeadlineQueue::Handle deadline;
  };
  using Table = std::unordered_map<std::int32_t, Waiting>;
  /// Entries that are kept for later requests, so that a busy connection allocates none.
  static constexpr std::size_t spare_max = 4096;

  void on_deadline(std::int64_t opaque) override;
  std::optional<Waiting> take(std::int32_t opaque);
  void end(ResponseCallback& done, bool is_oneway, Result<RemotingCommand>&& outcome);

  net::DeadlineQueue& deadlines_;
  InFlight& in_flight_;
  const std::string& address_;
  Table waiting_;
  std::vector<Table::node_type> spare_;
  bool is_connected_ = false;
};

}  // namespace rocketmq::remoting
