#include "ha/ha_server.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "ha/ha_protocol.hpp"
#include "ha/ha_tick.hpp"
#include "ha/slave_feed.hpp"
#include "ha/speed_meter.hpp"
#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/net/acceptor.hpp"
#include "rocketmq/net/reactor.hpp"
#include "rocketmq/net/session.hpp"
#include "rocketmq/net/shared_limits.hpp"
#include "rocketmq/net/tcp_transport.hpp"

namespace rocketmq::broker::ha {
namespace {

using std::chrono::milliseconds;

/// Frames that are smaller are looked up one by one.
constexpr std::size_t looked_up_together_min = 16 * 1024;

/// How long what is queued for a slave may take to leave when the server stops.
constexpr milliseconds stop_grace{200};

}  // namespace

struct HaServer::Impl final : net::DeadlineOwner {
  Impl(Options options_in, const store::StoreConfig& config_in,
       store::ReplicationSource& source_in);

  void accepted(int descriptor, const Endpoint& peer);
  void arm_tick();
  void on_deadline(std::int64_t token) override;
  // On the reactor's thread:
  /// A slave that follows has got further.
  void progress();
  void begins(const std::shared_ptr<Link>& link);
  void ends(const Link& link);
  void tell_store(const std::vector<std::shared_ptr<Link>>& slaves);
  void replace_links(std::vector<std::shared_ptr<Link>> slaves);
  std::vector<std::shared_ptr<Link>> following() const;
  bool all_have_the_log() const;

  const Options options;
  bool is_waited_for = false;  // set before the reactor starts
  const store::StoreConfig& config;
  store::ReplicationSource& source;
  std::shared_ptr<net::SessionContext> context;
  std::shared_ptr<net::Reactor> reactor;
  std::shared_ptr<net::Acceptor> acceptor;
  std::uint16_t port = 0;
  std::optional<WorkerPool> readers;

  mutable std::mutex mutex;
  mutable std::condition_variable progressed;
  /// Those that follow. Changed on the reactor's thread only, with mutex held.
  std::vector<std::shared_ptr<Link>> links;
  std::vector<std::int64_t> ends_of_slaves;  // the reactor's
};

/// One slave. Lives on `ha-master`.
class HaServer::Link final : public net::Session {
 public:
  Link(Impl& server, std::shared_ptr<net::Reactor> reactor)
      : Session(std::move(reactor), server.context, std::string()), server_(server) {}

  void tick(net::SteadyTime now) {
    if (!is_established()) return;
    if (feed_->is_silent(now, milliseconds(server_.config.ha_housekeeping_interval_ms))) {
      ha_log().warn("slave {} has been silent for more than haHousekeepingInterval ({} ms)",
                    address(), server_.config.ha_housekeeping_interval_ms.get());
      return request_close(closed("silent"));
    }
    if (feed_->is_heartbeat_due(now, milliseconds(server_.config.ha_send_heartbeat_interval_ms)))
      send({});
    speed_.sample(now, feed_->next());
  }

  SlaveState state(std::int64_t log_end) const {
    const std::int64_t end = end_.load(std::memory_order_relaxed);
    const std::int64_t lag = std::max<std::int64_t>(log_end - end, 0);
    return {.address = address(),
            .acknowledged = end,
            .began_at = began_at_.load(std::memory_order_relaxed),
            .next = next_.load(std::memory_order_relaxed),
            .lag_bytes = lag,
            .bytes_per_second = speed_.bytes_per_second(),
            .is_in_sync = lag < server_.config.ha_slave_fallbehind_max_bytes};
  }
  std::int64_t end() const { return end_.load(std::memory_order_relaxed); }

 protected:
  void on_link_made() override { feed_.emplace(reactor()->now()); }

  std::size_t on_bytes(std::string_view bytes) override {
    const std::size_t whole = bytes.size() - bytes.size() % report_bytes;
    if (whole > 0) take_report(last_report(bytes.substr(0, whole)));
    return whole;
  }
  std::size_t unit_bytes(std::string_view) const override { return report_bytes; }

