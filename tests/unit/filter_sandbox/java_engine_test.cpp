// Filters in Java. Where there is no JDK, or nothing that keeps files from a JVM, these tests are
// skipped when the engine says so.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "filters.hpp"

namespace rocketmq::filtersrv::test {
namespace {

WorkerLimits jvm_limits() {
  WorkerLimits limits = patient_limits();
  limits.memory_bytes = 512ULL << 20;
  limits.processor_time = std::chrono::hours(1);
  return limits;
}

class JavaEngineTest : public testing::Test {
 protected:
  void SetUp() override {
    sandbox_ = start_sandbox(clock_);
    ASSERT_NE(sandbox_, nullptr);
    engine_ = make({.worker_jar = jar, .worker = jvm_limits()});
  }

  std::unique_ptr<FilterEngine> make(const JavaEngineSettings& settings) {
    auto engine = make_java_engine(*sandbox_, settings);
    if (engine) return std::move(*engine);
    const std::string& remark = engine.error().remark;
    const bool has_jdk = std::filesystem::exists(jar) && std::filesystem::exists("/usr/bin/javac");
    const std::string held_by = sandbox_->containment();
    const bool hides_files = held_by.find("landlock") != std::string::npos ||
                             held_by.find("own root directory") != std::string::npos;
    EXPECT_FALSE(has_jdk && hides_files) << remark;
    EXPECT_TRUE(remark.find("neither Landlock nor mount namespaces") != std::string::npos ||
                remark.find("no JDK") != std::string::npos ||
                remark.find("is missing") != std::string::npos)
        << remark;
    why_none_ = remark;
    return nullptr;
  }

  static std::string with_body(const std::string& body) {
    return "package example;\n"
           "import com.alibaba.rocketmq.common.filter.MessageFilter;\n"
           "import com.alibaba.rocketmq.common.message.MessageExt;\n"
           "public class Filter implements MessageFilter {\n"
           "  public boolean match(MessageExt m) {\n"
           "    try {\n" +
           body + "\n    } catch (Exception e) { return false; }\n  }\n}\n";
  }

  /// The verdict of a filter with this body on one message; true is a success of the attack.
  std::string outcome(FilterEngine& engine, const std::string& body) {
    const auto filter = compiled(engine, source_of(with_body(body)));
    if (filter == nullptr) return "not compiled";
    auto verdicts = filter->match(Messages(1).all());
    if (!verdicts) return verdicts.error().remark;
    switch (verdicts->at(0)) {
      case Verdict::kDrop: return "drop";
      case Verdict::kDeliver: return "deliver";
      case Verdict::kFailed: return "failed";
    }
    return "none";
  }

