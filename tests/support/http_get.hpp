#pragma once

#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <string>

namespace rocketmq::test {

/// Sends `request` to a loopback port and returns everything until the end of the connection.
inline std::string http_answer(std::uint16_t port, const std::string& request) {
  using boost::asio::ip::tcp;
  boost::asio::io_context io;
  tcp::socket socket(io);
  socket.connect({boost::asio::ip::address_v4::loopback(), port});
  boost::system::error_code failure;
  boost::asio::write(socket, boost::asio::buffer(request), failure);
  boost::asio::streambuf buffer;
  boost::asio::read(socket, buffer, failure);
  return {boost::asio::buffers_begin(buffer.data()), boost::asio::buffers_end(buffer.data())};
}

inline std::string http_get(std::uint16_t port, const std::string& path) {
  return http_answer(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

}  // namespace rocketmq::test
