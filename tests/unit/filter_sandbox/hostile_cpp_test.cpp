// Filters in C++ that attack their server, the compiler's host above all. Each is shown to be
// contained while another filter judges. What they try is harmless where it succeeds.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "cpp_engines.hpp"

namespace rocketmq::filtersrv::test {
namespace {

class HostileCppTest : public CppEngineFixture {
 protected:
  void SetUp() override {
    std::filesystem::remove("/tmp/rocketmq-filter-was-here");
    CppEngineFixture::SetUp();
    auto lua = make_lua_engine(*sandbox_, patient_limits());
    ASSERT_TRUE(lua);
    lua_ = std::move(*lua);
    honest_ = honest_filter(*lua_);
    ASSERT_NE(honest_, nullptr);
  }
  void TearDown() override {
    expect_service();
    EXPECT_FALSE(std::filesystem::exists("/tmp/rocketmq-filter-was-here"));
  }

  void expect_service() {
    auto verdicts = honest_->match(messages_.all());
    ASSERT_TRUE(verdicts) << verdicts.error().remark;
    EXPECT_EQ(delivered(*verdicts), tutorial_answer);
    EXPECT_EQ(honest_->state(), "running, 0 restarts");
  }

  /// The filter of all attacks.
  std::unique_ptr<Filter> hostile(FilterEngine& engine) {
    std::ifstream file(ROCKETMQ_SOURCE_DIR "/tests/unit/filter_sandbox/hostile_filter.cpp.txt");
    return compiled(engine, source_of({std::istreambuf_iterator<char>(file), {}}));
  }

  /// With another message each time.
  Result<std::vector<Verdict>> attack(Filter& filter, const std::string& name) {
    const std::string properties = "attack\1" + name + "\2";
    const FilterMessage message{
        .topic = "TopicFilter7", .properties = properties, .queue_offset = next_offset_++};
    return filter.match(std::span(&message, 1));
  }

  /// The attack ends its worker; afterwards a new one judges, and so did the other filter all
  /// along.
  void expect_the_end(Filter& filter, const std::string& name, const std::string& reason) {
    SCOPED_TRACE(name);
    expect_failure(filter, name, reason);
    clock_.advance(std::chrono::hours(1));
    auto again = attack(filter, "none");
    ASSERT_TRUE(again) << again.error().remark;
    EXPECT_EQ(again->at(0), Verdict::kDrop);
  }

  void expect_failure(Filter& filter, const std::string& name, const std::string& reason) {
    SCOPED_TRACE(name);
    auto verdicts = attack(filter, name);
    if (verdicts) {
      ADD_FAILURE() << "verdict " << static_cast<int>(verdicts->at(0));
      return;
    }
    EXPECT_NE(verdicts.error().remark.find(reason), std::string::npos) << verdicts.error().remark;
    expect_service();
  }

  void expect_verdict(Filter& filter, const std::string& name, Verdict expected) {
    SCOPED_TRACE(name);
    auto verdicts = attack(filter, name);
    ASSERT_TRUE(verdicts) << verdicts.error().remark;
    EXPECT_EQ(verdicts->at(0), expected);
  }

  void expect_refusal(FilterEngine& engine, const std::string& text,
                      const std::vector<std::string>& has,
                      const std::vector<std::string>& has_not) {
    auto filter = engine.compile(source_of(text));
    ASSERT_FALSE(filter);
    const std::string& remark = filter.error().remark;
    for (const std::string& part : has) EXPECT_NE(remark.find(part), std::string::npos) << remark;
    for (const std::string& part : has_not)
      EXPECT_EQ(remark.find(part), std::string::npos) << remark;
    expect_service();
  }

