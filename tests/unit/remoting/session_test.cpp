#include "rocketmq/net/session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "memory_link.hpp"
#include "rocketmq/net/shared_limits.hpp"

namespace rocketmq::net {
namespace {

/// Echoes lines: a protocol that is not ours.
class LineSession final : public Session {
 public:
  LineSession(std::shared_ptr<Reactor> reactor, std::shared_ptr<const SessionContext> context)
      : Session(std::move(reactor), std::move(context), "") {}

  std::size_t on_bytes(std::string_view bytes) override {
    std::size_t done = 0;
    for (;;) {
      const std::size_t end = bytes.find('\n', done);
      if (end == std::string_view::npos || !may_take_unit()) return done;
      const std::string_view line = bytes.substr(done, end + 1 - done);
      done = end + 1;
      ++lines;
      if (on_line) on_line();
      const std::size_t before = output().bytes();
      output().add_encoded(line, {});
      unit_taken(before);
    }
  }
  std::size_t unit_bytes(std::string_view bytes) const override { return bytes.size() + 1'000; }
  void on_losing(const Error& error) override { losing.push_back(error); }
  void on_closed() override { ++closings; }
  void on_output_sent() override { left_after_sending.push_back(output().bytes()); }

  /// As a processor on another thread does.
  Outbox::Left leave(std::string_view text) {
    const auto left = outbox().leave_unless_full(
        1'000, {}, [&](OutputQueue& queue) { queue.add_encoded(text, {}); });
    if (left == Outbox::Left::Yes) output_left();
    return left;
  }

  int lines = 0;
  int closings = 0;
  std::vector<Error> losing;
  std::vector<std::size_t> left_after_sending;
  std::function<void()> on_line;
};

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    context->name = "test";
    context->unit_bytes_max = 100'000;
    context->output_bytes_high = 1'000'000;
    context->output_bytes_max = 4'000'000;
  }
  /// Opens a session on a link that the test has prepared.
  void open() {
    session = std::make_shared<LineSession>(reactor.get(), context);
    on_reactor(*reactor, [this] { session->open(std::move(prepared)); });
  }
  bool settles(const std::function<bool()>& done) { return settle(*reactor, done); }

