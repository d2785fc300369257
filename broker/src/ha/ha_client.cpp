#include "ha/ha_client.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

#include "ha/ha_protocol.hpp"
#include "ha/ha_tick.hpp"
#include "ha/replica_stream.hpp"
#include "ha/speed_meter.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/net/reactor.hpp"
#include "rocketmq/net/session.hpp"
#include "rocketmq/net/tcp_transport.hpp"

namespace rocketmq::broker::ha {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t read_ahead_bytes = 512 * 1024;
/// After a read of this many bytes the next one mostly finds more.
constexpr std::size_t more_follows_bytes = 128 * 1024;

}  // namespace

/// Kept alive by what may still come of a check.
struct HaClient::Impl final : net::DeadlineOwner, std::enable_shared_from_this<Impl> {
  Impl(const store::StoreConfig& config_in, const Clock& clock_in, store::ReplicaWriter& writer_in,
       Check check_in);

  void arm_tick();
  void on_deadline(std::int64_t token) override;
  void try_to_follow(net::SteadyTime now);
  void checked(const std::string& target, const Result<void>& outcome);
  void connect(const std::string& target);
  void closed(const Error& error);
  void failed(const std::string& why);

  const store::StoreConfig& config;
  const Clock& clock;
  store::ReplicaWriter& writer;
  const Check check;
  std::shared_ptr<net::SessionContext> context;
  std::shared_ptr<net::Reactor> reactor;

  mutable std::mutex mutex;
  std::string address;       // guarded by mutex
  std::string last_failure;  // guarded by mutex
  std::atomic<bool> is_connected{false};
  std::atomic<std::int64_t> last_read_ms{0};
  std::atomic<std::int64_t> last_write_ms{0};
  SpeedMeter speed;

  // The reactor's.
  std::shared_ptr<Link> link;
  bool is_checking = false;
  net::SteadyTime retry_at;
  /// After the next failure.
  milliseconds retry_pause = retry_pause_min;
  std::int64_t bytes = 0;
};

class HaClient::Link final : public net::Session {
 public:
  Link(Impl& client, std::shared_ptr<net::Reactor> reactor, std::string address)
      : Session(std::move(reactor), client.context, std::move(address)), client_(client) {}

  void tick(net::SteadyTime now) {
    if (!is_established()) return;
    if (stream_->is_silent(now, milliseconds(client_.config.ha_housekeeping_interval_ms))) {
      return request_close(
          Error{ResponseCode::SendFailed,
                "the master has been silent for more than haHousekeepingInterval (" +
                    std::to_string(client_.config.ha_housekeeping_interval_ms) + " ms)"});
    }
    report(now);
  }

 protected:
  void on_link_made() override {
    const auto now = reactor()->now();
    stream_.emplace(client_.writer, now);
    client_.is_connected = true;
    ha_log().info("following master {} from {}", address(), client_.writer.replica_end());
    report(now);
  }

  std::size_t on_bytes(std::string_view bytes) override {
    client_.last_read_ms = client_.clock.now_ms();
    const std::int64_t bytes_before = stream_->bytes();
    // Appending may have taken long: reports and liveness count from now on.
    const auto taken = stream_->take(bytes, reactor()->now());
    client_.bytes += stream_->bytes() - bytes_before;
    if (!taken) {
      request_close(taken.error());
      return bytes.size();
    }
    if (*taken > 0) client_.retry_pause = retry_pause_min;
    bytes.size() < more_follows_bytes ? report(reactor()->now()) : report_soon();
    return *taken;
  }
  /// Reads of several frames, where one is begun: the master sends without end.
  std::size_t unit_bytes(std::string_view bytes) const override {
    return std::max(size_of_frame(bytes), read_ahead_bytes);
  }

  void on_losing(const Error& error) override {
    if (!reason_) reason_ = error;
  }
  void on_closed() override { client_.closed(*reason_); }

 private:
  /// Behind the reads of this turn, once for them all: while a master sends without end, a report
  /// for each read would cost both sides more than it tells.
  void report_soon() {
    if (std::exchange(is_report_posted_, true)) return;
    reactor()->post([link = std::static_pointer_cast<Link>(shared_from_this())] {
      link->is_report_posted_ = false;
      link->report(link->reactor()->now());
    });
  }
  void report(net::SteadyTime now) {
    const auto due =
        stream_->report_due(now, milliseconds(client_.config.ha_send_heartbeat_interval_ms));
    if (!due || !is_open()) return;
    output().add([&](std::string& out) { append_report(out, *due); }, net::Body(),
                 &reactor()->buffers());
    stream_->reported(now);
    client_.last_write_ms = client_.clock.now_ms();
    output_added();
  }

