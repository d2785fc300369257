#include "tcp_proxy.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <set>
#include <thread>
#include <utility>

namespace rocketmq::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace tcp_proxy_detail {

inline constexpr std::size_t chunk_bytes = 64 * 1024;
/// Little lies in the proxy's own sockets, so that what is held is held at its sender.
inline constexpr int socket_buffer_bytes = 64 * 1024;

/// What happens to the bytes of one way, of all connections. The proxy's thread.
struct WayState {
  bool is_held = false;
  std::int64_t bytes_per_second = 0;
  std::optional<std::int64_t> corrupt_in;
  std::optional<std::int64_t> cut_in;
  std::atomic<std::int64_t> passed = 0;
};

inline void reset(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

/// One connection: two sockets and the bytes between them.
class Link : public std::enable_shared_from_this<Link> {
 public:
  Link(asio::io_context& context, tcp::socket client, WayState& to_server, WayState& to_client,
       std::function<void(Link*)> ended)
      : client_(std::move(client)),
        server_(context),
        ended_(std::move(ended)),
        pumps_{Pump{client_, server_, to_server, asio::steady_timer(context)},
               Pump{server_, client_, to_client, asio::steady_timer(context)}} {}

  void connect(const tcp::endpoint& server) {
    server_.open(tcp::v4());
    for (tcp::socket* const socket : {&client_, &server_}) {
      error_code ignored;
      socket->set_option(asio::socket_base::receive_buffer_size(socket_buffer_bytes), ignored);
      socket->set_option(tcp::no_delay(true), ignored);
    }
    server_.async_connect(server, [self = shared_from_this()](error_code failed) {
      if (failed && !self->is_half_open_) return self->end();
      for (Pump& pump : self->pumps_) self->go_on(pump);
    });
  }
  /// After a fault was set or has ended.
  void go_on() {
    for (Pump& pump : pumps_) {
      if (std::exchange(pump.waits, false)) go_on(pump);
    }
  }
  void end() {
    if (std::exchange(has_ended_, true)) return;
    reset(client_);
    reset(server_);
    for (Pump& pump : pumps_) pump.pause.cancel();
    ended_(this);
  }
  void leave_half_open() {
    is_half_open_ = true;
    reset(server_);
  }

 private:
  struct Pump {
    tcp::socket& from;
    tcp::socket& to;
    WayState& way;
    asio::steady_timer pause;
    std::array<char, chunk_bytes> bytes{};
    std::size_t count = 0;
    /// It has met a hold, and continues when that ends.
    bool waits = false;
    bool at_end = false;
    bool cut_behind = false;
  };

  void go_on(Pump& pump) {
    if (has_ended_) return;
    if (pump.way.is_held) {
      pump.waits = true;
    } else if (pump.count > 0) {
      pass(pump);
    } else if (pump.at_end) {
      end();
    } else {
      read(pump);
    }
  }
  void read(Pump& pump) {
    std::size_t most = chunk_bytes;
    if (pump.way.bytes_per_second > 0) {
      most = std::clamp<std::size_t>(static_cast<std::size_t>(pump.way.bytes_per_second / 50), 1,
                                     chunk_bytes);
    }
    pump.from.async_read_some(
        asio::buffer(pump.bytes, most),
        [self = shared_from_this(), &pump](error_code failed, std::size_t count) {
          // The client of a connection that is left half open hears nothing and is not heard.
          if (self->is_half_open_) return self->swallow(pump, failed);
          pump.count = count;
          pump.at_end = static_cast<bool>(failed);
          self->delay(pump);
        });
  }
  /// A slow link has taken this time for the bytes that have come.
  void delay(Pump& pump) {
    if (pump.way.bytes_per_second == 0) return go_on(pump);
    pump.pause.expires_after(std::chrono::microseconds(static_cast<std::int64_t>(pump.count) *
                                                       1'000'000 / pump.way.bytes_per_second));
    pump.pause.async_wait([self = shared_from_this(), &pump](error_code) { self->go_on(pump); });
  }
  void swallow(Pump& pump, error_code failed) {
    if (&pump != &pumps_[0]) return;
    failed ? end() : read(pump);
  }
  void pass(Pump& pump) {
    WayState& way = pump.way;
    const auto count = static_cast<std::int64_t>(pump.count);
    if (way.corrupt_in && (*way.corrupt_in -= count) < 0) {
      pump.bytes[static_cast<std::size_t>(count + *way.corrupt_in)] ^= 0x55;
      way.corrupt_in.reset();
    }
    if (way.cut_in && (*way.cut_in -= count) < 0) {
      pump.count = static_cast<std::size_t>(count + *way.cut_in);
      pump.cut_behind = true;
      way.cut_in.reset();
    }
    way.passed += static_cast<std::int64_t>(pump.count);
    asio::async_write(pump.to, asio::buffer(pump.bytes, pump.count),
                      [self = shared_from_this(), &pump](error_code failed, std::size_t) {
                        self->passed(pump, failed);
                      });
  }
  void passed(Pump& pump, error_code failed) {
    pump.count = 0;
    if (is_half_open_) return swallow(pump, {});
    if (failed) return end();
    pump.cut_behind ? end_behind(pump) : go_on(pump);
  }
  /// A reset may throw away what the receiver has not read yet; an orderly end does not.
  void end_behind(Pump& pump) {
    error_code ignored;
    pump.to.shutdown(tcp::socket::shutdown_both, ignored);
    pump.to.close(ignored);
    end();
  }

  tcp::socket client_;
  tcp::socket server_;
  std::function<void(Link*)> ended_;
  std::array<Pump, 2> pumps_;
  bool has_ended_ = false;
  bool is_half_open_ = false;
};

}  // namespace tcp_proxy_detail

using tcp_proxy_detail::Link;
using tcp_proxy_detail::WayState;

class TcpProxy::Impl {
 public:
  explicit Impl(const Ends& ends)
      : server_(asio::ip::make_address(ends.server_host), ends.server_port),
        acceptor_(context_,
                  tcp::endpoint(asio::ip::make_address(ends.listen_host), ends.listen_port)) {
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Impl() {
    run([this] {
      error_code ignored;
      acceptor_.close(ignored);
      end_all();
    });
    work_.reset();
    thread_.join();
  }

  tcp::endpoint listening() const { return acceptor_.local_endpoint(); }
  WayState& way(Way which) { return ways_[which == Way::ToServer ? 0 : 1]; }

  /// Does it on the proxy's thread, and waits.
  void run(const std::function<void()>& what) {
    std::promise<void> done;
    asio::post(context_, [&] {
      what();
      done.set_value();
    });
    done.get_future().wait();
  }
  void end_all() {
    for (const auto& link : std::set(links_)) link->end();
  }
  void go_on() {
    for (const auto& link : std::set(links_)) link->go_on();
  }
  void leave_half_open() {
    for (const auto& link : links_) link->leave_half_open();
  }

  bool is_cut_ = false;
  std::array<WayState, 2> ways_;
  std::atomic<std::int64_t> accepted_ = 0;
  std::atomic<std::int64_t> ended_ = 0;

 private:
  void accept() {
    acceptor_.async_accept([this](error_code failed, tcp::socket client) {
      if (!acceptor_.is_open()) return;
      if (!failed) {
        ++accepted_;
        is_cut_ ? tcp_proxy_detail::reset(client) : connect(std::move(client));
      }
      accept();
    });
  }
  void connect(tcp::socket client) {
    const auto link = std::make_shared<Link>(
        context_, std::move(client), ways_[0], ways_[1], [this](Link* ended) {
          std::erase_if(links_, [ended](const auto& each) { return each.get() == ended; });
          ++ended_;
        });
    links_.insert(link);
    link->connect(server_);
  }

  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ =
      asio::make_work_guard(context_);
  const tcp::endpoint server_;
  tcp::acceptor acceptor_;
  std::set<std::shared_ptr<Link>> links_;
  std::thread thread_;
};

TcpProxy::TcpProxy(Ends ends) : impl_(std::make_unique<Impl>(ends)) {}
TcpProxy::~TcpProxy() = default;

std::uint16_t TcpProxy::port() const { return impl_->listening().port(); }
std::string TcpProxy::address() const {
  return impl_->listening().address().to_string() + ":" + std::to_string(port());
}

void TcpProxy::cut() {
  impl_->run([this] {
    impl_->is_cut_ = true;
    impl_->end_all();
  });
}
void TcpProxy::cut_once() {
  impl_->run([this] { impl_->end_all(); });
}
void TcpProxy::hold(Way way) {
  impl_->run([this, way] { impl_->way(way).is_held = true; });
}
void TcpProxy::hold_both() {
  hold(Way::ToServer);
  hold(Way::ToClient);
}
void TcpProxy::leave_half_open() {
  impl_->run([this] { impl_->leave_half_open(); });
}
void TcpProxy::limit(std::int64_t bytes_per_second) {
  impl_->run([this, bytes_per_second] {
    for (WayState& way : impl_->ways_) way.bytes_per_second = bytes_per_second;
  });
}
void TcpProxy::corrupt_after(Way way, std::int64_t bytes) {
  impl_->run([this, way, bytes] { impl_->way(way).corrupt_in = bytes; });
}
void TcpProxy::cut_after(Way way, std::int64_t bytes) {
  impl_->run([this, way, bytes] { impl_->way(way).cut_in = bytes; });
}
void TcpProxy::heal() {
  impl_->run([this] {
    impl_->is_cut_ = false;
    for (WayState& way : impl_->ways_) {
      way.is_held = false;
      way.bytes_per_second = 0;
      way.corrupt_in.reset();
      way.cut_in.reset();
    }
    impl_->go_on();
  });
}

std::int64_t TcpProxy::passed(Way way) const { return impl_->way(way).passed; }
std::int64_t TcpProxy::accepted() const { return impl_->accepted_; }
std::int64_t TcpProxy::ended() const { return impl_->ended_; }

}  // namespace rocketmq::test