  std::shared_ptr<SessionContext> context = std::make_shared<SessionContext>();
  RunningReactor reactor;
  std::unique_ptr<MemoryLink> prepared = std::make_unique<MemoryLink>(*reactor);
  MemoryLink& link = *prepared;
  std::shared_ptr<LineSession> session;
};

TEST_F(SessionTest, CarriesTheSameBytesHoweverTheLinkSplitsThem) {
  std::mt19937 random(20'261'130);
  std::string sent;
  for (int line = 0; line < 400; ++line) {
    const auto size =
        std::uniform_int_distribution<std::size_t>(0, line % 50 == 0 ? 40'000 : 200)(random);
    sent.append(size, static_cast<char>('a' + line % 26));
    sent += '\n';
  }
  open();
  for (std::size_t at = 0; at < sent.size();) {
    const auto count = std::min<std::size_t>(
        sent.size() - at, std::uniform_int_distribution<std::size_t>(1, 30'000)(random));
    on_reactor(*reactor, [&] {
      link.read_max = std::uniform_int_distribution<std::size_t>(1, 9'000)(random);
      link.write_max = std::uniform_int_distribution<std::size_t>(1, 5'000)(random);
      link.deliver(std::string_view(sent).substr(at, count));
    });
    at += count;
  }
  ASSERT_TRUE(settles([&] { return link.written.size() >= sent.size(); }));
  EXPECT_TRUE(link.written == sent);
  EXPECT_EQ(session->lines, 400);
}

TEST_F(SessionTest, SendsWhatOneReadBroughtInOneWrite) {
  open();
  on_reactor(*reactor, [&] { link.deliver("one\ntwo\nthree\n"); });
  EXPECT_EQ(link.written, "one\ntwo\nthree\n");
  EXPECT_EQ(link.writes, 1);
}

TEST_F(SessionTest, SaysWhatIsLeftWheneverTheLinkHasTakenSome) {
  prepared->write_room = 2;
  open();
  on_reactor(*reactor, [&] { link.deliver("12345\n"); });
  on_reactor(*reactor, [&] { link.give_room(1); });
  on_reactor(*reactor, [&] { link.give_room(100); });
  EXPECT_EQ(link.written, "12345\n");
  EXPECT_EQ(session->left_after_sending, (std::vector<std::size_t>{4, 3, 0}));
}

TEST_F(SessionTest, EndsATurnAfterItsBudgetAndLetsOthersHaveTheirs) {
  open();
  std::string lines;
  for (int line = 0; line < 1'000; ++line) lines += "x\n";
  int after_one_turn = 0;
  on_reactor(*reactor, [&] {
    link.deliver(lines);
    after_one_turn = session->lines;
  });
  EXPECT_EQ(after_one_turn, static_cast<int>(TurnBudget::whole.units));
  ASSERT_TRUE(settles([&] { return session->lines == 1'000; }));
  EXPECT_EQ(link.written, lines);
}

TEST_F(SessionTest, IsServedWhenItAsksLittleHoweverManyOthersHaveWorkLeft) {
  open();
  struct Other {
    std::shared_ptr<LineSession> session;
    MemoryLink* link;
  };
  std::vector<Other> others;
  for (int count = 0; count < 3; ++count) {
    auto transport = std::make_unique<MemoryLink>(*reactor);
    MemoryLink* const at = transport.get();
    others.push_back({std::make_shared<LineSession>(reactor.get(), context), at});
    on_reactor(*reactor, [&] { others.back().session->open(std::move(transport)); });
  }
  std::string lines;
  for (int line = 0; line < 1'000; ++line) lines += "x\n";
  const std::string large = std::string(80'000, 'y') + '\n';
  on_reactor(*reactor, [&] {
    others[0].link->deliver(lines);
    EXPECT_EQ(others[0].session->lines, static_cast<int>(TurnBudget::whole.units));
    others[1].link->deliver(lines);
    EXPECT_EQ(others[1].session->lines, static_cast<int>(TurnBudget::short_of_time.units))
        << "the first one has asked for a turn";
    others[2].link->deliver(large);
    EXPECT_EQ(others[2].link->written, "") << "much output waits for a turn";
    link.deliver("little\n");
    EXPECT_EQ(link.written, "little\n");
  });
  EXPECT_TRUE(settles([&] {
    return others[0].link->written == lines && others[1].link->written == lines &&
           others[2].link->written == large;
  }));
}

/// Notes what is gathered between two commits, and has enough after each turn.
class NotingBatch final : public RequestBatch {
 public:
  explicit NotingBatch(std::vector<std::size_t>& commits) : commits_(commits) {}
  bool has_work() const override { return units_ > 0; }
  bool has_enough() const override { return units_ > 0; }
  bool commit() override {
    commits_.push_back(std::exchange(units_, 0));
    return true;
  }
  void complete() override {}
  bool is_waiting() const override { return false; }
  void add() { ++units_; }

 private:
  std::size_t units_ = 0;
  std::vector<std::size_t>& commits_;
};

TEST(ReactorRounds, EndWhenTheBatchHasEnoughHoweverManySessionsHaveWorkLeft) {
  const auto context = std::make_shared<SessionContext>();
  context->unit_bytes_max = 100'000;
  context->output_bytes_high = context->output_bytes_max = 4'000'000;
  std::vector<std::size_t> commits;
  auto made = std::make_unique<NotingBatch>(commits);
  NotingBatch& batch = *made;
  const auto reactor = std::make_shared<Reactor>("net-test");
  reactor->use_batch(std::move(made));
  reactor->start();
  constexpr int lines_each = 3 * static_cast<int>(TurnBudget::whole.units);
  std::string lines;
  for (int line = 0; line < lines_each; ++line) lines += "x\n";
  std::vector<std::shared_ptr<LineSession>> sessions;
  on_reactor(*reactor, [&] {
    for (int count = 0; count < 8; ++count) {
      auto transport = std::make_unique<MemoryLink>(*reactor);
      MemoryLink& link = *transport;
      sessions.push_back(std::make_shared<LineSession>(reactor, context));
      sessions.back()->on_line = [&] { batch.add(); };
      sessions.back()->open(std::move(transport));
      link.deliver(lines);
    }
  });
  EXPECT_TRUE(settle(*reactor, [&] {
    return std::all_of(sessions.begin(), sessions.end(),
                       [](const auto& session) { return session->lines == lines_each; });
  }));
  reactor->stop(Error{ResponseCode::ShutDown, "the test ends"}, {});
  reactor->join();
  // The first one has what the sessions took when their lines came.
  ASSERT_GT(commits.size(), 1U);
  EXPECT_LE(*std::max_element(commits.begin() + 1, commits.end()), TurnBudget::whole.units);
}

TEST_F(SessionTest, LeavesRequestsUnreadWhileThePeerDoesNotRead) {
  context->output_bytes_high = 1'000;
  open();
  const std::string line = std::string(99, 'x') + '\n';
  std::string lines;
  for (int count = 0; count < 100; ++count) lines += line;
  on_reactor(*reactor, [&] {
    link.write_room = 0;
    link.deliver(lines);
  });
  EXPECT_EQ(session->lines, 11) << "until there is more than 1,000 bytes of output";
  EXPECT_EQ(link.written, "");
  on_reactor(*reactor, [&] { link.give_room(600); });
  EXPECT_TRUE(settles([&] { return session->lines == 17; }));
  on_reactor(*reactor, [&] { link.give_room(SIZE_MAX); });
  ASSERT_TRUE(settles([&] { return session->lines == 100; }));
  EXPECT_TRUE(link.written == lines);
}

TEST_F(SessionTest, ClosesWhereTheStreamEnds) {
  open();
  on_reactor(*reactor, [&] {
    link.deliver("whole\npart");
    link.end_stream();
  });
  ASSERT_TRUE(settles([&] { return session->closings == 1; }));
  EXPECT_EQ(link.written, "whole\n");
  EXPECT_TRUE(link.is_closed);
  EXPECT_FALSE(session->is_open());
  ASSERT_FALSE(session->losing.empty());
  EXPECT_EQ(session->losing.front().remark, "connection to 192.0.2.1:40000 lost: end of stream");
}

TEST_F(SessionTest, ClosesOnceWhenReadsAndWritesFailTogether) {
  open();
  on_reactor(*reactor, [&] {
    link.write_failure = std::make_error_code(std::errc::broken_pipe);
    link.deliver("lost\n");
    link.break_reads(std::errc::connection_reset);
  });
  ASSERT_TRUE(settles([&] { return session->closings > 0; }));
  EXPECT_EQ(session->closings, 1);
  EXPECT_EQ(link.written, "");
}

TEST_F(SessionTest, ClosesWhenTheLinkCannotBeMade) {
  link.open_failure = "no route";
  open();
  EXPECT_EQ(session->closings, 1);
  ASSERT_FALSE(session->losing.empty());
  EXPECT_EQ(session->losing.front().code, ResponseCode::ConnectFailed);
  EXPECT_FALSE(session->was_established());
}

TEST_F(SessionTest, ClosesWhenAHandlerThrowsAndServesNothingAfterIt) {
  open();
  session->on_line = [] { throw std::runtime_error("on purpose"); };
  on_reactor(*reactor, [&] { link.deliver("one\ntwo\n"); });
  ASSERT_TRUE(settles([&] { return session->closings == 1; }));
  EXPECT_EQ(session->lines, 1);
}

TEST_F(SessionTest, SendsWhatOtherThreadsHaveLeftInOneWrite) {
  open();
  std::promise<void> may_go_on;
  reactor.get()->post([&] { may_go_on.get_future().wait(); });
  EXPECT_EQ(session->leave("one "), Outbox::Left::Yes);
  EXPECT_EQ(session->leave("two "), Outbox::Left::Yes);
  EXPECT_EQ(session->leave("three"), Outbox::Left::Yes);
  may_go_on.set_value();
  ASSERT_TRUE(settles([&] { return !link.written.empty(); }));
  EXPECT_EQ(link.written, "one two three");
  EXPECT_EQ(link.writes, 1);
}

TEST_F(SessionTest, CountsWhatOtherThreadsLeaveWhileThePeerDoesNotRead) {
  context->limits = std::make_shared<SharedLimits>(SharedLimits::Options{});
  open();
  on_reactor(*reactor, [&] {
    link.write_room = 0;
    link.deliver("12345\n");
  });
  EXPECT_EQ(context->limits->buffer_bytes(), 6U);
  EXPECT_EQ(session->leave("789"), Outbox::Left::Yes);
  EXPECT_TRUE(settles([&] { return context->limits->buffer_bytes() == 9; }));
  on_reactor(*reactor, [&] { link.give_room(SIZE_MAX); });
  EXPECT_EQ(context->limits->buffer_bytes(), 0U);
  EXPECT_EQ(link.written, "12345\n789");
}

TEST_F(SessionTest, RefusesWhatOtherThreadsLeaveOverTheLimitAndAfterTheEnd) {
  open();
  on_reactor(*reactor, [&] { link.write_room = 0; });
  EXPECT_EQ(session->leave(std::string(1'001, 'x')), Outbox::Left::Yes);
  EXPECT_EQ(session->leave("more"), Outbox::Left::Full);
  session->request_close(Error{ResponseCode::SendFailed, "as asked"});
  EXPECT_EQ(session->leave("more"), Outbox::Left::Closed);
  EXPECT_TRUE(settles([&] { return session->closings == 1; }));
}

TEST_F(SessionTest, SendsWhatItHasBeforeItWindsDown) {
  open();
  on_reactor(*reactor, [&] {
    link.write_room = 2;
    link.deliver("late\n");
    session->wind_down(Error{ResponseCode::ShutDown, "stopping"});
  });
  EXPECT_EQ(session->closings, 0);
  on_reactor(*reactor, [&] { link.give_room(SIZE_MAX); });
  EXPECT_EQ(link.written, "late\n");
  EXPECT_EQ(session->closings, 1);
}

}  // namespace
}  // namespace rocketmq::net
