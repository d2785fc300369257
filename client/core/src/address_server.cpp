#include "address_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "rocketmq/common/text.hpp"

namespace rocketmq::client {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint64_t list_bytes_max = 64 * 1024;
constexpr unsigned http_1_1 = 11;

/// One request and its response, step by step on the context that it is made with, which it must
/// not outlive.
class Getting {
 public:
  Getting(asio::io_context& context, std::string host, std::string port, const std::string& path)
      : host_(std::move(host)),
        port_(std::move(port)),
        resolver_(context),
        stream_(context),
        request_(http::verb::get, path, http_1_1) {
    request_.set(http::field::host, host_ + ":" + port_);
    request_.keep_alive(false);
    parser_.body_limit(list_bytes_max);
  }

  void start() {
    resolver_.async_resolve(
        host_, port_, [this](const error_code& failure, const Tcp::resolver::results_type& found) {
          if (!has_failed(failure)) connect(found);
        });
  }
  /// Nothing until the end.
  std::optional<Outcome<std::string>>& outcome() { return outcome_; }

 private:
  void connect(const Tcp::resolver::results_type& found) {
    stream_.async_connect(found, [this](const error_code& failure, const Tcp::endpoint&) {
      if (!has_failed(failure)) write();
    });
  }
  void write() {
    http::async_write(stream_, request_, [this](const error_code& failure, std::size_t) {
      if (!has_failed(failure)) read();
    });
  }
  void read() {
    http::async_read(stream_, buffer_, parser_, [this](const error_code& failure, std::size_t) {
      if (!has_failed(failure)) finish();
    });
  }
  void finish() {
    const auto& answer = parser_.get();
    if (answer.result() == http::status::ok) {
      outcome_ = std::string(trim(answer.body()));
    } else {
      outcome_ = client_failure("the answer is " + std::to_string(answer.result_int()));
    }
  }
  bool has_failed(const error_code& failure) {
    if (failure) outcome_ = client_failure(failure.message());
    return static_cast<bool>(failure);
  }

  const std::string host_;
  const std::string port_;
  Tcp::resolver resolver_;
  boost::beast::tcp_stream stream_;
  http::request<http::empty_body> request_;
  boost::beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
  std::optional<Outcome<std::string>> outcome_;
};

}  // namespace

AddressServer::AddressServer(const std::string& domain, const std::string& subgroup,
                             const std::string& unit)
    : host_(domain), path_("/rocketmq/" + subgroup) {
  if (const auto colon = domain.rfind(':'); colon != std::string::npos) {
    host_ = domain.substr(0, colon);
    port_ = domain.substr(colon + 1);
  }
  if (!unit.empty()) path_ += "-" + unit + "?nofix=1";
}

Outcome<std::string> AddressServer::ask(std::chrono::milliseconds timeout) {
  asio::io_context context(1);
  {
    const std::scoped_lock lock(mutex_);
    if (is_cancelled_) return client_failure("the client was shut down");
    stop_ = [&context] { context.stop(); };
  }
  Getting getting(context, host_, port_, path_);
  getting.start();
  context.run_for(timeout);
  {
    const std::scoped_lock lock(mutex_);
    stop_ = nullptr;
  }
  auto& outcome = getting.outcome();
  if (outcome && *outcome) return std::move(*outcome);
  return client_failure("the address server http://" + host_ + ":" + port_ + path_ +
                        " does not tell name servers: " +
                        (outcome ? outcome->error().text : std::string("no answer in time")));
}

void AddressServer::cancel() {
  const std::scoped_lock lock(mutex_);
  is_cancelled_ = true;
  if (stop_) stop_();
}

}  // namespace rocketmq::client
