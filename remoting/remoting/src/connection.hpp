#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "admission.hpp"
#include "asio.hpp"
#include "deadline_queue.hpp"
#include "input_buffer.hpp"
#include "output_queue.hpp"
#include "reactor.hpp"
#include "rocketmq/net/shared_limits.hpp"
#include "rocketmq/remoting/channel.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/remoting/reply.hpp"

namespace rocketmq::remoting {

/// What all connections of one server or client have in common. Shared with them, because replies
/// keep connections.
struct ConnectionContext {
  std::string name;
  std::size_t frame_bytes_max = remoting::frame_bytes_max;
  std::size_t output_bytes_high = 0;
  std::size_t output_bytes_max = 0;
  /// Unread hints of one connection; further ones are dropped.
  std::size_t hint_bytes_max = 64 * 1024;
  /// What the connections of all servers may take; null where nothing is shared.
  std::shared_ptr<SharedLimits> limits;
  std::chrono::milliseconds idle_timeout{0};
  /// Requests of ours under way over all connections.
  std::size_t in_flight_max = 65'535;
  int socket_send_buffer_bytes = 0;
  int socket_receive_buffer_bytes = 0;
  /// Whether connections keep some of the reactor's buffers for what other threads leave to be
  /// sent: worth the memory where there are few of them and other threads make most of the output.
  bool lends_output_buffers = false;
  /// Answers the peer's requests; without one they are not supported.
  const Dispatcher* dispatcher = nullptr;
  /// Called once for every connection, on its reactor, when it has been made.
  std::function<void(const Connection&)> established;
  /// Called once for every connection, on its reactor, after it has closed.
  std::function<void(const std::shared_ptr<Connection>&)> closed;

