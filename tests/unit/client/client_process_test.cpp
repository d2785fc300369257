// What a client does to the process that it is part of: forks, its output, its end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "rocketmq/ClientLogging.h"
#include "rocketmq/DefaultLitePullConsumer.h"
#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/DefaultMQPullConsumer.h"
#include "rocketmq/DefaultMQPushConsumer.h"
#include "rocketmq/MQPullConsumerScheduleService.h"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/message/unique_id.hpp"
#include "rocketmq/client/process_generation.hpp"
#include "rocketmq/remoting/client.hpp"
#include "temp_dir.hpp"

namespace rocketmq::client {
namespace {

using namespace std::chrono_literals;

/// Nothing listens there.
constexpr const char* no_server = "127.0.0.1:1";

std::unique_ptr<DefaultMQProducer> started_producer() {
  auto producer = std::make_unique<DefaultMQProducer>("client_process");
  producer->setNamesrvAddr(no_server);
  producer->setMqClientApiTimeout(100ms);
  producer->start();
  return producer;
}

/// Runs `body` in a child made by fork(), which a signal ends should it hang; returns its status.
int status_of_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    ::_exit(body());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1'000 + WTERMSIG(status);
}

template <class Call>
bool throws_for_the_fork(Call&& call) {
  try {
    call();
  } catch (const MQClientException& failure) {
    return std::string(failure.what()).find("before fork()") != std::string::npos;
  } catch (...) {
  }
  return false;
}

/// Of g++ 12: libasan hands a child its allocator's locks as the parent's other threads held them
/// at the fork, so that a child that allocates may wait for good.
#ifdef __SANITIZE_ADDRESS__
constexpr bool children_can_allocate = false;
#else
constexpr bool children_can_allocate = true;
#endif

TEST(Fork, LetsCallsOfAClientThatWasStartedBeforeThrowInTheChild) {
  if (!children_can_allocate) GTEST_SKIP() << "the address sanitizer may hang the child";
  const auto producer = started_producer();
  DefaultMQPushConsumer push("client_process_push");
  push.setNamesrvAddr(no_server);
  push.setMqClientApiTimeout(100ms);
  push.subscribe("T", "*");
  push.registerMessageListener([](const std::vector<MessageExt>&) { return CONSUME_SUCCESS; });
  push.start();
  DefaultMQPullConsumer pull("client_process_pull");
  pull.setNamesrvAddr(no_server);
  pull.setMqClientApiTimeout(100ms);
  pull.start();
  EXPECT_EQ(status_of_child([&] {
              if (!throws_for_the_fork([&] { producer->send(Message("T", "body")); })) return 1;
              if (!throws_for_the_fork([&] { producer->sendOneway(Message("T", "body")); }))
                return 2;
              if (!throws_for_the_fork([&] { push.suspend(); })) return 3;
              if (!throws_for_the_fork([&] { pull.fetchSubscribeMessageQueues("T"); })) return 4;
              producer->shutdown();
              push.shutdown();
              return 0;
            }),
            0);
  EXPECT_THROW(producer->send(Message("T", "body")), MQException) << "the parent's continues";
}

TEST(Fork, LetsTheChildDestroyWhatItsParentHasStartedAndStartClientsOfItsOwn) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "the thread sanitizer lets no child of a process with threads start threads";
#endif
  if (!children_can_allocate) GTEST_SKIP() << "the address sanitizer may hang the child";
  auto producer = started_producer();
  auto service = std::make_unique<MQPullConsumerScheduleService>("client_process_service");
  service->getDefaultMQPullConsumer().setNamesrvAddr(no_server);
  service->getDefaultMQPullConsumer().setMqClientApiTimeout(100ms);
  service->start();
  EXPECT_EQ(status_of_child([&] {
              producer.reset();
              service.reset();
              const auto own = started_producer();
              try {
                own->send(Message("T", "body"));
              } catch (const MQException&) {
                own->shutdown();
                return 0;
              }
              return 1;
            }),
            0);
}