  const std::string jar = ROCKETMQ_BIN_DIR "/filter-worker.jar";
  ManualClock clock_;
  std::unique_ptr<Sandbox> sandbox_;
  std::unique_ptr<FilterEngine> engine_;
  /// Why make() has made none.
  std::string why_none_;
  const Messages messages_{21};
};

TEST_F(JavaEngineTest, JudgesByTheTutorialsExample) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  std::ifstream file(ROCKETMQ_SOURCE_DIR "/filtersrv/examples/MessageFilterImpl.java");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const FilterSource source = source_of(text, "example.MessageFilterImpl");
  EXPECT_TRUE(engine_->takes(source));
  const auto filter = compiled(*engine_, source);
  ASSERT_NE(filter, nullptr);
  auto verdicts = filter->match(messages_.all());
  ASSERT_TRUE(verdicts) << verdicts.error().remark;
  EXPECT_EQ(delivered(*verdicts), tutorial_answer);
}

TEST_F(JavaEngineTest, RunsTheInterfaceOfLaterReleasesAndShowsAllOfAMessage) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  const auto filter = compiled(*engine_, source_of(R"(package example;
import org.apache.rocketmq.common.filter.FilterContext;
import org.apache.rocketmq.common.filter.MessageFilter;
import org.apache.rocketmq.common.message.MessageExt;
public class Filter implements MessageFilter {
  public boolean match(MessageExt m, FilterContext c) {
    return c.getConsumerGroup().equals("ConsumerGroupNamecc4") && m.getTopic().equals("TopicFilter7")
        && m.getTags().equals("TagA") && m.getKeys().equals("OrderID001")
        && new String(m.getBody()).equals("Hello MetaQ") && m.getQueueId() == 3 && m.getFlag() == 0
        && m.getMsgId().equals("C0A8010100002A9F0000000000000001") && m.getReconsumeTimes() == 0
        && m.getQueueOffset() == Long.parseLong(m.getProperty("SequenceId"))
        && m.getBornTimestamp() == 1700000000000L && m.getStoreTimestamp() == 1700000000001L
        && m.getProperty("none") == null && m.getProperties().size() == 3;
  }
}
)"));
  ASSERT_NE(filter, nullptr);
  auto verdicts = filter->match(messages_.all());
  ASSERT_TRUE(verdicts) << verdicts.error().remark;
  EXPECT_EQ(delivered(*verdicts).size(), 21U);
}

TEST_F(JavaEngineTest, SaysWhereASourceIsWrong) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  auto wrong = engine_->compile(source_of(with_body("return nonsense;")));
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().remark.find("example/Filter.java:7:"), std::string::npos)
      << wrong.error().remark;
  auto other = engine_->compile(source_of("package example; public class Filter {}"));
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().remark.find("does not implement MessageFilter"), std::string::npos);
}

TEST_F(JavaEngineTest, RefusesToStartWithoutWhatItNeeds) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  auto no_jdk = make_java_engine(*sandbox_, {.java_home = "/nonexistent", .worker_jar = jar});
  ASSERT_FALSE(no_jdk);
  EXPECT_NE(no_jdk.error().remark.find("no JDK"), std::string::npos);
  auto no_jar = make_java_engine(*sandbox_, {.worker_jar = "/nonexistent/filter-worker.jar"});
  ASSERT_FALSE(no_jar);
  EXPECT_NE(no_jar.error().remark.find("is missing"), std::string::npos);
}

TEST_F(JavaEngineTest, ABatchThatTakesTooLongIsJudgedInParts) {
  WorkerLimits limits = jvm_limits();
  limits.batch_deadline = limits_of_slow_batches().batch_deadline;
  const auto slow = make({.worker_jar = jar, .worker = limits});
  if (slow == nullptr) GTEST_SKIP() << why_none_;
  const auto filter = compiled(*slow, source_of(with_body("Thread.sleep(20); return true;")));
  ASSERT_NE(filter, nullptr);
  EXPECT_GT(calls_until_judged(*filter, Messages(100).all()), 1U);
  EXPECT_EQ(filter->state(), "running, 0 restarts");
}

