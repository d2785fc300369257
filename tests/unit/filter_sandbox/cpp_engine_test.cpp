#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "cpp_engines.hpp"
#include "temp_dir.hpp"

namespace rocketmq::filtersrv::test {
namespace {

class CppEngineTest : public CppEngineFixture {};

/// A filter whose match() has this body.
std::string with_body(const std::string& body) {
  return "#include <rocketmq/filter/message_filter.hpp>\n#include <string>\n#include <vector>\n"
         "namespace example {\n"
         "struct Filter : rocketmq::filter::MessageFilter {\n"
         "  bool match(const rocketmq::filter::MessageView& m,\n"
         "             const rocketmq::filter::FilterContext& c) override {\n" +
         body + "\n}\n};\n}\n";
}

TEST_F(CppEngineTest, JudgesByTheTutorialsExample) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  std::ifstream file(ROCKETMQ_SOURCE_DIR "/filtersrv/examples/MessageFilterImpl.cpp");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const FilterSource source = source_of(text, "example.MessageFilterImpl");
  EXPECT_TRUE(engine_->takes(source));
  const auto filter = compiled(*engine_, source);
  ASSERT_NE(filter, nullptr);
  auto verdicts = filter->match(messages_.all());
  ASSERT_TRUE(verdicts) << verdicts.error().remark;
  EXPECT_EQ(delivered(*verdicts), tutorial_answer);
  EXPECT_EQ(filter->state(), "running, 0 restarts");
}

TEST_F(CppEngineTest, ShowsAllOfAMessageAndItsContext) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  const auto filter = compiled(*engine_, source_of("#rmq-filter cpp\n" + with_body(R"(
      if (m.integer("SequenceId") == 4) throw 1;
      return m.topic() == "TopicFilter7" && m.tags() == "TagA" && m.keys() == "OrderID001" &&
             m.body() == "Hello MetaQ" && m.message_id() == "C0A8010100002A9F0000000000000001" &&
             m.queue_id() == 3 && m.flag() == 0 && m.reconsume_times() == 0 &&
             m.queue_offset() == m.integer("SequenceId") && m.born_time_ms() == 1700000000000 &&
             m.store_time_ms() == 1700000000001 && !m.property("none") && !m.integer("TAGS") &&
             c.consumer_group == "ConsumerGroupNamecc4" && c.topic == "TopicFilter7" &&
             std::vector<std::string>(3, "x").size() == 3;)")));
  ASSERT_NE(filter, nullptr);
  auto verdicts = filter->match(messages_.all());
  ASSERT_TRUE(verdicts) << verdicts.error().remark;
  EXPECT_EQ((*verdicts)[4], Verdict::kFailed);
  EXPECT_EQ(delivered(*verdicts).size(), 20U);
}

TEST_F(CppEngineTest, SaysWhereASourceIsWrong) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  auto wrong = engine_->compile(source_of(with_body("return nonsense;")));
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().remark.find("example.Filter:8:"), std::string::npos)
      << wrong.error().remark;
  EXPECT_NE(wrong.error().remark.find("nonsense"), std::string::npos);
  // The name of the class is part of the upload.
  auto other_name = engine_->compile(source_of(with_body("return true;"), "example.Other"));
  ASSERT_FALSE(other_name);
  EXPECT_NE(other_name.error().remark.find("Other"), std::string::npos);
}

TEST_F(CppEngineTest, LeavesNothingInItsWorkDirectory) {
  const rocketmq::test::TempDir directory;
  CppEngineSettings settings = cpp_settings();
  settings.work_directory = directory.text();
  // The directory of a test is closed to the workers' user.
  std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
  const auto engine = make(settings);
  if (engine == nullptr) GTEST_SKIP() << why_none_;
  ASSERT_NE(compiled(*engine, source_of(with_body("return true;"))), nullptr);
  EXPECT_FALSE(engine->compile(source_of(with_body("return nonsense;"))));
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST_F(CppEngineTest, RefusesToStartWithoutWhatItNeeds) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  CppEngineSettings settings = cpp_settings();
  settings.compiler = "/nonexistent/g++";
  auto no_compiler = make_cpp_engine(*sandbox_, settings);
  ASSERT_FALSE(no_compiler);
  EXPECT_EQ(no_compiler.error().remark, "engine cpp: no compiler at /nonexistent/g++");
  settings = cpp_settings();
  settings.include_directory = "/usr/include";
  auto no_header = make_cpp_engine(*sandbox_, settings);
  ASSERT_FALSE(no_header);
  EXPECT_NE(no_header.error().remark.find("no rocketmq/filter/message_filter.hpp below"),
            std::string::npos);
  settings = cpp_settings();
  settings.compiler = "/bin/true";  // makes no library
  auto no_library = make_cpp_engine(*sandbox_, settings);
  ASSERT_FALSE(no_library);
  EXPECT_NE(no_library.error().remark.find("filter.so"), std::string::npos)
      << no_library.error().remark;
}

