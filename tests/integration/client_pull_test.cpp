// Lite pull consumers and the pull schedule service against real mqnamesrv and mqbroker processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <mutex>
#include <stdexcept>

#include "client_cluster.hpp"
#include "rocketmq/DefaultLitePullConsumer.h"
#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/DefaultMQPullConsumer.h"
#include "rocketmq/MQPullConsumerScheduleService.h"

namespace rocketmq::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ClientPullTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = std::make_unique<Cluster>(); }
  static void TearDownTestSuite() { cluster_.reset(); }

  /// Sends `count` numbered messages to one queue of the topic, which it answers.
  static MessageQueue fill_queue(const std::string& topic, int count) {
    DefaultMQProducer producer("producers");
    producer.setNamesrvAddr(cluster_->name_server());
    producer.start();
    MessageQueue queue;
    for (int i = 0; i < count; ++i) {
      Message message(topic, "TagA", std::to_string(i));
      queue = (i == 0 ? producer.send(message) : producer.send(message, queue)).getMessageQueue();
    }
    EXPECT_TRUE(eventually([&] { return producer.maxOffset(queue) == count; }));
    return queue;
  }
  static std::unique_ptr<DefaultLitePullConsumer> make_consumer(const std::string& group) {
    auto consumer = std::make_unique<DefaultLitePullConsumer>(group);
    consumer->setNamesrvAddr(cluster_->name_server());
    consumer->setConsumeFromWhere(CONSUME_FROM_FIRST_OFFSET);
    return consumer;
  }
  /// Polls until `count` messages have come.
  static std::vector<std::string> poll_bodies(DefaultLitePullConsumer& consumer,
                                              std::size_t count) {
    std::vector<std::string> bodies;
    eventually([&] {
      for (const MessageExt& message : consumer.poll(std::chrono::seconds(1))) {
        bodies.push_back(message.getBody());
      }
      return bodies.size() >= count;
    });
    return bodies;
  }

  static std::unique_ptr<Cluster> cluster_;
};
std::unique_ptr<Cluster> ClientPullTest::cluster_;

TEST_F(ClientPullTest, ASubscribedLiteConsumerGetsEachMessageOnceAndGoesOnAfterARestart) {
  const MessageQueue queue = fill_queue("TopicLite", 25);
  std::vector<std::string> expected;
  for (int i = 0; i < 25; ++i) expected.push_back(std::to_string(i));
  {
    const auto consumer = make_consumer("lite_group");
    consumer->subscribe("TopicLite");
    EXPECT_THROW(consumer->assign({queue}), MQClientException);
    EXPECT_THROW(consumer->poll(), MQClientException);
    consumer->start();
    EXPECT_EQ(poll_bodies(*consumer, 25), expected);
    EXPECT_THAT(consumer->assignment(), testing::Contains(queue));
    EXPECT_THAT(consumer->poll(std::chrono::milliseconds(10)), IsEmpty());
  }
  const auto again = make_consumer("lite_group");
  again->subscribe("TopicLite");
  again->start();
  ASSERT_TRUE(eventually([&] { return again->assignment().contains(queue); }));
  EXPECT_EQ(again->committed(queue), 25);
}

TEST_F(ClientPullTest, AnAssignedLiteConsumerSeeksPausesAndCommitsByHand) {
  const MessageQueue queue = fill_queue("TopicAssigned", 10);
  const auto consumer = make_consumer("assign_group");
  consumer->setAutoCommit(false);
  consumer->setPullBatchSize(4);
  consumer->start();
  consumer->assign({queue});
  // The name server may not know the new topic yet.
  EXPECT_TRUE(eventually([&] { return consumer->assignment() == std::set{queue}; }));
  EXPECT_THAT(poll_bodies(*consumer, 4), SizeIs(4));
  EXPECT_EQ(consumer->committed(queue), 0) << "nothing is committed by polling alone";
  consumer->commitSync();
  EXPECT_EQ(consumer->committed(queue), 4);

  consumer->seek(queue, 8);
  EXPECT_THAT(poll_bodies(*consumer, 2), ElementsAre("8", "9"));
  EXPECT_THROW(consumer->seek(queue, 11), MQClientException);
  consumer->seekToEnd(queue);
  EXPECT_THAT(consumer->poll(std::chrono::milliseconds(100)), IsEmpty());

  consumer->pause({queue});
  consumer->seekToBegin(queue);
  EXPECT_THAT(consumer->poll(std::chrono::milliseconds(500)), IsEmpty());
  consumer->resume({queue});
  EXPECT_THAT(poll_bodies(*consumer, 10), SizeIs(10));
  EXPECT_THROW(consumer->seek(MessageQueue("TopicAssigned", "broker-a", 77), 0), MQException);
}

