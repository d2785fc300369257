#include "processors/consumer_manage.hpp"

#include <future>

#include "fixture.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"
#include "rocketmq/protocol/queue_headers.hpp"

namespace rocketmq::broker::test {
namespace {

using remoting::RequestCode;

class ConsumerManageProcessorTest : public BrokerFixture {
 protected:
  WorkerPool read_pool{"read", 1, 10};
  ConsumerManageProcessor processor{topics, consumers, offsets, locks, store, clock, read_pool};

  Answer call(void (ConsumerManageProcessor::*answer)(const remoting::RequestContext&,
                                                      remoting::RemotingCommand&, remoting::Reply),
              remoting::RemotingCommand request) {
    return ask([&](const auto& context, auto& command,
                   auto reply) { (processor.*answer)(context, command, std::move(reply)); },
               std::move(request))
        .value();
  }
  Answer query(const std::string& topic) {
    const remoting::QueryConsumerOffsetRequestHeader header{
        .consumerGroup = "cg", .topic = topic, .queueId = 0};
    return call(&ConsumerManageProcessor::query_offset,
                remoting::make_request(RequestCode::QueryConsumerOffset, header));
  }
  Answer update(const std::string& topic, std::int64_t offset) {
    const remoting::UpdateConsumerOffsetRequestHeader header{
        .consumerGroup = "cg", .topic = topic, .queueId = 0, .commitOffset = offset};
    return call(&ConsumerManageProcessor::update_offset,
                remoting::make_request(RequestCode::UpdateConsumerOffset, header));
  }
};

TEST_F(ConsumerManageProcessorTest, KeepsWhatAConsumerCommits) {
  add_topic("T", 4);
  EXPECT_EQ(update("T", 42).code(), ResponseCode::Success);
  EXPECT_EQ(query("T").field("offset"), "42");
  EXPECT_EQ(update("../T", 42).code(), ResponseCode::SystemError);
  EXPECT_EQ(update("T", -2).code(), ResponseCode::SystemError);
}

TEST_F(ConsumerManageProcessorTest, AQueueThatCannotExistTakesNothingFromTheOthersOfALock) {
  const auto lock = [&](const remoting::LockBatchRequestBody& body) {
    const auto response =
        call(&ConsumerManageProcessor::lock_queues,
             remoting::make_request(RequestCode::LockBatchMq, remoting::encode_body(body)));
    EXPECT_EQ(response.code(), ResponseCode::Success) << response.head.remark;
    return remoting::decode_locked_queues(response.body).value();
  };
  const auto locked = lock(
      {.client_id = "one",
       .consumer_group = "cg",
       .queues = {
           {"../../etc", "broker-a", 0}, {"T", "broker-a", 0}, {"T", std::string(200, 'b'), 1}}});
  ASSERT_EQ(locked.size(), 1U);
  EXPECT_EQ(locked.front().topic, "T");
  EXPECT_EQ(locked.front().queue_id, 0);
}

TEST_F(ConsumerManageProcessorTest, BeginsAYoungQueueAtItsFirstMessage) {
  EXPECT_EQ(query("T").field("offset"), "0") << "an empty queue";
  store.put({.topic = "T", .body = "x"}, [](const store::PutResult&) {});
  EXPECT_EQ(query("T").field("offset"), "0") << "its first message is still in memory";
  store.in_memory = false;
  EXPECT_EQ(query("T").code(), ResponseCode::QueryNotFound);
  store.in_memory = true;
  store.expire_before("T", 0, 1);
  store.put({.topic = "T", .body = "x"}, [](const store::PutResult&) {});
  EXPECT_EQ(query("T").code(), ResponseCode::QueryNotFound) << "its first message has expired";
}

TEST_F(ConsumerManageProcessorTest, AsksTheDiskForTheAgeOfAQueueOnTheReadPoolOnly) {
  store.put({.topic = "T", .body = "x"}, [](const store::PutResult&) {});
  store.on_disk = true;
  std::promise<void> release;
  ASSERT_TRUE(read_pool.post([&release] { release.get_future().wait(); }));
  const remoting::QueryConsumerOffsetRequestHeader header{
      .consumerGroup = "cg", .topic = "T", .queueId = 0};
  const auto query_now = [&] {
    return ask([&](const auto& context, auto& command,
                   auto reply) { processor.query_offset(context, command, std::move(reply)); },
               remoting::make_request(RequestCode::QueryConsumerOffset, header));
  };
  EXPECT_FALSE(query_now());
  release.set_value();
  read_pool.stop();
  ASSERT_EQ(sink->answers.size(), 1U);
  EXPECT_EQ(sink->answers.front().field("offset"), "0");
  const auto refused = query_now();
  ASSERT_TRUE(refused) << "the pool takes no more";
  EXPECT_EQ(refused->code(), ResponseCode::SystemBusy);
}

TEST_F(ConsumerManageProcessorTest, AnswersAnErrorForAGroupWithoutMembers) {
  const auto list = [&] {
    const remoting::ConsumerGroupRequestHeader header{.consumerGroup = "cg"};
    return call(&ConsumerManageProcessor::consumer_list,
                remoting::make_request(RequestCode::GetConsumerListByGroup, header));
  };
  EXPECT_EQ(list().code(), ResponseCode::SystemError);
  EXPECT_EQ(list().head.remark, "no consumer for this group, cg");
  ASSERT_TRUE(
      consumers.register_consumer({.channel = channel, .client_id = "one"}, {.group_name = "cg"}));
  EXPECT_EQ(list().body, R"({"consumerIdList":["one"]})");
}

TEST_F(ConsumerManageProcessorTest, LocksAndUnlocksQueues) {
  const auto request = [](RequestCode code, const std::string& client) {
    return remoting::make_request(
        code, remoting::encode_body(remoting::LockBatchRequestBody{
                  .client_id = client, .consumer_group = "cg", .queues = {{"T", "broker-a", 0}}}));
  };
  const auto lock = [&](const std::string& client) {
    const auto answer =
        call(&ConsumerManageProcessor::lock_queues, request(RequestCode::LockBatchMq, client));
    return remoting::decode_locked_queues(answer.body).value().size();
  };
  EXPECT_EQ(lock("one"), 1U);
  EXPECT_EQ(lock("two"), 0U);
  (void)call(&ConsumerManageProcessor::unlock_queues, request(RequestCode::UnlockBatchMq, "one"));
  EXPECT_EQ(lock("two"), 1U);
}

TEST_F(ConsumerManageProcessorTest, TakesNoProgressInATopicThatIsNotThere) {
  EXPECT_EQ(update("T", 42).code(), ResponseCode::TopicNotExist);
  EXPECT_FALSE(offsets.query({.group = "cg", .topic = "T", .queue_id = 0}));
}

TEST_F(ConsumerManageProcessorTest, TakesNoProgressOfADeletedTopicForTheOneMadeAgain) {
  store.put({.topic = "T", .body = "old"}, [](const store::PutResult&) {});
  store.delete_topic("T");
  add_topic("T", 4);
  store.put({.topic = "T", .body = "x"}, [](const store::PutResult&) {});
  EXPECT_EQ(update("T", 42).code(), ResponseCode::SystemError);
  EXPECT_EQ(query("T").field("offset"), "0");
  EXPECT_EQ(update("T", 1).code(), ResponseCode::Success);
  EXPECT_EQ(query("T").field("offset"), "1");
}

}  // namespace
}  // namespace rocketmq::broker::test
