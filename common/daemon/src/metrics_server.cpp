#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/version.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "metrics_labels.hpp"
#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/thread_name.hpp"
#include "rocketmq/daemon/metrics.hpp"

namespace rocketmq {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

using Response = http::response<http::string_body>;

constexpr std::uint32_t request_header_bytes_max = 8 * 1024;

/// One request and its response; then the connection is closed. Runs on: `metrics`.
class Scrape : public std::enable_shared_from_this<Scrape> {
 public:
  /// `respond` makes the response; `counter` counts the connections that exist.
  Scrape(tcp::socket socket,
         std::function<Response(const http::request<http::empty_body>&)> respond,
         std::shared_ptr<std::size_t> counter)
      : stream_(std::move(socket)), respond_(std::move(respond)), counter_(std::move(counter)) {
    ++*counter_;
    parser_.header_limit(request_header_bytes_max);
    parser_.body_limit(0);
  }
  ~Scrape() { --*counter_; }
  Scrape(const Scrape&) = delete;
  Scrape& operator=(const Scrape&) = delete;

  void run() {
    stream_.expires_after(MetricsServer::request_limit);
    http::async_read(stream_, buffer_, parser_,
                     [self = shared_from_this()](const beast::error_code& failure, std::size_t) {
                       if (!failure) self->reply();
                     });
  }

 private:
  void reply() {
    response_ = respond_(parser_.get());
    response_.set(http::field::server, "rocketmq_cpp");
    response_.keep_alive(false);
    response_.prepare_payload();
    http::async_write(stream_, response_,
                      [self = shared_from_this()](const beast::error_code&, std::size_t) {
                        beast::error_code ignored;
                        self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
                      });
  }

  beast::tcp_stream stream_;
  const std::function<Response(const http::request<http::empty_body>&)> respond_;
  const std::shared_ptr<std::size_t> counter_;
  beast::flat_buffer buffer_;
  http::request_parser<http::empty_body> parser_;
  Response response_;
};

}  // namespace

struct MetricsServer::Impl {
  Impl(const MetricsConfig& config_in, MetricLabels labels_in, const FigureTable& figures_in,
       const Clock& clock_in)
      : config(config_in), labels(std::move(labels_in)), figures(figures_in), clock(clock_in) {
    if (auto configured = parse_metric_labels(config.labels)) labels.merge(*configured);
  }

  const MetricsConfig config;
  MetricLabels labels;
  const FigureTable& figures;
  const Clock& clock;
  std::atomic<std::uint16_t> port{0};
  std::thread thread;
  asio::io_context io{1};
  // Of the thread `metrics`, once it runs.
  tcp::acceptor acceptor{io};
  asio::steady_timer pause{io};
  std::shared_ptr<std::size_t> connections = std::make_shared<std::size_t>(0);
  std::string text;
  std::optional<std::chrono::steady_clock::time_point> read_at;

  Result<void> listen() {
    const auto failed = [this](const std::string& reason) {
      return Error{ResponseCode::SystemError, "metrics cannot be served at " + config.host + ":" +
                                                  std::to_string(config.port) + ": " + reason};
    };
    boost::system::error_code failure;
    const auto address = asio::ip::make_address(config.host, failure);
    if (failure) return failed("metricsPromExporterHost is no literal address");
    const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(config.port));
    acceptor.open(endpoint.protocol(), failure);
    if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
    if (!failure) acceptor.bind(endpoint, failure);
    if (!failure) acceptor.listen(static_cast<int>(connections_max), failure);
    if (failure) return failed(failure.message());
    port = acceptor.local_endpoint().port();
    return {};
  }

  void accept() {
    acceptor.async_accept([this](const boost::system::error_code& failure, tcp::socket socket) {
      if (failure == asio::error::operation_aborted) return;
      if (failure) return accept_later();
      // First, so that nothing that fails below ends it.
      accept();
      // Beyond the bound the socket is closed here.
      if (*connections < connections_max) {
        std::make_shared<Scrape>(
            std::move(socket), [this](const auto& request) { return respond(request); },
            connections)
            ->run();
      }
    });
  }

  /// Without descriptors an accept fails again immediately.
  void accept_later() {
    pause.expires_after(std::chrono::milliseconds(100));
    pause.async_wait([this](const boost::system::error_code& failure) {
      if (!failure) accept();
    });
  }

  Response respond(const http::request<http::empty_body>& request) {
    const auto plain = [&request](http::status status, std::string body) {
      Response response{status, request.version()};
      response.set(http::field::content_type, "text/plain; charset=utf-8");
      response.body() = std::move(body);
      return response;
    };
    if (request.method() != http::verb::get)
      return plain(http::status::method_not_allowed, "GET is the only method\n");
    const auto path = request.target().substr(0, request.target().find('?'));
    if (path != "/metrics") return plain(http::status::not_found, "metrics are at /metrics\n");
    Response response = plain(http::status::ok, current_text());
    response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
    return response;
  }

  const std::string& current_text() {
    const auto now = clock.steady_now();
    if (!read_at || now - *read_at >= text_kept) {
      text = metrics_text(figures, labels, static_cast<std::size_t>(config.series_max));
      read_at = now;
    }
    return text;
  }

  void run() {
    for (;;) {
      try {
        io.run();
        return;
      } catch (const std::exception& failure) {
        static LogLimiter limiter;
        if (limiter.admit()) spdlog::error("metrics: {}", failure.what());
      }
    }
  }
};

MetricsServer::MetricsServer(const MetricsConfig& config, MetricLabels labels,
                             const FigureTable& figures, const Clock& clock)
    : impl_(std::make_unique<Impl>(config, std::move(labels), figures, clock)) {}

MetricsServer::~MetricsServer() { stop(); }

Result<void> MetricsServer::start() {
  if (impl_->config.exporter == MetricsConfig::Exporter::Disable) return {};
  if (auto listening = impl_->listen(); !listening) return listening;
  spdlog::info("metrics are served at http://{}:{}/metrics", impl_->config.host, port());
  impl_->accept();
  impl_->thread = named_thread("metrics", [impl = impl_.get()] { impl->run(); });
  return {};
}

void MetricsServer::stop() {
  if (!impl_->thread.joinable()) return;
  impl_->io.stop();
  impl_->thread.join();
}

std::uint16_t MetricsServer::port() const { return impl_->port; }

}  // namespace rocketmq
