// Which broker of a name a consumer pulls from and commits to, and where a producer sends.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "fake_broker.hpp"
#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/DefaultMQPushConsumer.h"

namespace rocketmq::client {
namespace {

using namespace std::chrono_literals;
using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestCode;

/// A broker name with a master and a slave, and a name server that knows both.
class MasterAndSlave {
 public:
  MasterAndSlave() {
    for (test::FakeServer* broker : {&master_, &slave_}) {
      for (const auto code :
           {RequestCode::HeartBeat, RequestCode::UnregisterClient, RequestCode::CheckClientConfig})
        broker->on(code, [](RemotingCommand&, Reply reply) { reply(); });
      broker->on(RequestCode::GetConsumerListByGroup, [](RemotingCommand&, Reply reply) {
        reply.body(std::string(R"({"consumerIdList":["127.0.0.1@slave_pull"]})"));
      });
      broker->on(RequestCode::QueryConsumerOffset, [](RemotingCommand&, Reply reply) {
        reply(remoting::OffsetResponseHeader{.offset = 0});
      });
    }
    serve(master_, 0);
    serve(slave_, 1);
    master_.start();
    slave_.start();
    master_address_ = master_.address();
    slave_address_ = slave_.address();
    name_server_.on(RequestCode::GetRouteInfoByTopic, [this](RemotingCommand&, Reply reply) {
      remoting::TopicRouteData route;
      route.queue_datas.push_back({"broker-a", 1, 1, 6, 0});
      std::map<std::int64_t, std::string> addresses{{1, slave_address_}};
      if (has_master) addresses[0] = master_address_;
      route.broker_datas.push_back({"c", "broker-a", addresses});
      reply.body(encode_body(route));
    });
    name_server_.start();
  }

  std::string name_server() const { return name_server_.address(); }
  void stop_master() { master_.stop(); }
  void stop_slave() { slave_.stop(); }
  void wait_for_pulls(std::int64_t broker_id, int count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 60s, [&] { return pulls_[broker_id] >= count; }))
        << "broker " << broker_id;
  }
  void wait_for_commit(std::int64_t broker_id) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 60s, [&] { return commits_[broker_id] > 0; }))
        << "broker " << broker_id;
  }
  int pulls(std::int64_t broker_id) {
    const std::scoped_lock lock(mutex_);
    return pulls_[broker_id];
  }
  int commits(std::int64_t broker_id) {
    const std::scoped_lock lock(mutex_);
    return commits_[broker_id];
  }
  int sends(std::int64_t broker_id) {
    const std::scoped_lock lock(mutex_);
    return sends_[broker_id];
  }

  std::atomic<bool> has_master = true;
  /// What both brokers suggest.
  std::atomic<std::int64_t> suggested = 0;

 private:
  void serve(test::FakeServer& broker, std::int64_t id) {
    const auto count = [this](std::map<std::int64_t, int>& counts, std::int64_t of) {
      const std::scoped_lock lock(mutex_);
      ++counts[of];
      changed_.notify_all();
    };
    broker.on(RequestCode::PullMessage, [this, id, count](RemotingCommand&, Reply reply) {
      count(pulls_, id);
      const auto next = next_offset_.fetch_add(1);
      test::reply_one_message("T", next, suggested, std::move(reply));
    });
    broker.on(RequestCode::UpdateConsumerOffset, [this, id, count](RemotingCommand&, Reply reply) {
      count(commits_, id);
      reply();
    });
    broker.on(RequestCode::SendMessageV2, [this, id, count](RemotingCommand&, Reply reply) {
      count(sends_, id);
      reply(remoting::SendMessageResponseHeader{.msgId = "M", .queueId = 0, .queueOffset = 0});
    });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::int64_t, int> pulls_;    // guarded by mutex_
  std::map<std::int64_t, int> commits_;  // guarded by mutex_
  std::map<std::int64_t, int> sends_;    // guarded by mutex_
  std::atomic<std::int64_t> next_offset_{0};
  std::string master_address_;
  std::string slave_address_;
  test::FakeServer master_;
  test::FakeServer slave_;
  test::FakeServer name_server_;
};

/// A started consumer of "T".
class Consumer {
 public:
  explicit Consumer(const MasterAndSlave& brokers) : consumer_("slave_pull") {
    consumer_.setNamesrvAddr(brokers.name_server());
    consumer_.setClientIP("127.0.0.1");
    consumer_.setInstanceName("slave_pull");
    consumer_.setPullTimeDelayMillsWhenException(1ms);
    consumer_.setPullInterval(1ms);
    consumer_.subscribe("T", "*");
    consumer_.registerMessageListener(
        [](const std::vector<MessageExt>&) { return CONSUME_SUCCESS; });
    consumer_.start();
  }
  void shutdown() { consumer_.shutdown(); }

 private:
  DefaultMQPushConsumer consumer_;
};

TEST(SlavePull, GoesWhereTheBrokerSuggests) {
  MasterAndSlave brokers;
  Consumer consumer(brokers);
  brokers.wait_for_pulls(0, 5);
  EXPECT_EQ(brokers.pulls(1), 0);
  brokers.suggested = 1;
  brokers.wait_for_pulls(1, 5);
  brokers.suggested = 0;
  brokers.wait_for_pulls(0, brokers.pulls(0) + 5);
}

TEST(SlavePull, GoesToTheSlaveWhenTheMasterDoesNotReply) {
  MasterAndSlave brokers;
  Consumer consumer(brokers);
  brokers.wait_for_pulls(0, 1);
  brokers.stop_master();
  // The slave sends it back to the master each time, which the route still has.
  brokers.wait_for_pulls(1, 5);
}

TEST(SlavePull, ReturnsToTheMasterWhenTheSlaveDoesNotReply) {
  MasterAndSlave brokers;
  brokers.suggested = 1;
  Consumer consumer(brokers);
  brokers.wait_for_pulls(1, 1);
  brokers.stop_slave();
  brokers.wait_for_pulls(0, brokers.pulls(0) + 5);
}

TEST(SlavePull, GoesToTheSlaveWhenTheRouteHasNoMasterAndCommitsThere) {
  MasterAndSlave brokers;
  brokers.has_master = false;
  Consumer consumer(brokers);
  brokers.wait_for_pulls(1, 5);
  consumer.shutdown();
  brokers.wait_for_commit(1);
  EXPECT_EQ(brokers.pulls(0), 0);
}

TEST(SlavePull, CommitsToTheMasterThoughTheSlaveServesThePulls) {
  MasterAndSlave brokers;
  brokers.suggested = 1;
  Consumer consumer(brokers);
  brokers.wait_for_pulls(1, 5);
  consumer.shutdown();
  brokers.wait_for_commit(0);
  EXPECT_EQ(brokers.commits(1), 0);
}

TEST(SlaveSend, NeverGoesToASlave) {
  MasterAndSlave brokers;
  DefaultMQProducer producer("slave_send");
  producer.setNamesrvAddr(brokers.name_server());
  producer.setInstanceName("slave_send");
  producer.start();
  for (int i = 0; i < 10; ++i) producer.send(Message("T", "body"));
  EXPECT_EQ(brokers.sends(0), 10);
  brokers.has_master = false;
  EXPECT_THROW(producer.send(Message("Unknown", "body")), MQException);
  EXPECT_EQ(brokers.sends(1), 0);
}

}  // namespace
}  // namespace rocketmq::client
