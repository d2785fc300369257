#include <fstream>
#include <iterator>
#include <string>

#include "filters.hpp"

namespace rocketmq::filtersrv::test {
namespace {

class LuaEngineTest : public testing::Test {
 protected:
  void SetUp() override {
    sandbox_ = start_sandbox(clock_);
    ASSERT_NE(sandbox_, nullptr);
    auto engine = make_lua_engine(*sandbox_, patient_limits());
    ASSERT_TRUE(engine) << engine.error().remark;
    engine_ = std::move(*engine);
  }

  /// The verdicts of a filter on 21 messages.
  std::vector<Verdict> verdicts(const std::string& text) {
    const auto filter = compiled(*engine_, source_of(text));
    if (filter == nullptr) return {};
    auto result = filter->match(messages_.all());
    EXPECT_TRUE(result) << result.error().remark;
    return result ? *result : std::vector<Verdict>{};
  }
  std::string compile_error(const std::string& text) {
    auto filter = engine_->compile(source_of(text));
    return filter ? "" : filter.error().remark;
  }

  ManualClock clock_;
  std::unique_ptr<Sandbox> sandbox_;
  std::unique_ptr<FilterEngine> engine_;
  const Messages messages_{21};
};

TEST_F(LuaEngineTest, JudgesByTheTutorialsExample) {
  std::ifstream file(ROCKETMQ_SOURCE_DIR "/filtersrv/examples/MessageFilterImpl.lua");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(engine_->takes(source_of(text)));
  EXPECT_EQ(delivered(verdicts(text)), tutorial_answer);
}

TEST_F(LuaEngineTest, TakesATextByItsMark) {
  for (const char* text :
       {"--rmq-filter lua\n", "#rmq-filter lua\nreturn 1", "-- rmq-filter lua"}) {
    EXPECT_TRUE(engine_->takes(source_of(text))) << text;
  }
  for (const char* text : {"", "\n--rmq-filter lua", "--rmq-filter luau", "rmq-filter", "// x"}) {
    EXPECT_FALSE(engine_->takes(source_of(text))) << text;
  }
}

TEST_F(LuaEngineTest, ShowsAllOfAMessage) {
  const std::vector<Verdict> all = verdicts(R"(
    function match(m, context)
      return m.topic == "TopicFilter7" and m.tags == "TagA" and m.keys == "OrderID001"
        and m.body == "Hello MetaQ" and m.message_id == "C0A8010100002A9F0000000000000001"
        and m.queue_id == 3 and m.flag == 0 and m.reconsume_times == 0
        and m.queue_offset == m:integer("SequenceId") and m.born_time_ms == 1700000000000
        and m.store_time_ms == 1700000000001 and m:property("none") == nil
        and m:integer("TAGS") == nil and m:property("TAGS") == "TagA"
        and context.consumer_group == "ConsumerGroupNamecc4" and context.topic == "TopicFilter7"
    end)");
  EXPECT_EQ(all, std::vector<Verdict>(21, Verdict::kDeliver));
}

TEST_F(LuaEngineTest, MayReturnTheFunctionAndDropsByNil) {
  EXPECT_EQ(verdicts("return function() end"), std::vector<Verdict>(21, Verdict::kDrop));
}

TEST_F(LuaEngineTest, CountsErrorsAndOtherValuesAsFailuresOfTheMessage) {
  const auto all = verdicts(R"(
    function match(m)
      if m:integer("SequenceId") == 0 then error("no") end
      if m:integer("SequenceId") == 1 then return "yes" end
      return true
    end)");
  ASSERT_EQ(all.size(), 21U);
  EXPECT_EQ(all[0], Verdict::kFailed);
  EXPECT_EQ(all[1], Verdict::kFailed);
  EXPECT_EQ(all[2], Verdict::kDeliver);
}

TEST_F(LuaEngineTest, SaysWhereASourceIsWrong) {
  const std::string error = compile_error("--rmq-filter lua\nfunction match(m\nreturn true end");
  EXPECT_NE(error.find("example.Filter:3:"), std::string::npos) << error;
  EXPECT_NE(compile_error("x = 1").find("defines no function match"), std::string::npos);
  EXPECT_NE(compile_error("error('at load')").find("at load"), std::string::npos);
}

TEST_F(LuaEngineTest, HasOnlyThePureParts) {
  EXPECT_EQ(delivered(verdicts(R"(
    local absent = {"io", "os", "debug", "package", "require", "load", "loadfile", "dofile",
                    "print", "coroutine", "collectgarbage", "warn"}
    function match(m)
      for _, name in ipairs(absent) do
        if _G[name] ~= nil then return false end
      end
      return string.dump == nil and getmetatable(m) == false and string.rep("a", 3) == "aaa"
        and math.max(1, 2) == 2 and table.concat({"a", "b"}) == "ab" and utf8.len("ä") == 1
    end)"))
                .size(),
            21U);
}

TEST_F(LuaEngineTest, TakesNoBinaryProgram) {
  EXPECT_NE(compile_error("\x1bLua").find("binary"), std::string::npos);
}

TEST_F(LuaEngineTest, AMessageIsGoneAfterItsCall) {
  const auto all = verdicts(R"(
    local kept
    function match(m)
      if kept then return kept.topic == "TopicFilter7" end  -- the same object, filled again
      kept = setmetatable({}, {__gc = function() return m.topic end})
      return true
    end)");
  EXPECT_EQ(all.size(), 21U);
}

TEST_F(LuaEngineTest, RefusesNamesThatAreNoClassNames) {
  for (const char* name : {"", "../a", "a/b", "a..b", ".a", "a.", "1a", "a b", "a;b"}) {
    auto filter = engine_->compile(source_of("return function() end", name));
    EXPECT_FALSE(filter) << name;
  }
}

TEST_F(LuaEngineTest, JudgesBatchesThatNeedSeveralFrames) {
  const auto filter = compiled(*engine_, source_of("return function(m) return #m.body > 0 end"));
  ASSERT_NE(filter, nullptr);
  const std::string body(3 * 1024 * 1024, 'b');
  std::vector<FilterMessage> large(5, FilterMessage{.topic = "T", .body = body});
  auto result = filter->match(large);
  ASSERT_TRUE(result) << result.error().remark;
  EXPECT_EQ(*result, std::vector<Verdict>(5, Verdict::kDeliver));
  std::vector<FilterMessage> many(10'000, FilterMessage{.topic = "T", .body = "b"});
  auto of_many = filter->match(many);
  ASSERT_TRUE(of_many) << of_many.error().remark;
  EXPECT_EQ(delivered(*of_many).size(), 10'000U);
}

TEST_F(LuaEngineTest, FailsOnAMessageThatItsWorkerCannotHoldAndOnNoOther) {
  const auto filter = compiled(*engine_, source_of("return function(m) return #m.body > 0 end"));
  ASSERT_NE(filter, nullptr);
  const std::string body(60 * 1024 * 1024, 'b');
  auto verdicts = filter->match(std::vector<FilterMessage>{
      {.topic = "T", .body = "b"}, {.topic = "T", .body = body}, {.topic = "T", .body = "b"}});
  ASSERT_TRUE(verdicts) << verdicts.error().remark;
  EXPECT_EQ(*verdicts,
            (std::vector<Verdict>{Verdict::kDeliver, Verdict::kFailed, Verdict::kDeliver}));
}

TEST_F(LuaEngineTest, ABatchThatTakesTooLongIsJudgedInParts) {
  auto slow = make_lua_engine(*sandbox_, limits_of_slow_batches());
  ASSERT_TRUE(slow);
  const auto filter =
      compiled(**slow, source_of("return function(m) for k = 1, 3000000 do end return true end"));
  ASSERT_NE(filter, nullptr);
  // More than any machine judges in the time of two batches.
  const Messages many(4'000);
  std::span<const FilterMessage> left(many.all());
  for (int part = 0; part < 2; ++part) {
    auto verdicts = filter->match(left);
    ASSERT_TRUE(verdicts) << verdicts.error().remark;
    ASSERT_LT(verdicts->size(), left.size());
    left = left.subspan(verdicts->size());
  }
  EXPECT_EQ(filter->state(), "running, 0 restarts");
}

TEST_F(LuaEngineTest, WhatWasJudgedBeforeAMessageThatTakesTooLongIsDelivered) {
  // By processor time: no stall of the machine uses that up.
  WorkerLimits limits = patient_limits();
  limits.processor_time = std::chrono::seconds(1);
  auto strict = make_lua_engine(*sandbox_, limits);
  ASSERT_TRUE(strict);
  const auto filter = compiled(**strict, source_of(R"(
      return function(m)
        while m:integer("SequenceId") == 3 do pcall(function() while true do end end) end
        return true
      end)"));
  ASSERT_NE(filter, nullptr);
  auto verdicts = filter->match(messages_.all());
  ASSERT_TRUE(verdicts) << verdicts.error().remark;
  EXPECT_EQ(*verdicts, std::vector(3, Verdict::kDeliver));
  EXPECT_NE(filter->state().find("used up its processor time"), std::string::npos)
      << filter->state();
  // The next pull begins with that message.
  clock_.advance(milliseconds(10'000));
  auto that_one = filter->match(std::span(messages_.all()).subspan(3));
  ASSERT_TRUE(that_one) << that_one.error().remark;
  EXPECT_EQ(*that_one, std::vector{Verdict::kFailed});
  clock_.advance(milliseconds(10'000));
  auto behind = filter->match(std::span(messages_.all()).subspan(4));
  ASSERT_TRUE(behind) << behind.error().remark;
  EXPECT_EQ(*behind, std::vector(17, Verdict::kDeliver));
}

}  // namespace
}  // namespace rocketmq::filtersrv::test