  Impl& client_;
  std::optional<ReplicaStream> stream_;
  bool is_report_posted_ = false;
  std::optional<Error> reason_;
};

HaClient::Impl::Impl(const store::StoreConfig& config_in, const Clock& clock_in,
                     store::ReplicaWriter& writer_in, Check check_in)
    : config(config_in), clock(clock_in), writer(writer_in), check(std::move(check_in)) {
  context = std::make_shared<net::SessionContext>();
  context->name = "ha";
  context->unit_bytes_max = frame_bytes_max;
  // Reports, of 8 bytes.
  context->output_bytes_high = context->output_bytes_max = 64 * 1024;
}

void HaClient::Impl::arm_tick() {
  reactor->deadlines().add(std::chrono::steady_clock::now() + tick_period(config), *this, 0);
}

void HaClient::Impl::on_deadline(std::int64_t) {
  if (reactor->is_stopping()) return;
  const auto now = reactor->now();
  if (link != nullptr) {
    link->tick(now);
  } else if (now >= retry_at) {
    try_to_follow(now);
  }
  speed.sample(now, bytes);
  arm_tick();
}

void HaClient::Impl::try_to_follow(net::SteadyTime now) {
  if (link != nullptr || is_checking || reactor->is_stopping()) return;
  std::string target;
  {
    const std::lock_guard lock(mutex);
    target = address;
  }
  if (target.empty()) return;
  retry_at = now + retry_pause_max;
  if (check == nullptr) return connect(target);
  is_checking = true;
  check([self = shared_from_this(), target](Result<void> outcome) {
    self->reactor->post(
        [self, target, outcome = std::move(outcome)] { self->checked(target, outcome); });
  });
}

void HaClient::Impl::checked(const std::string& target, const Result<void>& outcome) {
  is_checking = false;
  if (reactor->is_stopping()) return;
  if (!outcome) return failed("master " + target + " is not followed: " + outcome.error().remark);
  connect(target);
}

void HaClient::Impl::connect(const std::string& target) {
  const auto host_port = parse_host_port(target);
  if (!host_port) return failed("the master's address: " + host_port.error().remark);
  link = std::make_shared<Link>(*this, reactor, target);
  link->open(net::connecting_tcp(*reactor, host_port->host, host_port->port, {}), connect_timeout);
}

void HaClient::Impl::closed(const Error& error) {
  link.reset();
  is_connected = false;
  if (error.code == ResponseCode::ShutDown) return;
  failed(error.remark);
}

void HaClient::Impl::failed(const std::string& why) {
  retry_at = std::chrono::steady_clock::now() + retry_pause;
  ha_log().error("{}; next try in {} ms", why, retry_pause.count());
  retry_pause = std::min(retry_pause * 2, retry_pause_max);
  const std::lock_guard lock(mutex);
  last_failure = why;
}

HaClient::HaClient(const store::StoreConfig& config, const Clock& clock,
                   store::ReplicaWriter& writer, Check check)
    : impl_(std::make_shared<Impl>(config, clock, writer, std::move(check))) {}

HaClient::~HaClient() { stop(); }

void HaClient::start() {
  ensure(impl_->reactor == nullptr, "the link to the master is started once");
  impl_->reactor = std::make_shared<net::Reactor>("ha-slave");
  impl_->reactor->start();
  impl_->reactor->post([impl = impl_.get()] {
    impl->try_to_follow(impl->reactor->now());
    impl->arm_tick();
  });
}

void HaClient::stop() {
  if (impl_->reactor == nullptr) return;
  impl_->reactor->stop(Error{ResponseCode::ShutDown, "the slave stops"}, {});
  impl_->reactor->join();
}

void HaClient::set_master_address(const std::string& address) {
  if (address.empty()) return;
  {
    const std::lock_guard lock(impl_->mutex);
    if (std::exchange(impl_->address, address) == address) return;
  }
  if (impl_->reactor == nullptr) return;
  impl_->reactor->post([impl = impl_.get()] {
    impl->retry_at = {};
    impl->try_to_follow(impl->reactor->now());
  });
}

MasterState HaClient::state() const {
  const std::lock_guard lock(impl_->mutex);
  return {.address = impl_->address,
          .is_connected = impl_->is_connected,
          .last_read_ms = impl_->last_read_ms,
          .last_write_ms = impl_->last_write_ms,
          .bytes_per_second = impl_->speed.bytes_per_second(),
          .last_failure = impl_->is_connected ? std::string() : impl_->last_failure};
}

}  // namespace rocketmq::broker::ha