TEST_F(CppEngineTest, CompilesWhereThereIsRoomForTheFilterAlone) {
  SandboxSettings settings = test_settings();
  settings.workers_max = 1;
  settings.memory_bytes_max = cpp_settings().worker.memory_bytes;
  sandbox_ = start_sandbox(clock_, settings);
  ASSERT_NE(sandbox_, nullptr);
  const auto engine = make(cpp_settings());
  if (engine == nullptr) GTEST_SKIP() << why_none_;
  const auto filter = compiled(*engine, source_of(with_body("return true;")));
  EXPECT_NE(filter, nullptr);
  auto second = engine->compile(source_of(with_body("return true;")));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ResponseCode::SystemBusy);
}

TEST_F(CppEngineTest, WorksWithoutNamespacesIfTheKernelHasLandlock) {
  SandboxSettings settings = test_settings();
  settings.use_namespaces = false;
  sandbox_ = start_sandbox(clock_, settings);
  ASSERT_NE(sandbox_, nullptr);
  const auto engine = make(cpp_settings());
  if (engine == nullptr) GTEST_SKIP() << why_none_;
  EXPECT_NE(sandbox_->containment().find("landlock"), std::string::npos);
  const auto filter = compiled(*engine, source_of(with_body("return true;")));
  ASSERT_NE(filter, nullptr);
  auto verdicts = filter->match(messages_.all());
  ASSERT_TRUE(verdicts) << verdicts.error().remark;
  EXPECT_EQ(delivered(*verdicts).size(), 21U);
}

TEST_F(CppEngineTest, ABatchThatTakesTooLongIsJudgedInParts) {
  CppEngineSettings settings = cpp_settings();
  settings.worker = limits_of_slow_batches();
  const auto slow = make(settings);
  if (slow == nullptr) GTEST_SKIP() << why_none_;
  const auto filter = compiled(
      *slow, source_of("#include <unistd.h>\n" + with_body("return ::usleep(20'000) == 0;")));
  ASSERT_NE(filter, nullptr);
  EXPECT_GT(calls_until_judged(*filter, Messages(100).all()), 1U);
  EXPECT_EQ(filter->state(), "running, 0 restarts");
}

TEST_F(CppEngineTest, WhatWasJudgedBeforeACrashIsDelivered) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  const auto filter = compiled(*engine_, source_of("#include <cstdlib>\n" + with_body(R"(
      if (m.integer("SequenceId") == 3) std::abort();
      return true;)")));
  ASSERT_NE(filter, nullptr);
  auto verdicts = filter->match(messages_.all());
  ASSERT_TRUE(verdicts) << verdicts.error().remark;
  EXPECT_EQ(*verdicts, std::vector(3, Verdict::kDeliver));
  clock_.advance(std::chrono::seconds(10));
  EXPECT_NE(filter->state().find("it aborted"), std::string::npos) << filter->state();
  auto that_one = filter->match(std::span(messages_.all()).subspan(3));
  ASSERT_TRUE(that_one) << that_one.error().remark;
  EXPECT_EQ(*that_one, std::vector{Verdict::kFailed});
}

TEST_F(CppEngineTest, AStopEndsACompilation) {
  const rocketmq::test::TempDir directory;
  CppEngineSettings settings = cpp_settings();
  settings.work_directory = directory.path().string();
  const auto engine = make(settings);
  if (engine == nullptr) GTEST_SKIP() << why_none_;
  std::atomic<bool> has_ended{false};
  std::string error;
  std::thread compiling([&] {
    auto filter = engine->compile(source_of(std::string(minimal) + endless_templates));
    if (!filter) error = filter.error().remark;
    has_ended = true;
  });
  while (std::filesystem::is_empty(directory.path()) && !has_ended) std::this_thread::yield();
  sandbox_->stop();
  compiling.join();
  EXPECT_NE(error.find("the filter server stops"), std::string::npos) << error;
}

TEST_F(CppEngineTest, RefusesACompilerThatWouldShowMoreThanItself) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  const rocketmq::test::TempDir directory;
  std::filesystem::copy("/bin/true", directory / "g++");
  CppEngineSettings settings = cpp_settings();
  settings.compiler = (directory / "g++").string();
  auto beside_data = make_cpp_engine(*sandbox_, settings);
  ASSERT_FALSE(beside_data);
  EXPECT_NE(beside_data.error().remark.find(" has to be in /usr/bin or in a directory bin "),
            std::string::npos)
      << beside_data.error().remark;
}

}  // namespace
}  // namespace rocketmq::filtersrv::test