  std::atomic<std::size_t> in_flight{0};
};

/// Runs a callback that came from outside; what it throws is logged and goes no further.
void run_callback(ResponseCallback& done, Result<RemotingCommand>&& outcome);
/// Runs `done` with `error` on the reactor's thread, or here when that thread has ended.
void fail_later(Reactor& reactor, ResponseCallback done, Error error);
Endpoint to_endpoint(const asio::ip::tcp::endpoint& from);

/// One TCP connection: bytes ⇄ frames, answers to the peer's requests, and our own requests to the
/// peer.
///
/// Lives on one reactor from its beginning to its end. Its state belongs to that thread and needs
/// no lock; what other threads want sent is gathered under mutex_ and fetched by the reactor.
/// Bounded: input by one frame and one read, output by output_bytes_max, requests under way by
/// in_flight_max; the work of one turn by a number of requests and of bytes, so that the other
/// connections of the reactor wait for little.
class Connection final : public Channel,
                         public ResponseSink,
                         private DeadlineOwner,
                         public std::enable_shared_from_this<Connection> {
 public:
  enum class Submitted {
    yes,        ///< `done` will be called
    too_large,  ///< no frame may be so large; `done` was left alone
    closed,     ///< the connection is gone; `done` was left alone
    full,       ///< output is over the limit; `done` was left alone
    too_many,   ///< as many requests under way as allowed; `done` was left alone
  };

  Connection(std::shared_ptr<Reactor> reactor, std::shared_ptr<ConnectionContext> context,
             std::string address);
  ~Connection();

  // Channel
  std::uint64_t id() const override { return id_; }
  const Endpoint& remote() const override { return remote_; }
  const Endpoint& local() const override { return local_; }
  bool is_open() const override { return is_open_.load(std::memory_order_acquire); }
  bool send_oneway(RemotingCommand request) override;
  bool send_hint(RemotingCommand request) override;
  void invoke(RemotingCommand request, std::chrono::milliseconds timeout,
              ResponseCallback done) override;
  void close(std::string reason) override;

  // ResponseSink
  void respond(RemotingCommand& response, Body body) override;
  bool has_peer() const override { return is_open(); }

  /// invoke() that says what became of it. Any thread. Unless `wait_over_bytes` is 0, a thread that
  /// is not the reactor's waits first, while more than that is to be sent and time is left.
  Submitted submit(RemotingCommand& request, std::chrono::milliseconds timeout,
                   ResponseCallback& done, std::size_t wait_over_bytes = 0);
  /// A one-way request; `failed` is called if the connection is lost, or `timeout` passes, before
  /// it could be made.
  Submitted submit_oneway(RemotingCommand& request, std::chrono::milliseconds timeout,
                          ResponseCallback& failed);
  /// Why submit() did not take a request.
  Error refusal(Submitted outcome) const;
  /// False while connecting and after closing. Any thread.
  bool is_established() const {
    return is_established_.load(std::memory_order_acquire) && is_open();
  }
  /// Whether it ever was connected.
  bool was_established() const { return is_established_.load(std::memory_order_acquire); }
  /// "host:port": what was asked for (client) or the peer's address (server).
  const std::string& address() const { return address_; }
  /// The place that the connection of `peer` takes in the shared limits. Called once, before it is
  /// known to anybody else.
  Admission& place_of(const Endpoint& peer) { return admission_.emplace(*this, address_key(peer)); }

  // The rest runs on the reactor's thread.

  /// Takes over an accepted socket.
  void adopt(int descriptor);
  /// Connects to "host:port"; requests may be submitted meanwhile.
  void connect(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout);
  /// Fetches what other threads have left for this connection.
  void on_wake();
  /// Sends what is queued, as far as the socket takes it.
  void flush_dirty();
  /// Fails requests under way, reads no more, closes as soon as the output is sent.
  void wind_down(const Error& error);
  void close_now(const Error& error);
  void close_if_idle(SteadyTime now);
  /// Closes it because the buffers of all connections together are over their limit.
  void close_for_buffers();
  /// What it holds in buffers, as far as the shared limits count it.
  std::size_t counted_bytes() const { return counted_bytes_; }
  std::size_t reactor_index() const { return reactor_index_; }
  void set_reactor_index(std::size_t index) { reactor_index_ = index; }

 private:
  /// A request of ours that waits for its answer, or a one-way one that waits for the connection.
  struct Pending {
    ResponseCallback done;
    std::chrono::milliseconds timeout;
    bool is_oneway;
    std::optional<DeadlineQueue::Handle> deadline;
  };
  /// The same on its way to the reactor.
  struct LeftRequest {
    std::int32_t opaque;
    SteadyTime deadline;
    Pending pending;
  };
  /// The deadline's token of connecting; those of requests are their opaque.
  static constexpr std::int64_t connect_token = INT64_MIN;
  using PendingTable = std::unordered_map<std::int32_t, Pending>;

  // connection_requests.cpp: our own requests
  Submitted submit(RemotingCommand& request, std::chrono::milliseconds timeout,
                   ResponseCallback& done, bool is_oneway, std::size_t wait_over_bytes);
  std::size_t bytes_to_send() const;  // under mutex_
  void wait_for_output(std::unique_lock<std::mutex>& lock, std::size_t bytes, SteadyTime deadline);
  void wake_output_waiters();
  void leave_to_reactor();
  void on_deadline(std::int64_t token) override;
  void on_response();
  void fetch_left_by_others();
  void add_pending(LeftRequest& left);
  void forget_waiting_oneways();
  std::optional<Pending> take_pending(std::int32_t opaque);
  void complete(Pending& pending, Result<RemotingCommand>&& outcome);
  void fail_pending(const Error& error);

  // connection_setup.cpp: beginning and end
  void begin_connect(const std::string& host, std::uint16_t port,
                     std::chrono::milliseconds timeout);
  void resolved(const error_code& failure, const TcpResolver::results_type& found);
  void established();
  void tell_established();
  void set_socket_options();
  void on_connect_timeout();
  Error connect_error(const std::string& reason) const;
  void request_close(Error error);
  Error lost(std::string_view reason) const;
  void warn_and_close(const Error& error);

  // connection.cpp: bytes in and out
  /// Runs a handler. The state of a connection whose handler throws is unknown, so it is closed.
  template <class Work>
  void guarded(Work&& work) {
    try {
      work();
    } catch (const std::exception& failure) {
      handler_threw(failure.what());
    } catch (...) {
      handler_threw("an unknown exception");
    }
  }
  void handler_threw(const char* what);
  void wait_readable();
  void begin_turn();
  bool is_turn_over() const;
  void continue_later();
  void on_readable();
  bool work_off_input();
  bool read_once();
  std::size_t process(std::string_view bytes);
  bool process_frame(std::string_view frame, const std::shared_ptr<Connection>& self,
                     const ChannelPtr& channel);
  std::size_t high_water() const;
  bool is_over_high_water();
  void resume_reading();
  void add_response(RemotingCommand& response, Body&& body, OutputQueue& output, BufferPool* pool);
  void peer_does_not_read();
  void flush();
  void flush_again_later();
  void count_buffers();
  void wait_writable();

  // Constant.
  const std::uint64_t id_;
  const std::shared_ptr<Reactor> reactor_;
  const std::shared_ptr<ConnectionContext> context_;
  std::string address_;
  Endpoint remote_;  // set before the connection is known to anybody else
  Endpoint local_;

  std::atomic<bool> is_open_{true};
  std::atomic<bool> is_established_{false};
  std::atomic<bool> has_left_by_others_{false};
  std::atomic<std::size_t> unsent_bytes_{0};  // of output_, for other threads
  std::atomic<int> output_waiters_{0};
  std::atomic<std::size_t> hint_bytes_{0};  // sent since the output was last empty

  mutable std::mutex mutex_;
  std::condition_variable output_sent_;
  OutputQueue left_output_;                 // guarded by mutex_
  std::vector<LeftRequest> left_requests_;  // guarded by mutex_
  std::optional<Error> close_request_;      // guarded by mutex_
  bool refuses_ = false;                    // guarded by mutex_

  // Owned by the reactor's thread.
  std::optional<TcpSocket> socket_;
  std::unique_ptr<TcpResolver> resolver_;
  std::optional<DeadlineQueue::Handle> connect_deadline_;
  PendingTable pending_;
  std::vector<PendingTable::node_type> spare_pending_;
  std::vector<LeftRequest> spare_requests_;
  InputBuffer input_;
  OutputQueue output_;
  SteadyTime last_active_;
  SteadyTime requests_wait_since_;  // by the dispatcher's clock
  std::size_t turn_requests_ = 0;
  std::size_t turn_output_bytes_ = 0;
  std::size_t counted_bytes_ = 0;
  std::optional<Admission> admission_;  // its content is guarded by SharedLimits
  std::size_t reactor_index_ = 0;
  bool has_begun_ = false;
  bool is_added_ = false;
  bool has_spoken_ = false;
  bool is_closed_ = false;
  bool is_winding_down_ = false;
  bool is_reading_paused_ = false;
  bool is_read_awaited_ = false;
  bool is_write_awaited_ = false;
  bool is_turn_posted_ = false;
  bool is_flush_posted_ = false;
  bool is_in_batch_ = false;
  bool is_dirty_ = false;
};

}  // namespace rocketmq::remoting
