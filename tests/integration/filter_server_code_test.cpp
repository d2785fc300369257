// Uploaded code through the real daemons: the tutorial's filter class (5.6) in each language, and a
// ledger of what was sent while a worker, the filter server or the broker is killed.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "filter_server_cluster.hpp"

namespace rocketmq::test {
namespace {

constexpr const char* example_class = "example.MessageFilterImpl";

std::string example(const std::string& extension) {
  std::ifstream file(ROCKETMQ_SOURCE_DIR "/filtersrv/examples/MessageFilterImpl." + extension);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The processes that any thread of this one has made.
std::set<pid_t> children_of(pid_t pid) {
  std::set<pid_t> children;
  for (const auto& thread :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::ifstream file(thread.path() / "children");
    for (pid_t child = 0; file >> child;) children.insert(child);
  }
  return children;
}

class FilterServerCode : public FilterServerCluster {
 protected:
  /// False where this machine cannot hold such code: the filter server has said why and ended.
  bool start_with_engine(const std::string& engine) {
    const auto file = cluster_.home().write(
        "filter.conf",
        "connectWhichBroker=" + cluster_.broker_address(0) +
            "\nfilterServerIP=127.0.0.1\nbindAddress=127.0.0.1\nfilterEngines=" + engine +
            "\nfilterCompilerIncludeDirectory=" ROCKETMQ_SOURCE_DIR
            "/filtersrv/include"
            // A busy machine is no failure of a filter.
            "\nfilterMessageDeadlineMillis=30000\nfilterBatchDeadlineMillis=60000\n");
    filter_server_ = cluster_.run("mqfiltersrv", {"-c", file.string()});
    return filter_server_->wait_for_line("The Filter Server boot success, 127.0.0.1:").has_value();
  }

  /// Compilers and JVMs take their time.
  static bool has_come(TestConsumer& consumer, std::size_t count) {
    for (int i = 0; i < 6; ++i) {
      if (consumer.inbox.wait_for(count)) return true;
    }
    return false;
  }

  void expect_tutorial(const std::string& language) {
    if (!start_with_engine(language)) {
      const std::string why = why_not();
      const bool is_machines = why.find("neither Landlock nor mount namespaces") != why.npos ||
                               why.find("no JDK") != why.npos ||
                               why.find("made without a JDK") != why.npos;
      ASSERT_TRUE(is_machines) << why;
      GTEST_SKIP() << why;
    }
    send(0, 60);
    const auto consumer = consume(example(language), "ConsumerGroupNamecc4", {}, example_class);
    ASSERT_TRUE(has_come(*consumer, wanted(0, 60).size())) << why_not();
    send(60, 90);
    ASSERT_TRUE(has_come(*consumer, wanted(0, 90).size()));
    EXPECT_EQ(bodies(*consumer), wanted(0, 90));
    EXPECT_EQ(consumer->inbox.size(), wanted(0, 90).size()) << "each once";
  }
};

TEST_F(FilterServerCode, OfTheTutorialInLuaIsRun) { expect_tutorial("lua"); }
TEST_F(FilterServerCode, OfTheTutorialInCppIsCompiledAndRun) { expect_tutorial("cpp"); }
TEST_F(FilterServerCode, OfTheTutorialInJavaIsCompiledAndRun) { expect_tutorial("java"); }

/// Processor time of a process, in ticks; 0 when it is gone.
long ticks_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string word;
  for (int field = 1; field < 14; ++field) file >> word;
  long ticks = 0;
  file >> ticks;
  return ticks;
}

TEST_F(FilterServerCode, DoesNotHoldUpAStop) {
  start_filter_server(
      "filterEngines=lua\nfilterMessageDeadlineMillis=3000000\nfilterBatchDeadlineMillis="
      "6000000\n");
  send(0, 1);
  const auto consumer =
      consume("--rmq-filter lua\nfunction match() while true do end end\n", "g", {}, example_class);
  ASSERT_TRUE(eventually([&] {
    for (const pid_t guard : children_of(filter_server_->pid())) {
      for (const pid_t worker : children_of(guard)) {
        if (ticks_of(worker) > 20) return true;
      }
    }
    return false;
  })) << "no worker judges";
  EXPECT_EQ(filter_server_->stop(), 0);
}

/// Sends some hundred messages a second until it is told to end, each until a broker has
/// acknowledged it.
/// Stands for what a filter must not lose.
class Writer {
 public:
  explicit Writer(const std::string& name_server) : name_server_(name_server) {
    thread_ = std::thread([this] { write(); });
  }
  ~Writer() { stop(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// How many were acknowledged: the messages 0 to count - 1.
  int stop() {
    stops_ = true;
    if (thread_.joinable()) thread_.join();
    return acknowledged_;
  }
  int acknowledged() const { return acknowledged_; }

 private:
  void write() {
    DefaultMQProducer producer("ProducerGroupName");
    producer.setNamesrvAddr(name_server_);
    producer.start();
    while (!stops_) {
      const int id = acknowledged_;
      Message message(topic, "TagA", "OrderID001", "m" + std::to_string(id));
      message.putUserProperty("SequenceId", std::to_string(id));
      try {
        producer.send(message);
        ++acknowledged_;
        // No faster than the filter, so that what is left at the end is soon delivered.
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      } catch (const MQException&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));  // no broker at the moment
      }
    }
  }