  void on_output_sent() override {
    if (!is_caught_up_ && output().bytes() <= window_bytes / 2) pump_soon();
  }
  void on_losing(const Error&) override {}
  void on_closed() override {
    follower_.reset();
    if (nap_) reactor()->deadlines().remove(*std::exchange(nap_, std::nullopt));
    if (!std::exchange(is_following_, false)) return;
    static LogLimiter limiter;
    if (const auto held_back = limiter.admit()) {
      ha_log().warn("slave {} no longer follows; it had the log up to {} (and {} such before)",
                    address(), end(), *held_back);
    }
    server_.ends(*this);
  }

 private:
  std::shared_ptr<Link> self() { return std::static_pointer_cast<Link>(shared_from_this()); }

  void take_report(std::int64_t slave_end) {
    if (!is_open()) return;
    const auto log = server_.source.log_bounds();
    const auto taken =
        feed_->take_report(slave_end, log, server_.source.log_file_bytes(), reactor()->now());
    if (!taken) return refuse(taken.error());
    end_.store(feed_->acknowledged(), std::memory_order_relaxed);
    const bool is_first = !std::exchange(is_following_, true);
    if (is_first) {
      first_unit_came();
      began_at_ = feed_->next();
      next_ = feed_->next();
      static LogLimiter limiter;
      if (const auto held_back = limiter.admit()) {
        ha_log().info("slave {} follows from {}, {} bytes behind (and {} such before)", address(),
                      feed_->next(), log.end - feed_->next(), *held_back);
      }
      follower_ = server_.source.follow_log([weak = std::weak_ptr(self()), at = reactor()] {
        at->post([weak] {
          if (const auto link = weak.lock()) link->pump();
        });
      });
      server_.begins(self());
    } else {
      server_.progress();
    }
    if (is_first) pump();
  }

  /// The link of a slave that cannot be served is closed; the log says why.
  void refuse(const Error& error) {
    static LogLimiter limiter;
    if (const auto held_back = limiter.admit()) {
      ha_log().error("slave {} is refused: {} (and {} such before)", address(), error.remark,
                     *held_back);
    }
    request_close(error);
  }

  void pump_soon() {
    if (!is_following_ || std::exchange(is_pump_posted_, true)) return;
    reactor()->post([link = self()] {
      link->is_pump_posted_ = false;
      link->pump();
    });
  }

  /// Queues frames until there are enough, or no more is to be had at present.
  void pump() {
    is_caught_up_ = false;
    if (!is_following_ || !is_open() || reactor()->is_stopping()) return;
    const auto batch = static_cast<std::size_t>(server_.config.ha_transfer_batch_bytes.get());
    while (output().bytes() < window_bytes) {
      // As many whole frames as fit are looked up together: each look-up asks the system what of it
      // is in memory.
      const std::size_t batches =
          batch < looked_up_together_min ? 1 : (window_bytes - output().bytes()) / batch;
      const auto range = server_.source.read_log(
          feed_->next(), std::max<std::size_t>(batches, 1) * batch, loaded_end_);
      if (range.is_on_disk) return load();
      if (range.bytes.empty()) return rest();
      send_frames(range, batch);
    }
  }

  /// Of a range that is longer than a frame, whole ones only: the store has touched short ranges,
  /// which may be copied, and not the end of a long one.
  void send_frames(const store::LogRange& range, std::size_t batch) {
    std::string_view left = range.bytes;
    do {
      const auto frame = left.substr(0, batch);
      send({.bytes = frame, .keep_alive = range.keep_alive});
      left.remove_prefix(frame.size());
    } while (left.size() >= batch);
  }

  /// There is nothing behind what was sent.
  void rest() {
    const auto log = server_.source.log_bounds();
    if (const auto there = feed_->check_still_there(log); !there) return refuse(there.error());
    // Where puts come one after the other, a wake-up for each would cost the master and the slave
    // more than the bytes.
    const auto now = reactor()->now();
    const bool is_busy = std::exchange(has_sent_, false) && now - last_rest_ < 2 * gather_pause;
    last_rest_ = now;
    if (is_busy && !server_.is_waited_for) {
      is_caught_up_ = true;
      if (!nap_) nap_ = reactor()->deadlines().add(now + gather_pause, napper_, 0);
      return;
    }
    is_caught_up_ = follower_->wait_beyond(feed_->next());
    if (!is_caught_up_) pump_soon();
  }

