// Batches that wait for a disk, and the other connections of their reactor meanwhile.
#include "rocketmq/net/reactor_threads.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "net_fixture.hpp"

namespace rocketmq::remoting {
namespace {

/// What a batch waits for.
class Gate {
 public:
  void close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    is_waited_for_ = false;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_closed_ = false;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    is_waited_for_ = is_closed_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !is_closed_; });
  }
  void wait_until_waited_for() {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, patience, [this] { return is_waited_for_; }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_closed_ = false;      // guarded by mutex_
  bool is_waited_for_ = false;  // guarded by mutex_
};

/// Replies when its gate lets it pass.
class GatedBatch final : public net::RequestBatch {
 public:
  GatedBatch(net::BatchReactor& reactor, Gate& gate) : reactor_(reactor), gate_(gate) {}
  void leave(Reply reply) { left_.push_back(std::move(reply)); }

  bool has_work() const override { return !left_.empty(); }
  bool has_enough() const override { return false; }
  bool commit() override {
    std::vector<Reply> taken = std::exchange(left_, {});
    ++under_way_;
    const auto wait = reactor_.begin_wait();
    gate_.pass();
    if (reactor_.end_wait(wait)) {
      done_ = std::move(taken);
      return true;
    }
    UniqueFunction<void()> task = [this, taken = std::move(taken)]() mutable {
      done_ = std::move(taken);
      complete();
    };
    EXPECT_TRUE(reactor_.post(task));
    return false;
  }
  void complete() override {
    --under_way_;
    for (Reply& reply : std::exchange(done_, {})) reply();
  }
  bool is_waiting() const override { return under_way_ > 0; }

 private:
  net::BatchReactor& reactor_;
  Gate& gate_;
  std::vector<Reply> left_;
  std::vector<Reply> done_;
  int under_way_ = 0;
};

class ReactorThreadsTest : public ServerFixture {
 protected:
  ReactorThreadsTest() {
    options.make_batch = [this](net::BatchReactor& reactor) {
      return std::make_unique<GatedBatch>(reactor, gate);
    };
    routes.route(
        later_code,
        [](const RequestContext& context, RemotingCommand&, Reply reply) {
          static_cast<GatedBatch*>(context.batch)->leave(std::move(reply));
        },
        inline_on_connection);
  }
  ~ReactorThreadsTest() override { gate.open(); }

  Gate gate;
};

TEST_F(ReactorThreadsTest, ConnectionsOfAReactorAreServedWhileItsBatchWaits) {
  start();
  auto waiting = connect();
  for (int round = 0; round < 10; ++round) {
    gate.close();
    waiting.send(request(later_code, round));
    gate.wait_until_waited_for();
    EXPECT_TRUE(is_serving()) << "by the only reactor";
    // The connection itself as well.
    waiting.send(request(echo_code, 1'000));
    const auto other = waiting.read_command();
    ASSERT_TRUE(other);
    EXPECT_EQ(other->opaque, 1'000);
    gate.open();
    const auto answer = waiting.read_command();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->opaque, round);
    EXPECT_EQ(answer->response_code(), ResponseCode::Success);
  }
}

TEST_F(ReactorThreadsTest, OneOfSeveralReactorsMayWaitAgainAndAgain) {
  options.net_threads = 3;
  start();
  std::vector<test::RawConnection> connections;
  for (int k = 0; k < 3; ++k) connections.push_back(connect());
  for (int round = 0; round < 9; ++round) {
    gate.close();
    auto& waiting = connections[static_cast<std::size_t>(round % 3)];
    waiting.send(request(later_code, round));
    gate.wait_until_waited_for();
    for (int k = 0; k < 3; ++k) EXPECT_TRUE(is_serving());
    gate.open();
    ASSERT_TRUE(waiting.read_command());
  }
}

TEST_F(ReactorThreadsTest, AStopSendsTheRepliesToRequestsThatAreUnderWay) {
  start();
  auto waiting = connect();
  gate.close();
  waiting.send(request(later_code, 7));
  gate.wait_until_waited_for();
  std::thread stopping([this] { server->stop(); });
  // No more are taken: the stop has begun.
  for (bool is_refused = false; !is_refused;) {
    try {
      connect();
    } catch (const std::runtime_error&) {
      is_refused = true;
    }
  }
  gate.open();
  const auto answer = waiting.read_command();
  stopping.join();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->opaque, 7);
}

TEST(WaitMark, GivesTheReactorToOneOfTheTwo) {
  net::WaitMark mark;
  EXPECT_FALSE(mark.take_over(mark.look())) << "no thread waits";
  const auto first = mark.begin();
  const auto seen = mark.look();
  EXPECT_TRUE(mark.end(first));
  EXPECT_FALSE(mark.take_over(seen)) << "the wait is over";
  const auto second = mark.begin();
  EXPECT_FALSE(mark.take_over(seen)) << "another wait";
  EXPECT_TRUE(mark.take_over(mark.look()));
  const auto of_the_other = mark.begin();
  EXPECT_FALSE(mark.end(second)) << "taken over, and in a wait again";
  EXPECT_TRUE(mark.end(of_the_other));
}

}  // namespace
}  // namespace rocketmq::remoting