TEST_F(ClientPullTest, TheScheduleServicePullsItsQueuesAgainAndAgainAndKeepsTheOffsets) {
  const MessageQueue queue = fill_queue("TopicSchedule", 40);
  std::mutex mutex;
  std::vector<std::string> bodies;  // guarded by mutex
  int calls = 0;                    // guarded by mutex
  const auto run = [&](const std::function<bool()>& is_enough) {
    MQPullConsumerScheduleService service("schedule_group");
    service.getDefaultMQPullConsumer().setNamesrvAddr(cluster_->name_server());
    service.registerPullTaskCallback(
        "TopicSchedule", [&](const MessageQueue& from, PullTaskContext& context) {
          auto& consumer = context.getMQPullConsumer();
          const auto offset = std::max<std::int64_t>(consumer.fetchConsumeOffset(from, false), 0);
          const PullResult result = consumer.pull(from, "*", offset, 32);
          consumer.updateConsumeOffset(from, result.getNextBeginOffset());
          context.setPullNextDelayTimeMillis(10);
          const std::scoped_lock lock(mutex);
          ++calls;
          for (const MessageExt& message : result.getMsgFoundList())
            bodies.push_back(message.getBody());
          if (calls % 7 == 0) throw std::runtime_error("a task that throws runs again");
        });
    service.start();
    EXPECT_TRUE(eventually([&] {
      const std::scoped_lock lock(mutex);
      return is_enough();
    }));
    service.shutdown();
  };
  run([&] { return bodies.size() >= 40; });
  EXPECT_THAT(bodies, SizeIs(40));
  calls = 0;
  run([&] { return calls > 8; });
  EXPECT_THAT(bodies, SizeIs(40)) << "the offsets were stored";
}

TEST_F(ClientPullTest, AScheduledTaskThatThrewRunsAgainASecondLater) {
  fill_queue("TopicThrowing", 1);
  using Clock = std::chrono::steady_clock;
  std::mutex mutex;
  std::map<MessageQueue, std::vector<Clock::time_point>> calls;  // guarded by mutex
  MQPullConsumerScheduleService service("throwing_group");
  service.getDefaultMQPullConsumer().setNamesrvAddr(cluster_->name_server());
  service.registerPullTaskCallback("TopicThrowing",
                                   [&](const MessageQueue& queue, PullTaskContext& context) {
                                     EXPECT_EQ(context.getPullNextDelayTimeMillis(), 200);
                                     context.setPullNextDelayTimeMillis(0);
                                     const std::scoped_lock lock(mutex);
                                     auto& of_queue = calls[queue];
                                     of_queue.push_back(Clock::now());
                                     if (of_queue.size() == 1)
                                       throw std::runtime_error("the first call");
                                     if (of_queue.size() == 2)
                                       throw 2;  // NOLINT: an exception of any type
                                   });
  service.start();
  EXPECT_TRUE(eventually([&] {
    const std::scoped_lock lock(mutex);
    return calls.size() == 4 && std::all_of(calls.begin(), calls.end(), [](const auto& of_queue) {
             return of_queue.second.size() > 3;
           });
  }));
  service.shutdown();
  for (const auto& [queue, times] : calls) {
    ASSERT_GT(times.size(), 3U) << queue.toString();
    EXPECT_GE(times[1] - times[0], std::chrono::seconds(1)) << "the delay that was set is not used";
    EXPECT_GE(times[2] - times[1], std::chrono::seconds(1));
  }
}

TEST_F(ClientPullTest, TwoScheduleServicesShareTheQueuesAndOneTakesOverWhenTheOtherLeaves) {
  fill_queue("TopicShared", 1);
  std::mutex mutex;
  std::map<MessageQueue, std::map<int, int>> calls;  // by queue and service; guarded by mutex
  const auto start = [&](int number) {
    auto service = std::make_unique<MQPullConsumerScheduleService>("shared_group");
    service->getDefaultMQPullConsumer().setNamesrvAddr(cluster_->name_server());
    service->registerPullTaskCallback(
        "TopicShared", [&, number](const MessageQueue& queue, PullTaskContext& context) {
          context.setPullNextDelayTimeMillis(10);
          const std::scoped_lock lock(mutex);
          ++calls[queue][number];
        });
    service->start();
    return service;
  };
  /// Whether, of the calls from now on, each queue's come from one service, which then has as many
  /// queues as said.
  const auto become_owners = [&](const std::map<int, int>& queues_of_service) {
    return eventually([&] {
      std::map<MessageQueue, std::map<int, int>> seen;
      {
        const std::scoped_lock lock(mutex);
        const bool is_enough =
            calls.size() == 4 && std::all_of(calls.begin(), calls.end(), [](const auto& of_queue) {
              int sum = 0;
              for (const auto& [service, count] : of_queue.second) sum += count;
              return sum >= 10;
            });
        if (!is_enough) return false;
        seen.swap(calls);
      }
      std::map<int, int> owners;
      for (const auto& [queue, by_service] : seen) {
        if (by_service.size() > 1) return false;
        ++owners[by_service.begin()->first];
      }
      return owners == queues_of_service;
    });
  };
  const auto first = start(1);
  EXPECT_TRUE(become_owners({{1, 4}}));
  const auto second = start(2);
  EXPECT_TRUE(become_owners({{1, 2}, {2, 2}}));
  first->shutdown();
  EXPECT_TRUE(become_owners({{2, 4}}));
}