  struct Napper final : net::DeadlineOwner {
    explicit Napper(Link& of) : link(of) {}
    void on_deadline(std::int64_t) override {
      link.nap_.reset();
      link.pump();
    }
    Link& link;
  };

  void load() {
    if (std::exchange(is_loading_, true)) return;
    const std::int64_t from = feed_->next();
    const bool is_posted =
        server_.readers->post(id(), [link = self(), from](WorkerPool::Fate fate) {
          std::optional<std::int64_t> end;
          if (fate == WorkerPool::Fate::Run) end = link->server_.source.load_log(from, load_bytes);
          link->reactor()->post([link, from, end] { link->loaded(from, end); });
        });
    if (!is_posted) loaded(from, {});
  }

  void loaded(std::int64_t from, std::optional<std::int64_t> end) {
    is_loading_ = false;
    if (end) {
      loaded_end_ = *end;
      return pump();
    }
    if (!is_open() || reactor()->is_stopping()) return;
    const auto there = feed_->check_still_there(server_.source.log_bounds());
    refuse(there ? Error{ResponseCode::SystemError,
                         "the log at " + std::to_string(from) + " cannot be read"}
                 : there.error());
  }

  void send(const store::LogRange& range) {
    const auto bytes = static_cast<std::int64_t>(range.bytes.size());
    net::Body body;
    if (bytes > 0) body = net::Body::gathered({range.bytes}, range.keep_alive);
    output().add(
        [&](std::string& head) { append_frame_head(head, feed_->next(), range.bytes.size()); },
        std::move(body), &reactor()->buffers());
    feed_->sent(bytes, reactor()->now());
    has_sent_ = has_sent_ || bytes > 0;
    next_.store(feed_->next(), std::memory_order_relaxed);
    output_added();
  }

  std::uint64_t id() const { return reinterpret_cast<std::uintptr_t>(this); }

  Impl& server_;
  std::atomic<std::int64_t> end_{0};
  std::atomic<std::int64_t> began_at_{0};
  std::atomic<std::int64_t> next_{0};
  SpeedMeter speed_;

