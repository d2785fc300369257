#include "rocketmq/net/reactor.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <future>
#include <memory>
#include <stdexcept>

#include "connection.hpp"
#include "rocketmq/net/tcp_transport.hpp"

namespace rocketmq::remoting {
namespace {

using namespace std::chrono_literals;
using net::Reactor;

const Error stopped{ResponseCode::ShutDown, "stopped"};

TEST(Reactor, RunsEveryTaskOnceThoughOneOfThemThrows) {
  Reactor reactor("net-test");
  int throwing = 0;
  int behind = 0;
  // Posted before the thread runs, so that one turn takes both.
  reactor.post([&] {
    ++throwing;
    throw std::runtime_error("on purpose");
  });
  reactor.post([&] { ++behind; });
  reactor.start();
  for (int turns = 0; turns < 3; ++turns) {
    std::promise<void> done;
    reactor.post([&] { done.set_value(); });
    done.get_future().wait();
  }
  reactor.stop(stopped, 0ms);
  reactor.join();
  EXPECT_EQ(throwing, 1);
  EXPECT_EQ(behind, 1);
}

TEST(Reactor, EndsATurnWhoseHandlerThrowsLikeAnyOther) {
  Reactor reactor("net-test");
  int ends = 0;
  reactor.on_turn_end([&] {
    if (++ends == 1) throw std::runtime_error("on purpose");
  });
  reactor.start();
  for (int turns = 0; turns < 2; ++turns) {
    std::promise<void> done;
    reactor.post([&] { done.set_value(); });
    done.get_future().wait();
  }
  reactor.stop(stopped, 0ms);
  reactor.join();
  EXPECT_GE(ends, 2);
}

TEST(ConnectionDeathTest, BeginsOnceSoThatItsReactorCanEnd) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto reactor = std::make_shared<Reactor>("net-test");
  const auto context = std::make_shared<ConnectionContext>();
  context->unit_bytes_max = 1'000;
  const auto connection = std::make_shared<Connection>(reactor, context, "127.0.0.1:1");
  EXPECT_EXIT(
      {
        connection->open(net::connecting_tcp(*reactor, "127.0.0.1", 1, {}), 1'000ms);
        connection->open(net::connecting_tcp(*reactor, "127.0.0.1", 1, {}), 1'000ms);
      },
      testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace rocketmq::remoting
