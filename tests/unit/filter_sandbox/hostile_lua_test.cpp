// Filters in Lua that attack their server. Each is shown to be contained while another filter
// judges. What they try is harmless where it succeeds.
#include <string>

#include "filters.hpp"

namespace rocketmq::filtersrv::test {
namespace {

class HostileLuaTest : public testing::Test {
 protected:
  void SetUp() override {
    sandbox_ = start_sandbox(clock_);
    ASSERT_NE(sandbox_, nullptr);
    auto patient = make_lua_engine(*sandbox_, patient_limits());
    ASSERT_TRUE(patient);
    patient_ = std::move(*patient);
    WorkerLimits limits{.message_deadline = milliseconds(100),
                        .kill_grace = milliseconds(200),
                        .batch_deadline = milliseconds(600'000)};
    auto strict = make_lua_engine(*sandbox_, limits);
    ASSERT_TRUE(strict);
    strict_ = std::move(*strict);
    // The interpreter ends the loop, however long that takes on a slow machine.
    limits.kill_grace = milliseconds(300'000);
    auto lenient = make_lua_engine(*sandbox_, limits);
    ASSERT_TRUE(lenient);
    lenient_ = std::move(*lenient);
    honest_ = honest_filter(*patient_);
    ASSERT_NE(honest_, nullptr);
  }
  void TearDown() override { expect_service(); }

  void expect_service() {
    auto verdicts = honest_->match(messages_.all());
    ASSERT_TRUE(verdicts) << verdicts.error().remark;
    EXPECT_EQ(delivered(*verdicts), tutorial_answer);
    EXPECT_EQ(honest_->state(), "running, 0 restarts");
  }

  /// A script that does it for message 1 only: it fails there, and judges the others.
  void expect_only_message_fails(FilterEngine& engine, const std::string& attack) {
    const auto filter = compiled(engine, source_of("local function attack(m) " + attack + R"(
      end
      return function(m)
        if m:integer("SequenceId") == 1 then attack(m) end
        return true
      end)"));
    ASSERT_NE(filter, nullptr);
    auto verdicts = filter->match(messages_.all());
    ASSERT_TRUE(verdicts) << verdicts.error().remark;
    ASSERT_EQ(verdicts->size(), 21U);
    EXPECT_EQ((*verdicts)[1], Verdict::kFailed);
    EXPECT_EQ(delivered(*verdicts).size(), 20U);
  }

  /// A script that ends its worker: the batch fails, and that filter alone.
  void expect_batch_fails(const std::string& attack, const std::string& reason) {
    const auto filter = compiled(*strict_, source_of("return function(m) " + attack + " end"));
    ASSERT_NE(filter, nullptr);
    auto verdicts = filter->match(messages_.all());
    // On a machine that stalls, a message's time may be over before it has come to the attack.
    while (verdicts && verdicts->front() == Verdict::kFailed)
      verdicts = filter->match(messages_.all());
    ASSERT_FALSE(verdicts);
    EXPECT_NE(verdicts.error().remark.find(reason), std::string::npos) << verdicts.error().remark;
    expect_service();
  }

  ManualClock clock_;
  std::unique_ptr<Sandbox> sandbox_;
  std::unique_ptr<FilterEngine> patient_;
  std::unique_ptr<FilterEngine> strict_;
  std::unique_ptr<FilterEngine> lenient_;
  std::unique_ptr<Filter> honest_;
  const Messages messages_{21};
};

TEST_F(HostileLuaTest, AnEndlessLoopFailsItsMessage) {
  expect_only_message_fails(*lenient_, "while true do end");
}

TEST_F(HostileLuaTest, AnEndlessLoopWhileLoadingIsRefused) {
  auto filter = strict_->compile(source_of("while true do end"));
  ASSERT_FALSE(filter);
  EXPECT_NE(filter.error().remark.find("the time for one message is over"), std::string::npos);
}

TEST_F(HostileLuaTest, ALoopThatCatchesItsEndIsKilledFromOutside) {
  expect_batch_fails("while true do pcall(function() while true do end end) end",
                     "its time for one message is over");
}

TEST_F(HostileLuaTest, ALoopWhereNoInstructionIsCountedIsKilledFromOutside) {
  expect_batch_fails(
      "setmetatable({}, {__gc = function() while true do end end}) "
      "for k = 1, 1000000 do local t = {k} end",
      "its time for one message is over");
}

TEST_F(HostileLuaTest, APatternWithoutEndIsKilledFromOutside) {
  expect_batch_fails(
      "return string.find(string.rep('a', 60), string.rep('a?', 60) .. string.rep('a', 60)) ~= nil",
      "its time for one message is over");
}

TEST_F(HostileLuaTest, AHugeAllocationFailsItsMessage) {
  expect_only_message_fails(*patient_, "local text = string.rep('x', 1 << 40)");
  expect_only_message_fails(*patient_, "local text = string.rep('x', 1 << 30)");
}

TEST_F(HostileLuaTest, GrowthWithoutEndFailsItsMessage) {
  expect_only_message_fails(*patient_, "local t = {} while true do t[#t + 1] = {} end");
  expect_only_message_fails(*patient_, "local s = 'x' while true do s = s .. s end");
}

TEST_F(HostileLuaTest, AStackOverflowFailsItsMessage) {
  expect_only_message_fails(*patient_, "local function f() return 1 + f() end f()");
  expect_only_message_fails(*patient_,
                            "local function f() return (string.gsub('a', 'a', f)) end f()");
  expect_only_message_fails(*patient_, R"(
      local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k .. 'x'] end
      local x = t.a)");
}

TEST_F(HostileLuaTest, FilesProcessesAndTheDebuggerAreNotThere) {
  for (const char* attack :
       {"io.open('/etc/passwd')", "os.execute('true')", "os.exit(1)", "debug.getregistry()",
        "require('io')", "load('return 1')()", "dofile('/etc/passwd')", "string.dump(attack)"}) {
    SCOPED_TRACE(attack);
    expect_only_message_fails(*patient_, attack);
  }
}

TEST_F(HostileLuaTest, WhatBelongsToMessagesCannotBeForged) {
  expect_only_message_fails(*patient_, "m.property({}, 'SequenceId')");
  expect_only_message_fails(*patient_,
                            "m.property(setmetatable({}, {__name = 'rocketmq.Message'}), 'a')");
  expect_only_message_fails(*patient_, "setmetatable(m, {})");
  expect_only_message_fails(*patient_, "m.topic = 'x'");
}

TEST_F(HostileLuaTest, ASourceOf100MiBIsRefusedBeforeAnythingIsStarted) {
  const std::size_t before = sandbox_->workers();
  std::string text(100 * 1024 * 1024, '-');
  auto filter = patient_->compile(source_of(std::move(text)));
  ASSERT_FALSE(filter);
  EXPECT_NE(filter.error().remark.find("104857600 bytes, more than the 262144"), std::string::npos)
      << filter.error().remark;
  EXPECT_EQ(sandbox_->workers(), before);
}

TEST_F(HostileLuaTest, DeepNestingIsAnErrorOfTheSource) {
  auto filter = patient_->compile(
      source_of("return " + std::string(100'000, '(') + "1" + std::string(100'000, ')')));
  ASSERT_FALSE(filter);
  EXPECT_NE(filter.error().remark.find("overflow"), std::string::npos) << filter.error().remark;
}

}  // namespace
}  // namespace rocketmq::filtersrv::test
