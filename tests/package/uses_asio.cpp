// A program with Asio of its own beside the client: both have to mean the same classes.
#include <rocketmq/DefaultMQProducer.h>

#include <boost/asio.hpp>
#include <chrono>
#include <cstdio>

namespace asio = boost::asio;
using std::chrono::milliseconds;

int main() {
  // A connection, a timer and work from another thread, while a client runs.
  rocketmq::DefaultMQProducer producer("uses_asio");
  producer.setNamesrvAddr("127.0.0.1:1");
  producer.setMqClientApiTimeout(milliseconds(100));
  producer.start();

  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  asio::ip::tcp::socket accepted(context);
  asio::ip::tcp::socket connected(context);
  asio::steady_timer timer(context, milliseconds(10));
  int done = 0;
  acceptor.async_accept(accepted, [&](boost::system::error_code error) { done += error ? 0 : 1; });
  connected.async_connect(acceptor.local_endpoint(),
                          [&](boost::system::error_code error) { done += error ? 0 : 1; });
  timer.async_wait([&](boost::system::error_code error) { done += error ? 0 : 1; });
  asio::thread_pool pool(2);
  asio::post(pool, [&] { asio::post(context, [&] { ++done; }); });
  pool.join();
  context.run();

  bool refused = false;
  try {
    producer.send(rocketmq::Message("T", "body"));
  } catch (const rocketmq::MQException&) {
    refused = true;  // nothing listens there
  }
  producer.shutdown();
  std::printf("asio: %d of 4 done, send %s\n", done, refused ? "refused" : "went through");
  return done == 4 && refused ? 0 : 1;
}
