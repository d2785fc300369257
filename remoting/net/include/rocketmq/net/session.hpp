#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/net/admission.hpp"
#include "rocketmq/net/input_buffer.hpp"
#include "rocketmq/net/outbox.hpp"
#include "rocketmq/net/output_queue.hpp"
#include "rocketmq/net/reactor.hpp"
#include "rocketmq/net/reactor_member.hpp"
#include "rocketmq/net/shared_limits.hpp"
#include "rocketmq/net/transport.hpp"
#include "rocketmq/net/turn_budget.hpp"

namespace rocketmq::net {

/// What all sessions of one server or client have in common.
struct SessionContext {
  /// For the log.
  std::string name;
  /// A unit is the smallest piece of the protocol above: a frame.
  std::size_t unit_bytes_max = 0;
  /// With this much unsent output a session is not read from until half of it is gone.
  std::size_t output_bytes_high = 0;
  /// With more unsent output it is closed: the peer does not read.
  std::size_t output_bytes_max = 0;
  /// What the sessions of all servers may take; null where nothing is shared.
  std::shared_ptr<SharedLimits> limits;
  /// 0 never.
  std::chrono::milliseconds idle_timeout{0};
  /// A session with a place in `limits` whose peer has sent no whole unit for so long after the
  /// beginning is closed, however often single bytes come; 0 never.
  std::chrono::milliseconds first_unit_timeout{0};
  /// Whether sessions keep some of the reactor's buffers for what other threads leave to be sent:
  /// worth the memory where there are few of them and other threads make most of the output.
  bool lends_output_buffers = false;
};

/// One stream of bytes to and from a peer: reads in turns, output with its limits, idleness, the
/// end. A derived class says what the bytes are.
///
/// Lives on one reactor from its beginning to its end. Its state belongs to that thread and needs
/// no lock; what other threads want sent is left in the outbox and fetched by the reactor. Always
/// owned by a shared_ptr. Bounded: input by one unit and one read, output by output_bytes_max, the
/// work of one turn by TurnBudget.
class Session : public ReactorMember,
                private TransportUser,
                private DeadlineOwner,
                private PlaceHolder,
                public std::enable_shared_from_this<Session> {
 public:
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Any thread.

  /// False as soon as it has been asked to close.
  bool is_open() const { return outbox_.is_open(); }
  /// False while connecting and after closing.
  bool is_established() const { return was_established() && is_open(); }
  /// Whether bytes could ever be exchanged.
  bool was_established() const { return is_established_.load(std::memory_order_acquire); }
  /// "host:port": what was asked for (client) or the peer's address (server).
  const std::string& address() const { return address_; }
  /// Closing runs the owner's handler and callbacks, which must not happen under the feet of the
  /// caller: it is always left to a later turn.
  void request_close(Error error);
  /// The place that the session of `peer` takes in the shared limits. Called once, before it is
  /// known to others.
  Admission& place_of(const Endpoint& peer);

  // The reactor's thread.

  /// Begins with the link that `transport` makes, within `timeout` if there is one. Called once;
  /// output may be left before and meanwhile.
  void open(std::unique_ptr<Transport> transport,
            std::optional<std::chrono::milliseconds> timeout = std::nullopt);

  void on_wake() final;
  void on_turn_end() final;
  void take_turn() final;
  void wind_down(const Error& error) final;
  void close_now(const Error& error) final;
  void close_if_idle(SteadyTime now) final;
  std::size_t counted_bytes() const final { return counted_bytes_; }
  void close_for_buffers() final;

 protected:
  Session(std::shared_ptr<Reactor> reactor, std::shared_ptr<const SessionContext> context,
          std::string address);

  // What the protocol above does; on the reactor's thread. What one of the first four throws closes
  // the session.

  /// Takes the whole units in `bytes`, one after the other, and returns how many bytes it is done
  /// with. Before each it asks may_take_unit(), after each it calls unit_taken(). Output leaves
  /// when it returns.
  virtual std::size_t on_bytes(std::string_view bytes) = 0;
  /// The size of the unit that begins with `bytes`, which are direct_read_min or more.
  virtual std::size_t unit_bytes(std::string_view bytes) const = 0;
  /// What is read now, and until the next call, has waited for this session since now.
  virtual void on_input_waits() {}
  /// Outbox::fetch() has moved what was left: under its lock, to move what was left beside it.
  virtual void on_fetch() {}
  /// The same after the lock.
  virtual void on_fetched() {}
  /// The link has been made. What was left before has been fetched, and is sent next.
  virtual void on_link_made() {}
  /// The same, after that has been sent.
  virtual void on_established() {}
  /// The link has taken some of the output, and may take more; output() is what is left. Not to add
  /// output here, but in a later turn.
  virtual void on_output_sent() {}
  /// Nothing more will be read; what waits for the peer fails with `error`. Once or more.
  virtual void on_losing(const Error& error) = 0;
  /// It has closed. The last call.
  virtual void on_closed() {}

  // For the protocol above, on the reactor's thread.

  /// False: leave the rest in the input. It has been asked to close, the peer has to read first, or
  /// the turn is over.
  bool may_take_unit();
  /// `output_bytes_before` is output().bytes() before the unit.
  void unit_taken(std::size_t output_bytes_before);
  /// This much output does not wait until everything that was read has been processed: the peer
  /// works on it meanwhile.
  bool has_much_output() const { return output_.bytes() >= flush_at_bytes; }
  /// Sends what is queued, as far as the link takes it and the turn allows. The rest follows.
  void flush();
  OutputQueue& output() { return output_; }
  /// After adding to output(). Leaves in time; closes the session if it is too much.
  void output_added();
  /// Logs what the peer has done wrong, and closes.
  void warn_and_close(const Error& error);
  /// Tells the shared limits that the peer has sent something.
  void first_unit_came();

  // For the protocol above, any thread.

  const SessionContext& context() const { return *context_; }
  const std::shared_ptr<Reactor>& reactor() const { return reactor_; }
  Outbox& outbox() { return outbox_; }
  /// After leaving something in the outbox: has it fetched.
  void output_left();
  Error closed(const std::string& reason) const;
  /// Closes because output() or the outbox grew over output_bytes_max.
  void peer_does_not_read();
  const Endpoint& remote_end() const { return remote_; }
  const Endpoint& local_end() const { return local_; }

  /// A unit of which this much is there is completed in the session's own buffer, instead of
  /// copying what is there to the shared one for every read.
  static constexpr std::size_t direct_read_min = 16 * 1024;

 private:
  static constexpr std::size_t flush_at_bytes = 32 * 1024;

  /// Runs a handler. The state of a session whose handler throws is unknown, so it is closed.
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

  // TransportUser
  void on_open() override;
  void on_open_failed(const std::string& reason) override;
  void on_readable() override;
  void on_writable() override;
  void on_buffered(std::size_t bytes) override;
  // DeadlineOwner
  void on_deadline(std::int64_t token) override;
  // PlaceHolder
  void place_lost() override;

  // session.cpp
  void request_close(Error error, Ending ending);
  std::shared_ptr<TransportUser> as_user();
  void established();
  void remove_connect_deadline();
  Error connect_error(const std::string& reason) const;
  Error lost(const std::string& reason) const;

  // session_input.cpp
  void await_readable();
  void read_in_turn();
  bool read_once();
  std::size_t process(std::string_view bytes);
  void continue_later();
  bool work_off_input();
  std::size_t high_water() const;
  bool is_over_high_water();
  void resume_reading();

  // session_output.cpp
  const TurnBudget::Limits& limits_of_turn() const;
  void fetch_left();
  void send(std::size_t bytes_max);
  void ask_for_turn();
  void count_buffers();

  // Constant.
  const std::shared_ptr<Reactor> reactor_;
  const std::shared_ptr<const SessionContext> context_;
  // Set before the session is known to others.
  std::string address_;
  Endpoint remote_;
  Endpoint local_;

  std::atomic<bool> is_established_{false};
  Outbox outbox_;

  // Owned by the reactor's thread.
  std::unique_ptr<Transport> transport_;
  std::size_t transport_bytes_ = 0;  // what its own buffers hold
  std::optional<DeadlineQueue::Handle> connect_deadline_;
  InputBuffer input_;
  OutputQueue output_;
  TurnBudget turn_;
  SteadyTime established_at_;
  SteadyTime last_active_;
  std::size_t counted_bytes_ = 0;
  std::optional<Admission> admission_;  // its content is guarded by SharedLimits
  bool has_begun_ = false;
  bool has_unit_ = false;  // the peer has sent a whole one
  bool is_added_ = false;
  bool is_closed_ = false;
  bool is_winding_down_ = false;
  bool is_reading_paused_ = false;
  bool is_read_awaited_ = false;
  bool is_write_awaited_ = false;
  bool is_processing_ = false;
  bool is_dirty_ = false;
  bool is_in_round_ = false;     // at work in a turn that it has asked for
  bool is_turn_asked_ = false;   // the reactor will call take_turn()
  bool has_input_left_ = false;  // take_turn() is to continue with the input
};

}  // namespace rocketmq::net
