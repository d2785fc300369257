#include "worker.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>

#include "filters.hpp"
#include "frames.hpp"
#include "sandbox_parts.hpp"
#include "worker_cgroup.hpp"

namespace rocketmq::filtersrv::test {
namespace {

/// A sandbox whose workers are lying_worker.cpp, with an engine that passes a source on.
class LyingWorkerTest : public testing::Test {
 protected:
  void start(const WorkerLimits& limits, SandboxSettings settings = {}) {
    settings.worker_program = ROCKETMQ_BIN_DIR "/lying_filter_worker";
    settings.restart.first_pause = milliseconds(1'000);
    sandbox_ = start_sandbox(clock_, settings);
    ASSERT_NE(sandbox_, nullptr);
    auto engine = make_lua_engine(*sandbox_, limits);
    ASSERT_TRUE(engine);
    engine_ = std::move(*engine);
  }
  /// What a batch of 4 messages fails with.
  std::string match_error(Filter& filter) {
    auto verdicts = filter.match(messages_.all());
    EXPECT_FALSE(verdicts);
    return verdicts ? "" : verdicts.error().remark;
  }

  ManualClock clock_;
  std::unique_ptr<Sandbox> sandbox_;
  std::unique_ptr<FilterEngine> engine_;
  const Messages messages_{4};
};

TEST_F(LyingWorkerTest, WhatIsNoVerdictForEachMessageFailsTheBatchAndThatFilterAlone) {
  start(patient_limits());
  const auto other = compiled(*engine_, source_of("honest"));
  ASSERT_NE(other, nullptr);
  for (const char* mode : {"none at all", "too many", "no verdict", "other batch", "other kind",
                           "huge", "garbage", "exit", "crash"}) {
    SCOPED_TRACE(mode);
    const auto filter = compiled(*engine_, source_of(mode));
    ASSERT_NE(filter, nullptr);
    const std::string error = match_error(*filter);
    EXPECT_NE(error.find("filter example.Filter of group"), std::string::npos) << error;
    EXPECT_NE(error.find(" failed: "), std::string::npos) << error;
    // Nothing is started before the pause is over.
    EXPECT_NE(match_error(*filter).find("restarts in 1000 ms"), std::string::npos);
    EXPECT_TRUE(other->match(messages_.all()));
  }
}

TEST_F(LyingWorkerTest, WhatWasJudgedBeforeAWorkerEndedCounts) {
  start(patient_limits());
  const auto filter = compiled(*engine_, source_of("exit in the third"));
  ASSERT_NE(filter, nullptr);
  auto verdicts = filter->match(messages_.all());
  ASSERT_TRUE(verdicts) << verdicts.error().remark;
  EXPECT_EQ(*verdicts, (std::vector{Verdict::kDeliver, Verdict::kDrop}));
  EXPECT_NE(filter->state().find("restarts in 1000 ms: its process is gone"), std::string::npos)
      << filter->state();
}

TEST_F(LyingWorkerTest, AMessageThatEndsASecondWorkerFailsAndThePullGoesOn) {
  start(patient_limits());
  const auto filter = compiled(*engine_, source_of("exit on message 2"));
  ASSERT_NE(filter, nullptr);
  auto before = filter->match(messages_.all());
  ASSERT_TRUE(before) << before.error().remark;
  EXPECT_EQ(*before, (std::vector{Verdict::kDeliver, Verdict::kDrop}));
  clock_.advance(milliseconds(1'000));
  auto that_one = filter->match(std::span(messages_.all()).subspan(2));
  ASSERT_TRUE(that_one) << that_one.error().remark;
  EXPECT_EQ(*that_one, std::vector{Verdict::kFailed});
  clock_.advance(milliseconds(2'000));
  auto behind = filter->match(std::span(messages_.all()).subspan(3));
  ASSERT_TRUE(behind) << behind.error().remark;
  EXPECT_EQ(*behind, std::vector{Verdict::kDrop});
}

TEST_F(LyingWorkerTest, AStopEndsWhatWaitsForAWorkerAndStartsNoneAnyMore) {
  start(patient_limits());
  const auto filter = compiled(*engine_, source_of("silence"));
  ASSERT_NE(filter, nullptr);
  std::string error;
  std::thread judging([&] { error = match_error(*filter); });
  sandbox_->stop();
  judging.join();
  EXPECT_NE(error.find("the filter server stops"), std::string::npos) << error;
  EXPECT_EQ(filter->state(), "running, 0 restarts") << "no failure of the filter";
  auto another = engine_->compile(source_of("honest"));
  ASSERT_FALSE(another);
  EXPECT_NE(another.error().remark.find("the filter server stops"), std::string::npos)
      << another.error().remark;
}

TEST_F(LyingWorkerTest, ClaimsOfWhatWasJudgedAreChecked) {
  start(patient_limits());
  const auto more = compiled(*engine_, source_of("claims more than there are"));
  ASSERT_NE(more, nullptr);
  EXPECT_NE(match_error(*more).find("its process is gone"), std::string::npos);
  const auto none = compiled(*engine_, source_of("claims what is no verdict"));
  ASSERT_NE(none, nullptr);
  auto verdicts = none->match(messages_.all());
  ASSERT_TRUE(verdicts) << verdicts.error().remark;
  EXPECT_EQ(*verdicts, std::vector{Verdict::kDeliver});
}

TEST_F(LyingWorkerTest, ABatchGoesOnWhereAWorkerHasEndedItEarly) {
  start(patient_limits());
  const auto filter = compiled(*engine_, source_of("one each"));
  ASSERT_NE(filter, nullptr);
  auto verdicts = filter->match(messages_.all());
  ASSERT_TRUE(verdicts) << verdicts.error().remark;
  EXPECT_EQ(*verdicts, std::vector(4, Verdict::kDeliver));
}

TEST_F(LyingWorkerTest, SilenceEndsWithTheDeadline) {
  start({.message_deadline = milliseconds(50'000), .batch_deadline = milliseconds(50)});
  for (const char* mode : {"silence", "half a frame"}) {
    const auto filter = compiled(*engine_, source_of(mode));
    ASSERT_NE(filter, nullptr);
    EXPECT_NE(match_error(*filter).find("its time is over"), std::string::npos) << mode;
  }
}

TEST_F(LyingWorkerTest, AMessageThatIsNotFinishedEndsTheWorkerBeforeTheBatchesDeadline) {
  start({.message_deadline = milliseconds(50),
         .kill_grace = milliseconds(0),
         .batch_deadline = milliseconds(600'000)});
  const auto filter = compiled(*engine_, source_of("silence"));
  ASSERT_NE(filter, nullptr);
  EXPECT_NE(match_error(*filter).find("its time for one message is over"), std::string::npos);
}

TEST_F(LyingWorkerTest, TextsOfAWorkerArePrintableAndShort) {
  start(patient_limits());
  auto filter = engine_->compile(source_of("refuses"));
  ASSERT_FALSE(filter);
  EXPECT_NE(filter.error().remark.find(": no [31m xxx"), std::string::npos);
  EXPECT_LT(filter.error().remark.size(), 4'500U);
  EXPECT_FALSE(engine_->compile(source_of("not ready")));
}

TEST_F(LyingWorkerTest, AWorkerIsStartedAgainAfterThePauseAndTheFilterIsQuarantinedInTheEnd) {
  SandboxSettings settings;
  settings.restart.failures_max = 3;
  start(patient_limits(), settings);
  const auto filter = compiled(*engine_, source_of("exit"));
  ASSERT_NE(filter, nullptr);
  EXPECT_EQ(filter->state(), "running, 0 restarts");
  match_error(*filter);
  EXPECT_EQ(filter->state(), "restarts in 1000 ms: its process is gone: it ended with status 9");
  clock_.advance(milliseconds(1'000));
  EXPECT_EQ(filter->state(),
            "running, 0 restarts, 1 failures, last: its process is gone: it ended with status 9");
  match_error(*filter);
  clock_.advance(milliseconds(2'000));
  match_error(*filter);
  EXPECT_EQ(filter->state(),
            "quarantined for another 600000 ms: its process is gone: it ended with status 9");
  clock_.advance(milliseconds(599'999));
  EXPECT_NE(match_error(*filter).find("quarantined for another 1 ms"), std::string::npos);
  clock_.advance(milliseconds(1));
  EXPECT_NE(match_error(*filter).find(" failed: "), std::string::npos);
}

TEST_F(LyingWorkerTest, ASlowFilterDoesNotHoldAllThatWaitForIt) {
  SandboxSettings settings;
  settings.waiting_max = 0;
  start(patient_limits(), settings);
  const auto filter = compiled(*engine_, source_of("silence"));
  ASSERT_NE(filter, nullptr);
  // The one that has the worker waits for it until the other one, which is refused, ends that.
  std::atomic<int> refused{0};
  const auto match = [&] {
    if (match_error(*filter).find("is busy: other pulls wait") == std::string::npos) return;
    ++refused;
    sandbox_->stop();
  };
  std::thread other(match);
  match();
  other.join();
  EXPECT_EQ(refused, 1);
}

TEST_F(LyingWorkerTest, WorkersAreBounded) {
  SandboxSettings settings;
  settings.workers_max = 2;
  start(patient_limits(), settings);
  auto first = compiled(*engine_, source_of("honest"));
  const auto second = compiled(*engine_, source_of("honest"));
  auto third = engine_->compile(source_of("honest"));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ResponseCode::SystemBusy);
  EXPECT_EQ(sandbox_->workers(), 2U);
  first.reset();
  EXPECT_TRUE(engine_->compile(source_of("honest")));
}

/// Workers themselves.
class WorkerTest : public testing::Test {
 protected:
  std::unique_ptr<Worker> start(SandboxParts& sandbox, WorkerTask task) {
    auto worker = Worker::start(sandbox.spawner(), sandbox.plan(task, patient_limits()));
    if (!worker) {
      ADD_FAILURE() << worker.error().remark;
      return nullptr;
    }
    return std::move(*worker);
  }
  const SystemClock clock_;
};

TEST_F(WorkerTest, IsHeldByWhateverTheMachineHas) {
  const auto sandbox = start_sandbox(clock_);
  ASSERT_NE(sandbox, nullptr);
  const auto worker = start(parts_of(*sandbox), WorkerTask::kLua);
  ASSERT_NE(worker, nullptr);
  RecordProperty("containment", sandbox->containment());
  std::cout << "held by: " << sandbox->containment() << "\n";
  // Without these two no worker starts; the rest is the machine's.
  EXPECT_NE(worker->containment() & kSeccomp, 0U);
  EXPECT_NE(worker->containment() & (kUnprivilegedUser | kUserNamespace), 0U);
  EXPECT_NE(sandbox->containment().find("seccomp"), std::string::npos);
}

TEST_F(WorkerTest, IsHeldWithoutNamespacesAsWell) {
  SandboxSettings settings = test_settings();
  settings.use_namespaces = false;
  const auto sandbox = start_sandbox(clock_, settings);
  ASSERT_NE(sandbox, nullptr);
  const auto worker = start(parts_of(*sandbox), WorkerTask::kLua);
  ASSERT_NE(worker, nullptr);
  EXPECT_NE(worker->containment() & kSeccomp, 0U);
  EXPECT_EQ(worker->containment() & (kPidNamespace | kMountNamespace), 0U);
}

/// The kernel's view of a process.
std::string status_line(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + ":")) return line.substr(name.size() + 2);
  }
  return "";
}

/// The only child of a process; waits until it is there.
pid_t child_of(pid_t pid) {
  const std::string path =
      "/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children";
  std::ifstream file(path);
  pid_t child = -1;
  file >> child;
  return child;
}

TEST_F(WorkerTest, HasNoPrivilegesNoFilesAndNoEnvironment) {
  const auto sandbox = start_sandbox(clock_);
  ASSERT_NE(sandbox, nullptr);
  const auto worker = start(parts_of(*sandbox), WorkerTask::kLua);
  ASSERT_NE(worker, nullptr);
  const pid_t guard = worker->pid();
  const pid_t pid = child_of(guard);
  ASSERT_GT(pid, 0) << "this kernel does not list children";
  // The last that it does to itself, beside the worker.
  while (status_line(guard, "Seccomp") != "2") std::this_thread::yield();
  for (const pid_t process : {guard, pid}) {
    EXPECT_EQ(status_line(process, "NoNewPrivs"), "1");
    EXPECT_EQ(status_line(process, "CapEff"), "0000000000000000");
    EXPECT_EQ(status_line(process, "CapBnd"), "0000000000000000");
  }
  EXPECT_EQ(status_line(pid, "Seccomp"), "2");
  if (::geteuid() != 0) return;  // what belongs to non-dumpable processes is shown to root only
  std::string environment;
  std::ifstream("/proc/" + std::to_string(pid) + "/environ") >> environment;
  EXPECT_EQ(environment, "");
  std::size_t descriptors = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    EXPECT_LE(std::stoi(entry.path().filename()), payload_fd) << entry.path();
    ++descriptors;
  }
  EXPECT_EQ(descriptors, 6U);
}

TEST_F(WorkerTest, IsGoneWithItsObject) {
  const auto sandbox = start_sandbox(clock_);
  ASSERT_NE(sandbox, nullptr);
  auto worker = start(parts_of(*sandbox), WorkerTask::kLua);
  ASSERT_NE(worker, nullptr);
  const pid_t guard = worker->pid();
  worker.reset();
  EXPECT_EQ(::kill(guard, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST_F(WorkerTest, AWorkerThatIsKilledFailsItsBatchAndSaysSo) {
  const auto sandbox = start_sandbox(clock_);
  ASSERT_NE(sandbox, nullptr);
  const auto worker = start(parts_of(*sandbox), WorkerTask::kLua);
  ASSERT_NE(worker, nullptr);
  SourceFrame source{.class_name = "F", .text = "return function() return true end"};
  ASSERT_TRUE(worker->load(source));
  ASSERT_EQ(::kill(worker->pid(), SIGKILL), 0);
  // The signal takes its time.
  auto judged = worker->judge(Messages(3).all());
  while (!judged.failure) judged = worker->judge(Messages(3).all());
  EXPECT_NE(judged.failure->remark.find("its process is gone"), std::string::npos)
      << judged.failure->remark;
}

TEST(WorkerCgroupTest, IsRemovedWithWhatIsLeftInIt) {
  std::error_code failure;
  const bool is_version_2 = std::filesystem::exists("/sys/fs/cgroup/cgroup.procs", failure);
  const std::string path =
      (is_version_2 ? "/sys/fs/cgroup/filter-test-" : "/sys/fs/cgroup/unified/filter-test-") +
      std::to_string(::getpid());
  if (!std::filesystem::create_directory(path, failure) ||
      !std::filesystem::exists(path + "/cgroup.kill", failure)) {
    std::filesystem::remove(path, failure);
    GTEST_SKIP() << "no cgroups of version 2 that can be ended";
  }
  auto group = std::make_unique<WorkerCgroup>(path);
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) ::pause();
  }
  ASSERT_GT(child, 0);
  const auto added = group->add(child);
  group.reset();
  EXPECT_TRUE(added);
  EXPECT_FALSE(std::filesystem::exists(path));
  ::kill(child, SIGKILL);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  std::filesystem::remove(path, failure);
}

TEST(SandboxTest, SaysWhatIsWrongWithAWorkersProgram) {
  const SystemClock clock;
  auto missing = Sandbox::start({.worker_program = "/nonexistent/mqfilterworker"}, clock);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().remark.find("is missing"), std::string::npos);
  auto directory = Sandbox::start({.worker_program = "/tmp"}, clock);
  ASSERT_FALSE(directory);
  auto no_worker = Sandbox::start({.worker_program = "/bin/true"}, clock);
  ASSERT_FALSE(no_worker);
  EXPECT_NE(no_worker.error().remark.find("cannot hold a filter's process"), std::string::npos);
  auto no_cgroup = Sandbox::start(
      {.worker_program = test_settings().worker_program, .cgroup = "/nonexistent"}, clock);
  ASSERT_FALSE(no_cgroup);
  EXPECT_NE(no_cgroup.error().remark.find("cgroup"), std::string::npos);
}

TEST(SandboxTest, TheProgramDoesNothingWhenStartedByHand) {
  EXPECT_NE(std::system(ROCKETMQ_BIN_DIR "/mqfilterworker 3</dev/null 2>/dev/null"), 0);
}

}  // namespace
}  // namespace rocketmq::filtersrv::test