TEST(Fork, GivesTheChildMessageIdsOfItsOwn) {
  if (!children_can_allocate) GTEST_SKIP() << "the address sanitizer may hang the child";
  const std::string parents = unique_ids().next();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  EXPECT_EQ(status_of_child([&] {
              const std::string id = unique_ids().next();
              return ::write(ends[1], id.data(), id.size()) == std::ssize(id) ? 0 : 1;
            }),
            0);
  std::string childs(parents.size(), '\0');
  EXPECT_EQ(::read(ends[0], childs.data(), childs.size()), std::ssize(childs));
  constexpr std::size_t address_and_process = 8 + 4;
  EXPECT_NE(parents.substr(0, address_and_process), childs.substr(0, address_and_process));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(ClientLog, KeepsWhatTheClientAndItsLibrariesSayFromTheProgramsOwnLog) {
  std::ostringstream programs_log;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "program", std::make_shared<spdlog::sinks::ostream_sink_mt>(programs_log)));
  spdlog::default_logger()->set_level(spdlog::level::trace);
  testing::internal::CaptureStdout();
  {
    const auto producer = started_producer();
    EXPECT_THROW(producer->send(Message("T", "body")), MQException);
    remoting::Client network({});
    std::promise<void> thrown;
    network.invoke_async(no_server, {}, 1s, [&](const auto&) {
      thrown.set_value();
      throw std::runtime_error("is logged by the network");
    });
    thrown.get_future().wait();
  }
  spdlog::set_default_logger(before);
  EXPECT_EQ(programs_log.str(), "");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

TEST(ClientLog, HasOneLineASecondForSendsThatFail) {
  const test::TempDir directory;
  setLogPath(directory.text());
  const auto begun = std::chrono::steady_clock::now();
  const auto producer = started_producer();
  for (int i = 0; i < 200; ++i) {
    EXPECT_THROW(producer->send(Message("T", "body")), MQException);
  }
  const auto seconds =
      std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - begun);
  client_log().flush();
  const std::string log = directory.read("rocketmq_client.log");
  std::ptrdiff_t lines = 0;
  for (auto at = log.find("a send of client_process to topic T failed"); at != std::string::npos;
       at = log.find("a send of client_process to topic T failed", at + 1)) {
    ++lines;
  }
  EXPECT_GE(lines, 1);
  EXPECT_LE(lines, seconds.count() + 1);
}

/// The threads of this process whose names begin so.
int threads_named(std::string_view prefix) {
  int count = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "comm");
    std::string name;
    if (std::getline(file, name) && name.starts_with(prefix)) ++count;
  }
  return count;
}