  std::unique_ptr<FilterEngine> lua_;
  std::unique_ptr<Filter> honest_;
  std::int64_t next_offset_ = 0;
};

TEST_F(HostileCppTest, WhatReachesOutOfTheProcessEndsIt) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  const auto filter = hostile(*engine_);
  ASSERT_NE(filter, nullptr);
  for (const char* name : {"read a file",
                           "make a file",
                           "list a directory",
                           "internet socket",
                           "unix socket",
                           "netlink socket",
                           "fork",
                           "vfork",
                           "clone3",
                           "shell",
                           "execute",
                           "ptrace",
                           "read memory of others",
                           "signal to the parent",
                           "signal to all",
                           "signal to a thread of others",
                           "inherited descriptor",
                           "memory that is a program",
                           "limits",
                           "outlive the server",
                           "namespaces",
                           "io_uring",
                           "bpf",
                           "keys",
                           "shared memory",
                           "read others' messages"}) {
    expect_the_end(*filter, name, "it made a system call that filters may not make");
  }
}

TEST_F(HostileCppTest, WhatIsLoadedReachesNoFile) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  const auto filter = hostile(*engine_);
  ASSERT_NE(filter, nullptr);
  expect_verdict(*filter, "opened while loading", Verdict::kDrop);
  expect_verdict(*filter, "inherited output", Verdict::kDrop);
}

TEST_F(HostileCppTest, WhatIsLoadedReachesNoFileWithoutNamespacesEither) {
  SandboxSettings settings = test_settings();
  settings.use_namespaces = false;
  const auto before = std::move(sandbox_);
  sandbox_ = start_sandbox(clock_, settings);
  ASSERT_NE(sandbox_, nullptr);
  const auto engine = make(cpp_settings());
  if (engine != nullptr) {
    const auto filter = hostile(*engine);
    ASSERT_NE(filter, nullptr);
    expect_verdict(*filter, "opened while loading", Verdict::kDrop);
    expect_the_end(*filter, "signal to the parent", "it made a system call");
  }
  expect_service();
  // Outlived by what was made with the first.
  honest_.reset();
  lua_.reset();
  engine_.reset();
  auto lua = make_lua_engine(*sandbox_, patient_limits());
  ASSERT_TRUE(lua);
  lua_ = std::move(*lua);
  honest_ = honest_filter(*lua_);
}

TEST_F(HostileCppTest, ASystemCallWhileLoadingEndsTheLoading) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  const std::string begin = "#include <sys/socket.h>\n#include <unistd.h>\n#include <signal.h>\n";
  for (const char* call : {"::socket(AF_INET, SOCK_STREAM, 0)", "::fork()", "::kill(-1, 0)"}) {
    SCOPED_TRACE(call);
    expect_refusal(*engine_, begin + minimal + "static const int early = " + call + ";\n",
                   {"it made a system call that filters may not make"}, {});
  }
}

TEST_F(HostileCppTest, ResourcesAreLimited) {
  CppEngineSettings settings = cpp_settings();
  settings.worker.message_deadline = milliseconds(200);
  settings.worker.kill_grace = milliseconds(0);
  const auto strict = make(settings);
  if (strict == nullptr) GTEST_SKIP() << why_none_;
  const auto filter = hostile(*strict);
  ASSERT_NE(filter, nullptr);
  for (const char* name : {"endless loop", "endless loop without signals", "sleep"}) {
    expect_failure(*filter, name, "its time for one message is over");
    clock_.advance(std::chrono::hours(1));
  }
  const auto patient = hostile(*engine_);
  ASSERT_NE(patient, nullptr);
  expect_the_end(*patient, "stack overflow", "it crashed: SIGSEGV");
  expect_verdict(*patient, "huge allocation", Verdict::kDrop);
  expect_verdict(*patient, "allocations without end", Verdict::kFailed);
}

TEST_F(HostileCppTest, CrashesAndLiesEndTheWorkerOnly) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  const auto filter = hostile(*engine_);
  ASSERT_NE(filter, nullptr);
  expect_verdict(*filter, "exception", Verdict::kFailed);
  expect_the_end(*filter, "null pointer", "it crashed: SIGSEGV");
  expect_the_end(*filter, "abort", "it aborted");
  expect_the_end(*filter, "exit", "it ended by itself");
  expect_the_end(*filter, "lie in the answer", "the worker sent");
}