  // The reactor's.
  std::optional<SlaveFeed> feed_;
  std::unique_ptr<store::ReplicationSource::Follower> follower_;
  bool is_following_ = false;
  bool is_pump_posted_ = false;
  bool is_caught_up_ = false;  // the follower wakes it
  bool is_loading_ = false;
  bool has_sent_ = false;  // since it last had nothing to send
  net::SteadyTime last_rest_;
  Napper napper_{*this};
  std::optional<net::DeadlineQueue::Handle> nap_;
  std::int64_t loaded_end_ = 0;  // what lies before it has been read from the disk
};

HaServer::Impl::Impl(Options options_in, const store::StoreConfig& config_in,
                     store::ReplicationSource& source_in)
    : options(std::move(options_in)), config(config_in), source(source_in) {
  context = std::make_shared<net::SessionContext>();
  context->name = "ha";
  context->unit_bytes_max = frame_bytes_max;
  // The window bounds the output; reports are read meanwhile.
  context->output_bytes_high = context->output_bytes_max = 2 * (window_bytes + frame_bytes_max);
  context->limits = std::make_shared<net::SharedLimits>(
      net::SharedLimits::Options{.connections_max = slaves_max});
}

void HaServer::Impl::accepted(int descriptor, const Endpoint& peer) {
  const auto link = std::make_shared<Link>(*this, reactor);
  std::shared_ptr<net::PlaceHolder> evicted;
  if (!context->limits->admit(link->place_of(peer), std::chrono::steady_clock::now(), evicted)) {
    static LogLimiter limiter;
    if (const auto held_back = limiter.admit()) {
      ha_log().warn("a connection from {} is refused, {} are open already (and {} such before)",
                    peer.text(), slaves_max, *held_back);
    }
    ::close(descriptor);
    return;
  }
  if (evicted != nullptr) evicted->place_lost();
  link->open(net::accepted_tcp(*reactor, descriptor, {}));
}

void HaServer::Impl::arm_tick() {
  reactor->deadlines().add(std::chrono::steady_clock::now() + tick_period(config), *this, 0);
}

void HaServer::Impl::on_deadline(std::int64_t) {
  if (reactor->is_stopping()) return;
  const auto members = reactor->members();
  for (const auto& member : members) static_cast<Link&>(*member).tick(reactor->now());
  arm_tick();
}

std::vector<std::shared_ptr<HaServer::Link>> HaServer::Impl::following() const {
  const std::lock_guard lock(mutex);
  return links;
}

void HaServer::Impl::begins(const std::shared_ptr<Link>& link) {
  auto slaves = links;
  slaves.push_back(link);
  replace_links(std::move(slaves));
}

void HaServer::Impl::ends(const Link& link) {
  auto slaves = links;
  std::erase_if(slaves, [&](const auto& other) { return other.get() == &link; });
  replace_links(std::move(slaves));
}

/// The store first: a slave that is shown counts for puts, and one that is gone does not.
void HaServer::Impl::replace_links(std::vector<std::shared_ptr<Link>> slaves) {
  tell_store(slaves);
  const std::lock_guard lock(mutex);
  links.swap(slaves);
  progressed.notify_all();
}

void HaServer::Impl::progress() {
  tell_store(links);
  const std::lock_guard lock(mutex);
  progressed.notify_all();
}

void HaServer::Impl::tell_store(const std::vector<std::shared_ptr<Link>>& slaves) {
  ends_of_slaves.clear();
  for (const auto& link : slaves) ends_of_slaves.push_back(link->end());
  source.slaves_at(ends_of_slaves);
}

bool HaServer::Impl::all_have_the_log() const {
  const std::int64_t end = source.log_bounds().end;
  return std::all_of(links.begin(), links.end(),
                     [&](const auto& link) { return link->end() >= end; });
}

HaServer::HaServer(Options options, const store::StoreConfig& config,
                   store::ReplicationSource& source)
    : impl_(std::make_unique<Impl>(std::move(options), config, source)) {}

HaServer::~HaServer() { stop({}); }

Result<void> HaServer::start(bool is_waited_for) {
  ensure(impl_->reactor == nullptr, "the listener for slaves is started once");
  auto reactor = std::make_shared<net::Reactor>("ha-master");
  auto acceptor = std::make_shared<net::Acceptor>(
      "ha", reactor, [impl = impl_.get()](int descriptor, const Endpoint& peer) {
        impl->accepted(descriptor, peer);
      });
  constexpr int backlog = 64;
  if (const auto bound = acceptor->bind(impl_->options.bind_address, impl_->options.port, backlog);
      !bound)
    return bound.error();
  impl_->is_waited_for = is_waited_for;
  impl_->port = acceptor->port();
  impl_->reactor = std::move(reactor);
  impl_->acceptor = std::move(acceptor);
  impl_->context->limits->watch(impl_->reactor);
  impl_->readers.emplace("ha-read", 1, slaves_max);
  impl_->reactor->start();
  // A stop may come before this has run.
  impl_->reactor->post([impl = impl_.get(), acceptor = impl_->acceptor] {
    acceptor->start();
    impl->arm_tick();
  });
  ha_log().info("listening for slaves on {}:{}", impl_->options.bind_address, impl_->port);
  return {};
}

std::uint16_t HaServer::port() const { return impl_->port; }

void HaServer::stop(std::chrono::milliseconds limit) {
  if (impl_->acceptor == nullptr) return;
  impl_->reactor->post([acceptor = std::exchange(impl_->acceptor, nullptr)] { acceptor->stop(); });
  {
    std::unique_lock lock(impl_->mutex);
    impl_->progressed.wait_for(lock, limit, [this] { return impl_->all_have_the_log(); });
  }
  impl_->reactor->stop(Error{ResponseCode::ShutDown, "the master stops"}, stop_grace);
  impl_->reactor->join();
  impl_->readers->stop();
}

std::vector<SlaveState> HaServer::slaves() const {
  const std::int64_t log_end = impl_->source.log_bounds().end;
  std::vector<SlaveState> states;
  for (const auto& link : impl_->following()) states.push_back(link->state(log_end));
  return states;
}

}  // namespace rocketmq::broker::ha