  const std::string name_server_;
  std::atomic<bool> stops_{false};
  std::atomic<int> acknowledged_{0};
  std::thread thread_;
};

class FilterServerLedger : public FilterServerCode {
 protected:
  static constexpr int kills = 2;

  void SetUp() override {
    ASSERT_TRUE(start_with_engine("lua")) << why_not();
    writer_ = std::make_unique<Writer>(cluster_.name_server());
    // Busy with each message for a while: what is killed, is killed in a batch.
    consumer_ = consume(
        "--rmq-filter lua\n"
        "function match(message)\n"
        "  local id = message:integer(\"SequenceId\")\n"
        "  for k = 1, 20000 do end\n"
        "  return id % 3 == 0 and id > 10\n"
        "end\n",
        "ConsumerGroupNamecc4", {}, example_class);
    ASSERT_TRUE(has_come(*consumer_, 10));
  }

  /// More has come than there was when this was called.
  void expect_progress() { ASSERT_TRUE(has_come(*consumer_, bodies(*consumer_).size() + 10)); }

  void expect_nothing_lost() {
    const int count = writer_->stop();
    ASSERT_TRUE(has_come(*consumer_, wanted(0, count).size()))
        << bodies(*consumer_).size() << " of " << wanted(0, count).size();
    // Its last message may be stored although the writer was told nothing of it.
    auto delivered = bodies(*consumer_);
    std::erase_if(delivered, [&](const std::string& body) {
      return body == "m" + std::to_string(count) && count % 3 == 0;
    });
    EXPECT_EQ(delivered, wanted(0, count));
  }

  std::unique_ptr<Writer> writer_;
  std::unique_ptr<TestConsumer> consumer_;
};

TEST_F(FilterServerLedger, LosesNothingWhenTheWorkerIsKilled) {
  std::set<pid_t> killed;
  for (int round = 0; round < kills; ++round) {
    std::set<pid_t> workers;
    ASSERT_TRUE(eventually([&] {
      workers = children_of(filter_server_->pid());
      for (const pid_t pid : killed) workers.erase(pid);
      return !workers.empty();
    })) << "no worker in the place of the killed one";
    for (const pid_t pid : workers) ASSERT_EQ(::kill(pid, SIGKILL), 0);
    killed.insert(workers.begin(), workers.end());
    expect_progress();
  }
  std::ifstream log(cluster_.home() / "logs/rocketmqlogs/filtersrv.log");
  const std::string lines{std::istreambuf_iterator<char>(log), {}};
  EXPECT_NE(lines.find("filter example.MessageFilterImpl of group ConsumerGroupNamecc4, topic "
                       "TopicFilter7 failed: its process is gone: it was killed"),
            std::string::npos)
      << lines;
  expect_nothing_lost();
}

TEST_F(FilterServerLedger, LosesNothingWhenTheFilterServerIsKilled) {
  for (int round = 0; round < kills; ++round) {
    filter_server_->kill();
    ASSERT_TRUE(start_with_engine("lua")) << why_not();
    expect_progress();
  }
  expect_nothing_lost();
}

TEST_F(FilterServerLedger, LosesNothingWhenTheBrokerIsKilled) {
  for (int round = 0; round < kills; ++round) {
    cluster_.kill_broker(0);
    cluster_.restart_broker(0);
    expect_progress();
  }
  expect_nothing_lost();
}

}  // namespace
}  // namespace rocketmq::test