/// Whether at most `count` threads come to be called so. A thread has its maker's name until it
/// gives itself its own, and one that was joined is listed for a moment more.
bool come_to_at_most(int count, std::string_view prefix) {
  for (int tries = 0; tries < 2'000 && threads_named(prefix) > count; ++tries)
    std::this_thread::sleep_for(10ms);
  return threads_named(prefix) <= count;
}

bool are_gone(std::string_view prefix) { return come_to_at_most(0, prefix); }

TEST(ClientThreads, AreSharedByTheClientsOfAProcessAndEndWithTheLastOne) {
  ASSERT_TRUE(are_gone("rmq-"));
  std::vector<std::unique_ptr<DefaultMQProducer>> producers;
  for (int i = 0; i < 50; ++i) {
    producers.push_back(started_producer());
    std::promise<void> failed;
    producers.back()->sendNoWait(Message("T", "body"), nullptr,
                                 [&](const MQException&) { failed.set_value(); });
    failed.get_future().wait();
  }
  EXPECT_TRUE(come_to_at_most(4, "rmq-net-"));
  EXPECT_TRUE(come_to_at_most(1, "rmq-timer"));
  // More than one only while some wait for servers.
  EXPECT_TRUE(come_to_at_most(16, "rmq-work-"));
  EXPECT_TRUE(come_to_at_most(25, "rmq-")) << "half a thread for each client at most";
  producers.resize(1);
  EXPECT_TRUE(come_to_at_most(1, "rmq-timer"));
  EXPECT_GE(threads_named("rmq-timer"), 1);
  producers.clear();
  EXPECT_TRUE(are_gone("rmq-"));
}

TEST(Settings, AreRefusedAfterTheStartThatReadsThem) {
  const auto producer = started_producer();
  EXPECT_THROW(producer->setSendMsgTimeout(1'000), MQClientException);
  EXPECT_THROW(producer->setNamesrvAddr("127.0.0.1:2"), MQClientException);
  EXPECT_THROW(producer->addRetryResponseCode(7), MQClientException);
  EXPECT_EQ(producer->getSendMsgTimeout(), 3'000);

  DefaultMQPushConsumer push("client_process_settings");
  push.setNamesrvAddr(no_server);
  push.setMqClientApiTimeout(100ms);
  push.registerMessageListener([](const std::vector<MessageExt>&) { return CONSUME_SUCCESS; });
  push.start();
  EXPECT_THROW(push.setConsumeThreadMin(3), MQClientException);
  EXPECT_THROW(
      push.registerMessageListener([](const std::vector<MessageExt>&) { return RECONSUME_LATER; }),
      MQClientException);
  EXPECT_NO_THROW(push.updateCorePoolSize(3)) << "that is what changes a running consumer";
}

TEST(Settings, OutOfTheirRangeStopTheStartAndCanBeSetAgain) {
  DefaultMQProducer producer("client_process_ranges");
  producer.setNamesrvAddr(no_server);
  const auto refused = [&](const std::function<void()>& spoil, const std::function<void()>& mend,
                           const std::string& name) {
    spoil();
    try {
      producer.start();
      ADD_FAILURE() << name << " was taken";
    } catch (const MQClientException& failure) {
      EXPECT_THAT(failure.what(), testing::HasSubstr(name));
    }
    mend();
  };
  refused([&] { producer.setSendMsgTimeout(0); }, [&] { producer.setSendMsgTimeout(3'000); },
          "sendMsgTimeout");
  refused([&] { producer.setRetryTimesWhenSendFailed(-1); },
          [&] { producer.setRetryTimesWhenSendFailed(2); }, "retryTimesWhenSendFailed");
  refused([&] { producer.setCompressMsgBodyOverHowmuch(-1); },
          [&] { producer.setCompressMsgBodyOverHowmuch(4'096); }, "compressMsgBodyOverHowmuch");
  refused([&] { producer.setDefaultTopicQueueNums(0); },
          [&] { producer.setDefaultTopicQueueNums(4); }, "defaultTopicQueueNums");
  refused([&] { producer.setHeartbeatBrokerInterval(0); },
          [&] { producer.setHeartbeatBrokerInterval(30'000); }, "heartbeatBrokerInterval");
  refused([&] { producer.setMqClientApiTimeout(-5); }, [&] { producer.setMqClientApiTimeout(100); },
          "mqClientApiTimeout");
  EXPECT_NO_THROW(producer.start());
}

TEST(NameServerList, ThatIsWrongIsNamedByTheStart) {
  for (const char* list : {"localhost", "127.0.0.1:9876,127.0.0.1:9877", "127.0.0.1:0x1"}) {
    DefaultMQProducer producer("client_process_list");
    producer.setNamesrvAddr(list);
    try {
      producer.start();
      ADD_FAILURE() << list;
    } catch (const MQClientException& failure) {
      EXPECT_THAT(failure.what(), testing::HasSubstr("'" + std::string(list) + "'"));
    }
  }
}

}  // namespace
}  // namespace rocketmq::client