TEST_F(JavaEngineTest, WhatWasJudgedBeforeTheEndIsDeliveredWithTheNextPull) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  const auto filter = compiled(*engine_, source_of(with_body(R"(
      if (m.getProperty("SequenceId").equals("3")) System.exit(0);
      return true;)")));
  ASSERT_NE(filter, nullptr);
  EXPECT_FALSE(filter->match(messages_.all())) << "a JVM tells of whole batches only";
  clock_.advance(std::chrono::seconds(10));
  auto verdicts = filter->match(messages_.all());
  ASSERT_TRUE(verdicts) << verdicts.error().remark;
  EXPECT_EQ(*verdicts, std::vector(3, Verdict::kDeliver));
  clock_.advance(std::chrono::seconds(10));
  auto that_one = filter->match(std::span(messages_.all()).subspan(3));
  ASSERT_TRUE(that_one) << that_one.error().remark;
  EXPECT_EQ(*that_one, std::vector{Verdict::kFailed});
}

class HostileJavaTest : public JavaEngineTest {
 protected:
  void SetUp() override {
    std::filesystem::remove("/tmp/rocketmq-filter-was-here");
    JavaEngineTest::SetUp();
    auto lua = make_lua_engine(*sandbox_, patient_limits());
    ASSERT_TRUE(lua);
    lua_ = std::move(*lua);
    honest_ = honest_filter(*lua_);
    ASSERT_NE(honest_, nullptr);
  }
  void TearDown() override {
    auto verdicts = honest_->match(messages_.all());
    ASSERT_TRUE(verdicts) << verdicts.error().remark;
    EXPECT_EQ(delivered(*verdicts), tutorial_answer);
    EXPECT_FALSE(std::filesystem::exists("/tmp/rocketmq-filter-was-here"));
  }
  std::unique_ptr<FilterEngine> lua_;
  std::unique_ptr<Filter> honest_;
};

TEST_F(HostileJavaTest, FilesSocketsAndProcessesAreOutOfReach) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  // In one filter: to start a JVM for each would take long. Each attack that works sets a bit.
  const auto filter = compiled(*engine_, source_of(with_body(R"(
      int worked = 0;
      for (String path : new String[] {"/etc/passwd", "/proc/self/environ", "/proc/1/cmdline"}) {
        try {
          if (new java.io.FileInputStream(path).read() >= 0) worked |= 1;
        } catch (Exception e) { }
      }
      try {
        new java.io.FileOutputStream("/tmp/rocketmq-filter-was-here");
        worked |= 2;
      } catch (Exception e) { }
      try {
        new java.net.ServerSocket(0);
        worked |= 4;
      } catch (Exception e) { }
      try {
        java.net.DatagramSocket socket = new java.net.DatagramSocket();
        worked |= 8;
      } catch (Exception e) { }
      try {
        if (new ProcessBuilder("/bin/true").start().waitFor() >= 0) worked |= 16;
      } catch (Exception e) { }
      try {
        if (new java.io.File("/root").listFiles() != null
            || new java.io.File("/etc").listFiles() != null) worked |= 32;
      } catch (Exception e) { }
      System.out.println("nothing of this arrives");
      return worked == Integer.parseInt(m.getProperty("SequenceId"));)")));
  ASSERT_NE(filter, nullptr);
  auto verdicts = filter->match(Messages(64).all());
  ASSERT_TRUE(verdicts) << verdicts.error().remark;
  EXPECT_EQ(delivered(*verdicts), std::vector<std::size_t>{0});
}

TEST_F(HostileJavaTest, ExhaustionFailsTheMessageOrEndsTheWorker) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  const std::string memory = outcome(*engine_, R"(
      java.util.List<byte[]> all = new java.util.ArrayList<byte[]>();
      for (;;) { all.add(new byte[1 << 20]); if (all.size() > 4096) return true; })");
  EXPECT_NE(memory, "deliver");
  EXPECT_EQ(outcome(*engine_, "return m.equals(null) || match(m);"), "failed");  // stack
  const std::string exit = outcome(*engine_, "System.exit(0); return true;");
  EXPECT_NE(exit.find("its process is gone: it ended by itself"), std::string::npos) << exit;
}

TEST_F(HostileJavaTest, AnEndlessLoopEndsTheWorker) {
  WorkerLimits limits = jvm_limits();
  limits.message_deadline = milliseconds(200);
  const auto strict = make({.worker_jar = jar, .worker = limits});
  if (strict == nullptr) GTEST_SKIP() << why_none_;
  const std::string loop = outcome(*strict, "for (long k = 0;; ++k) { if (k < 0) return true; }");
  EXPECT_NE(loop.find("its time for one message is over"), std::string::npos) << loop;
  // One that holds what the JVM needs to end itself is ended from outside.
  limits.message_deadline = milliseconds(600'000);
  limits.batch_deadline = milliseconds(500);
  const auto outside = make({.worker_jar = jar, .worker = limits});
  ASSERT_NE(outside, nullptr);
  const std::string killed =
      outcome(*outside, "for (long k = 0;; ++k) { if (k < 0) return true; }");
  EXPECT_NE(killed.find("its time is over"), std::string::npos) << killed;
}

}  // namespace
}  // namespace rocketmq::filtersrv::test
