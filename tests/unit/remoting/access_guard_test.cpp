#include "rocketmq/remoting/access_guard.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "net_fixture.hpp"

namespace rocketmq::remoting {
namespace {

class Everybody final : public Caller {
 public:
  Result<void> may(Resource, Action, std::string_view) const override { return {}; }
};

/// Admits requests that say "open sesame" in the header.
class PasswordGuard final : public AccessGuard {
 public:
  Result<CallerPtr> admit(const RouteSpec& spec, const RemotingCommand& request,
                          const Endpoint& peer) const override {
    const std::lock_guard lock(mutex);
    judged_on = thread_name();
    judged_code = spec.code;
    judged_bytes = request.body.size();
    judged_peer = peer.ip_text();
    if (request.ext_fields.find("word") == "open sesame") return caller;
    return Error{ResponseCode::NoPermission, "say the word"};
  }
  static std::string thread_name() {
    char name[16]{};
    ::pthread_getname_np(::pthread_self(), name, sizeof name);
    return name;
  }

  const CallerPtr caller = std::make_shared<Everybody>();
  mutable std::mutex mutex;
  mutable std::string judged_on;  // guarded by mutex
  mutable RequestCode judged_code{};
  mutable std::size_t judged_bytes = 0;
  mutable std::string judged_peer;
};

class AccessGuardTest : public ServerFixture {
 protected:
  AccessGuardTest() {
    routes.guard(guard);
    const auto process = [this](const RequestContext& context, RemotingCommand&, Reply reply) {
      seen = context.caller;
      ++processed;
      reply();
    };
    routes.route(inline_code, process, inline_on_connection);
    routes.route(pooled_code, process, &pool);
  }
  ~AccessGuardTest() override { server.reset(); }

  RemotingCommand ask(RequestCode code, bool knows_the_word, std::size_t body_bytes = 0) {
    auto connection = connect();
    RemotingCommand command = request(code, 1, std::string(body_bytes, 'x'));
    if (knows_the_word) command.ext_fields.add("word", "open sesame");
    connection.send(command);
    auto answer = connection.read_command();
    return answer ? *std::move(answer) : RemotingCommand{};
  }

  static constexpr RequestCode inline_code = RequestCode::GetMinOffset;
  static constexpr RequestCode pooled_code = RequestCode::QueryMessage;
  WorkerPool pool{"guarded", 1, 10};
  PasswordGuard guard;
  CallerPtr seen;
  std::atomic<int> processed{0};
};

TEST_F(AccessGuardTest, KeepsWhatItRefusesFromBeingProcessed) {
  start();
  for (const auto code : {inline_code, pooled_code}) {
    const auto answer = ask(code, false);
    EXPECT_EQ(answer.response_code(), ResponseCode::NoPermission);
    EXPECT_EQ(answer.remark, "say the word");
    EXPECT_EQ(guard.judged_code, code);
    EXPECT_EQ(guard.judged_peer, "127.0.0.1");
  }
  EXPECT_EQ(processed, 0);
}

TEST_F(AccessGuardTest, TellsTheProcessorWhoTheCallerIs) {
  start();
  for (const auto code : {inline_code, pooled_code}) {
    seen = nullptr;
    EXPECT_EQ(ask(code, true).response_code(), ResponseCode::Success);
    EXPECT_EQ(seen, guard.caller);
  }
}

TEST_F(AccessGuardTest, JudgesBeforeARequestTakesAPlaceInAPool) {
  start();
  ask(pooled_code, false, 1'000);
  EXPECT_EQ(guard.judged_on.find("guarded"), std::string::npos) << guard.judged_on;
}

TEST_F(AccessGuardTest, ReadsALargeBodyInThePoolThatProcessesIt) {
  start();
  const std::size_t bytes = Dispatcher::judged_inline_bytes_max + 1;
  EXPECT_EQ(ask(pooled_code, false, bytes).response_code(), ResponseCode::NoPermission);
  EXPECT_EQ(guard.judged_bytes, bytes);
  EXPECT_EQ(guard.judged_on, "guarded-0");
  EXPECT_EQ(processed, 0);
  EXPECT_EQ(ask(pooled_code, true, bytes).response_code(), ResponseCode::Success);
  EXPECT_EQ(seen, guard.caller);
}

TEST_F(AccessGuardTest, IsNotAskedAboutCodesThatAreNotServed) {
  start();
  EXPECT_EQ(ask(static_cast<RequestCode>(12'345), false).response_code(),
            ResponseCode::RequestCodeNotSupported);
}

}  // namespace
}  // namespace rocketmq::remoting