TEST_F(HostileCppTest, SymbolsOfALibraryReplaceNoneOfTheWorkers) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  // If one of them were called by the worker, it would not answer or not be held.
  std::string text = "#include <cstddef>\n#include <unistd.h>\n#include <fcntl.h>\n";
  for (const char* function :
       {"long write(int, const void*, std::size_t)", "long read(int, void*, std::size_t)",
        "int prctl(int, ...)", "int seccomp_load(void*)", "int seccomp_rule_add_array(void*)",
        "void* mmap(void*, std::size_t, int, int, int, long)", "int dlclose(void*)"}) {
    text += "extern \"C\" __attribute__((visibility(\"default\"))) " + std::string(function) +
            " { return 0; }\n";
  }
  text += std::string(minimal);
  const auto body = text.find("return true;");
  auto with = [&](const char* replacement) {
    return std::string(text).replace(body, 12, replacement);
  };
  const auto quiet = compiled(*engine_, source_of(with("return true;")));
  ASSERT_NE(quiet, nullptr);
  auto verdicts = quiet->match(messages_.all());
  ASSERT_TRUE(verdicts) << verdicts.error().remark;
  EXPECT_EQ(delivered(*verdicts).size(), 21U);
  const auto loud = compiled(*engine_, source_of(with("return ::open(\"/etc/passwd\", 0) >= 0;")));
  ASSERT_NE(loud, nullptr);
  EXPECT_FALSE(loud->match(messages_.all()));
}

TEST_F(HostileCppTest, ACompilationReadsNoFilesOfTheHost) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  for (const char* path : {"/etc/passwd", "/etc/hostname", "/proc/self/environ", "/proc/version",
                           ROCKETMQ_SOURCE_DIR "/README.md"}) {
    SCOPED_TRACE(path);
    const std::string quoted = '"' + std::string(path) + '"';
    expect_refusal(*engine_, "#include " + quoted + "\n" + minimal, {"compilation failed", path},
                   {"root:", "PATH=", "Linux version", "RocketMQ-compatible"});
    // Without the line that makes a filter: a compilation that succeeds has another error.
    expect_refusal(*engine_,
                   "asm(\".incbin \\\"" + std::string(path) + "\\\"\");  // ROCKETMQ_FILTER(\n",
                   {"compilation failed", "Assembler messages", path}, {});
    expect_refusal(*engine_,
                   "#if __has_include(" + quoted + ")\n#define FOUND 1\n#else\n#define FOUND 0\n" +
                       "#endif\nstatic_assert(FOUND, \"out of reach\");  // ROCKETMQ_FILTER(\n",
                   {"compilation failed", "out of reach"}, {});
  }
}

TEST_F(HostileCppTest, ACompilationWithoutEndIsEnded) {
  CppEngineSettings settings = cpp_settings();
  settings.compile_deadline = milliseconds(300);
  const auto hasty = make(settings);
  if (hasty == nullptr) GTEST_SKIP() << why_none_;
  expect_refusal(*hasty, std::string(minimal) + endless_templates, {"its time is over"}, {});
  EXPECT_EQ(sandbox_->workers(), 1U);
}

TEST_F(HostileCppTest, ACompilationIsLimitedInMemoryAndOutput) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  std::string errors;
  for (int k = 0; k < 15'000; ++k) errors += "#error " + std::to_string(k) + "\n";
  expect_refusal(*engine_, errors, {"writes more than 262144 bytes"}, {});
  // The library would have 100 MiB.
  expect_refusal(*engine_,
                 std::string(minimal) + "char large[100 << 20] = {1};\nchar* used = large;\n",
                 {"compilation failed"}, {});
  CppEngineSettings settings = cpp_settings();
  settings.compile_memory_bytes = 200ULL << 20;
  const auto small = make(settings);
  if (small == nullptr) GTEST_SKIP() << why_none_;
  expect_refusal(*small, std::string(minimal) + endless_templates, {"compilation failed"}, {});
}

TEST_F(HostileCppTest, ASourceOf100MiBIsRefusedBeforeAnythingIsStarted) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  auto filter = engine_->compile(source_of(minimal + std::string(100 << 20, ' ')));
  ASSERT_FALSE(filter);
  EXPECT_NE(filter.error().remark.find("more than the 262144"), std::string::npos);
}

TEST_F(HostileCppTest, AClassNameIsNoCode) {
  if (engine_ == nullptr) GTEST_SKIP() << why_none_;
  for (const char* name :
       {"example.Filter(); system(\"true\"", "a\n#include \"/etc/passwd\"", "a\"b"}) {
    EXPECT_FALSE(engine_->compile(source_of(minimal, name))) << name;
  }
}

}  // namespace
}  // namespace rocketmq::filtersrv::test