TEST_F(ClientPullTest, APullThatWaitsFindsEveryMessageOnceAndThenNothingAfterTheWait) {
  const MessageQueue filled = fill_queue("TopicBlocking", 70);
  constexpr std::chrono::milliseconds hold{300};
  DefaultMQPullConsumer consumer("please_rename_unique_group_name_5");
  consumer.setNamesrvAddr(cluster_->name_server());
  consumer.setBrokerSuspendMaxTimeMillis(static_cast<int>(hold.count()));
  consumer.start();
  std::vector<MessageQueue> queues;
  ASSERT_TRUE(eventually([&] {
    queues = consumer.fetchSubscribeMessageQueues("TopicBlocking");
    return queues.size() == 4;
  }));
  std::vector<std::string> bodies;
  for (const MessageQueue& queue : queues) {
    std::int64_t offset = 0;
    for (;;) {
      const auto begun = std::chrono::steady_clock::now();
      const PullResult result = consumer.pullBlockIfNotFound(queue, "", offset, 32);
      if (result.getPullStatus() == NO_NEW_MSG) {
        // Half of it: the two processes have different clocks.
        EXPECT_GE(std::chrono::steady_clock::now() - begun, hold / 2);
        break;
      }
      ASSERT_EQ(result.getPullStatus(), FOUND);
      for (const MessageExt& message : result.getMsgFoundList())
        bodies.push_back(message.getBody());
      ASSERT_GT(result.getNextBeginOffset(), offset);
      offset = result.getNextBeginOffset();
    }
    EXPECT_EQ(offset, queue == filled ? 70 : 0);
  }
  std::vector<std::string> expected;
  for (int i = 0; i < 70; ++i) expected.push_back(std::to_string(i));
  EXPECT_EQ(bodies, expected);
}

/// Hands the results of asynchronous pulls to a test that waits for them.
class AwaitedPull : public PullCallback {
 public:
  void onSuccess(PullResult& result) override { result_.set_value(result); }
  void onException(MQException& failure) override {
    result_.set_exception(std::make_exception_ptr(std::runtime_error(failure.what())));
  }
  std::future<PullResult> result() { return result_.get_future(); }

 private:
  std::promise<PullResult> result_;
};

TEST_F(ClientPullTest, APullThatWaitsGetsTheMessageThatComesMeanwhile) {
  const MessageQueue queue = fill_queue("TopicAwaited", 1);
  AwaitedPull awaited;
  auto result = awaited.result();
  DefaultMQPullConsumer consumer("awaiting_group");
  consumer.setNamesrvAddr(cluster_->name_server());
  consumer.setBrokerSuspendMaxTimeMillis(3'600'000);  // only the message can end it
  consumer.setConsumerTimeoutMillisWhenSuspend(3'600'000);
  consumer.start();
  ASSERT_TRUE(eventually(  // the name server may not know the topic yet
      [&] { return !consumer.fetchSubscribeMessageQueues("TopicAwaited").empty(); }));
  consumer.pullBlockIfNotFound(queue, "*", 1, 32, &awaited);
  DefaultMQProducer producer("producers");
  producer.setNamesrvAddr(cluster_->name_server());
  producer.start();
  Message message("TopicAwaited", "meanwhile");
  producer.send(message, queue);
  ASSERT_EQ(result.wait_for(Inbox::patience), std::future_status::ready);
  const PullResult pulled = result.get();
  EXPECT_EQ(pulled.getPullStatus(), FOUND);
  ASSERT_THAT(pulled.getMsgFoundList(), SizeIs(1));
  EXPECT_EQ(pulled.getMsgFoundList().front().getBody(), "meanwhile");
}

}  // namespace
}  // namespace rocketmq::test
