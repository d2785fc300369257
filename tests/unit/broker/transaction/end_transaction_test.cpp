#include "processors/end_transaction.hpp"

#include <algorithm>
#include <future>
#include <optional>

#include "transaction/op_message.hpp"
#include "transaction_fixture.hpp"

namespace rocketmq::broker::test {
namespace {

using EndTransactionProcessorTest = TransactionFixture;

TEST_F(EndTransactionProcessorTest, KeepsAHalfMessageOutOfItsTopic) {
  send_half("first");
  const auto answer = send_half("one", {{"DELAY", "3"}});
  EXPECT_EQ(answer.code(), ResponseCode::Success);
  EXPECT_EQ(answer.field("queueId"), "2") << "the queue it was sent to";
  EXPECT_EQ(answer.field("queueOffset"), "1") << "its place in the half queue";
  EXPECT_EQ(answer.field("transactionId"), "KEY-one");
  EXPECT_TRUE(store.messages_of("T").empty());
  const auto* stored = store.messages_of(half_topic).at(1);
  EXPECT_EQ(stored->queue_id, 0);
  EXPECT_EQ(stored->property("REAL_TOPIC"), "T");
  EXPECT_EQ(stored->property("REAL_QID"), "2");
  EXPECT_EQ(stored->property("DELAY"), "") << "transactional messages are not delayed";
  EXPECT_EQ(stored->record().sys_flag, 0) << "else it would get no place in the half queue";
  ASSERT_TRUE(topics.shape_of(op_topic));
  EXPECT_EQ(topics.shape_of(half_topic)->perm, 6);
}

TEST_F(EndTransactionProcessorTest, PutsACommittedMessageIntoItsTopic) {
  const auto sent = send_half("one", {{"TAGS", "A"}});
  const auto header = end_of(sent, commit);
  EXPECT_EQ(end(header)->code(), ResponseCode::Success);
  ASSERT_EQ(bodies_of("T"), Bodies{"one"});
  const auto* stored = store.messages_of("T").front();
  EXPECT_EQ(stored->queue_id, 2);
  EXPECT_EQ(stored->record().sys_flag, 8);
  EXPECT_EQ(stored->record().flag, 7);
  EXPECT_EQ(stored->record().prepared_transaction_offset, header.commitLogOffset);
  EXPECT_EQ(stored->record().born_timestamp_ms, clock.now_ms());
  EXPECT_EQ(stored->record().born_host, channel->remote());
  EXPECT_EQ(stored->property("TAGS"), "A");
  EXPECT_EQ(stored->property("TRAN_MSG"), "TRUE") << "consumers see how it came";
  ASSERT_EQ(bodies_of(op_topic), Bodies{"0"});
  EXPECT_EQ(store.messages_of(op_topic).front()->property("TAGS"), "d");
}

TEST_F(EndTransactionProcessorTest, CommitsOnceHoweverOftenTheProducerIsAskedAndAnswers) {
  auto header = end_of(send_half("one"), commit);
  EXPECT_EQ(end(header)->code(), ResponseCode::Success);
  header.fromTransactionCheck = true;
  EXPECT_EQ(end(header)->code(), ResponseCode::Success);
  header.fromTransactionCheck = false;
  clock.advance(std::chrono::milliseconds(config.transaction_time_out_ms));
  EXPECT_EQ(end(header)->code(), ResponseCode::Success) << "so late that it may have been asked";
  EXPECT_EQ(bodies_of("T"), Bodies{"one"});
  EXPECT_EQ(bodies_of(op_topic), (Bodies{"0", "0"})) << "noted, and again for the check";
}

TEST_F(EndTransactionProcessorTest, CommitsOnceThoughTheFirstCommitIsNotInTheIndexYet) {
  store.dispatches_late = true;
  auto header = end_of(send_half("one"), commit);
  EXPECT_EQ(end(header)->code(), ResponseCode::Success);
  header.fromTransactionCheck = true;
  EXPECT_EQ(end(header)->code(), ResponseCode::Success);
  EXPECT_EQ(bodies_of("T"), Bodies{"one"});
}

TEST(EndsUnderWay, LetsTheLaterEndOfAMessageWaitForTheEarlierOne) {
  EndsUnderWay ends;
  bool is_put = false;
  auto first = std::make_optional<EndsUnderWay::Turn>(ends, 7);
  const EndsUnderWay::Turn of_another_message(ends, 8);
  std::promise<void> is_coming;
  auto later = std::async(std::launch::async, [&] {
    is_coming.set_value();
    const EndsUnderWay::Turn turn(ends, 7);
    return is_put;
  });
  is_coming.get_future().wait();
  is_put = true;
  first.reset();
  EXPECT_TRUE(later.get());
}

TEST_F(EndTransactionProcessorTest, EndsAMessageThatAnOldBrokerLeftPreparedInItsOwnTopic) {
  std::string properties;
  append_property(properties, property::producer_group, "pg");
  store::PutResult prepared;
  for (int count = 0; count < 2; ++count) {
    store.put({.topic = "T", .queue_id = 2, .sys_flag = 4, .body = "old", .properties = properties},
              [&](const store::PutResult& result) { prepared = result; });
    const Header header{.producerGroup = "pg",
                        .tranStateTableOffset = prepared.queue_offset,
                        .commitLogOffset = prepared.physical_offset,
                        .commitOrRollback = count == 0 ? commit : rollback,
                        .msgId = "KEY"};
    EXPECT_EQ(end(header)->code(), ResponseCode::Success);
  }
  const auto stored = store.messages_of("T");
  ASSERT_EQ(stored.size(), 4U);
  EXPECT_EQ(stored[1]->record().sys_flag, 8);
  EXPECT_EQ(stored[1]->record().body, "old");
  EXPECT_EQ(stored[1]->record().prepared_transaction_offset, 0);
  EXPECT_EQ(stored[3]->record().sys_flag, 12);
  EXPECT_EQ(stored[3]->record().body, "");
  EXPECT_EQ(stored[3]->record().prepared_transaction_offset, prepared.physical_offset);
  EXPECT_TRUE(store.messages_of(op_topic).empty());
}

TEST_F(EndTransactionProcessorTest, MakesATopicAgainThatAKillHasTakenAway) {
  const auto rolled_back = send_half("two");
  const auto committed = send_half("three");
  TopicConfigManager none(config, clock, directory.path() / "none.json");
  EndTransactionProcessor restarted(config, clock, none, store, store, set_aside);
  restarted.expect_losses();
  EXPECT_EQ(end(end_of(rolled_back, rollback), restarted)->code(), ResponseCode::Success);
  EXPECT_FALSE(none.shape_of("T"));
  EXPECT_EQ(end(end_of(committed, commit), restarted)->code(), ResponseCode::Success);
  ASSERT_TRUE(none.shape_of("T"));
  EXPECT_EQ(none.shape_of("T")->read_queue_nums, 3) << "enough to read the message";
}

TEST_F(EndTransactionProcessorTest, SetsACommittedMessageAsideWhoseTopicIsDeleted) {
  const auto header = end_of(send_half("one"), commit);
  ASSERT_TRUE(topics.remove("T"));
  EXPECT_EQ(end(header)->code(), ResponseCode::Success);
  EXPECT_EQ(end(header)->code(), ResponseCode::Success);
  EXPECT_FALSE(topics.shape_of("T"));
  EXPECT_TRUE(bodies_of("T").empty());
  EXPECT_EQ(bodies_of(set_aside_topic), Bodies{"one"});
  EXPECT_EQ(bodies_of(op_topic), Bodies{"0"});
}

TEST_F(EndTransactionProcessorTest, PutsACommittedMessageIntoAQueueThatIsRead) {
  const auto header = end_of(send_half("one"), commit);
  ASSERT_TRUE(topics.update({.topic_name = "T", .read_queue_nums = 2, .write_queue_nums = 2}));
  EXPECT_EQ(end(header)->code(), ResponseCode::Success);
  EXPECT_EQ(store.messages_of("T").front()->queue_id, 0) << "queue 2 is gone";
}

TEST_F(EndTransactionProcessorTest, TheFirstEndCountsWhateverComesLater) {
  for (const bool from_check : {false, true}) {
    for (const std::int32_t first : {commit, rollback}) {
      for (const std::int32_t later : {commit, rollback}) {
        const std::string body = std::to_string(store.messages_of(half_topic).size());
        auto header = end_of(send_half(body), first);
        EXPECT_EQ(end(header)->code(), ResponseCode::Success);
        header.commitOrRollback = later;
        header.fromTransactionCheck = from_check;
        const auto expected = first == later ? ResponseCode::Success : ResponseCode::SystemError;
        EXPECT_EQ(end(header)->code(), expected);
        clock.advance(std::chrono::hours(1));
        EXPECT_EQ(end(header)->code(), expected);
        const auto bodies = bodies_of("T");
        EXPECT_EQ(std::count(bodies.begin(), bodies.end(), body), first == commit ? 1 : 0)
            << first << " then " << later << (from_check ? " to a check" : "");
      }
    }
  }
}

TEST_F(EndTransactionProcessorTest, TheFirstEndCountsWithoutAUniqueKeyAsWell) {
  const auto header = end_of(send_half("one", {{"UNIQ_KEY", ""}}), commit);
  end(header);
  end(header);
  EXPECT_EQ(bodies_of("T"), Bodies{"one"});
}

TEST_F(EndTransactionProcessorTest, TheFirstEndCountsAfterARestartAsWell) {
  const auto rolled_back = end_of(send_half("one"), rollback);
  const auto open = end_of(send_half("two"), commit);
  const auto committed = end_of(send_half("three"), commit);
  end(rolled_back);
  end(committed);
  EndTransactionProcessor restarted(config, clock, topics, store, store, set_aside);
  auto late = rolled_back;
  late.commitOrRollback = commit;
  EXPECT_EQ(end(late, restarted)->code(), ResponseCode::Success);
  EXPECT_EQ(end(committed, restarted)->code(), ResponseCode::Success);
  EXPECT_EQ(bodies_of("T"), Bodies{"three"});
  EXPECT_EQ(end(open, restarted)->code(), ResponseCode::Success);
  EXPECT_EQ(bodies_of("T"), (Bodies{"three", "two"}));
}

TEST_F(EndTransactionProcessorTest, TheSecondEndOfAPreparedMessageOfAnOldBrokerIsNoNewOne) {
  std::string properties;
  append_property(properties, property::producer_group, "pg");
  store::PutResult prepared;
  store.put({.topic = "T", .queue_id = 2, .sys_flag = 4, .body = "old", .properties = properties},
            [&](const store::PutResult& result) { prepared = result; });
  const Header header{.producerGroup = "pg",
                      .tranStateTableOffset = prepared.queue_offset,
                      .commitLogOffset = prepared.physical_offset,
                      .commitOrRollback = commit,
                      .msgId = "KEY"};
  EXPECT_EQ(end(header)->code(), ResponseCode::Success);
  EXPECT_EQ(end(header)->code(), ResponseCode::Success);
  EXPECT_EQ(bodies_of("T"), (Bodies{"old", "old"})) << "the prepared record and one commit";
}

TEST_F(EndTransactionProcessorTest, SetsAPreparedMessageOfADeletedTopicAsideOnce) {
  std::string properties;
  append_property(properties, property::producer_group, "pg");
  store::PutResult prepared;
  store.put({.topic = "T", .queue_id = 2, .sys_flag = 4, .body = "old", .properties = properties},
            [&](const store::PutResult& result) { prepared = result; });
  ASSERT_TRUE(topics.remove("T"));
  const Header header{.producerGroup = "pg",
                      .tranStateTableOffset = prepared.queue_offset,
                      .commitLogOffset = prepared.physical_offset,
                      .commitOrRollback = commit,
                      .msgId = "KEY"};
  EXPECT_EQ(end(header)->code(), ResponseCode::Success);
  EXPECT_EQ(end(header)->code(), ResponseCode::Success);
  EXPECT_EQ(bodies_of(set_aside_topic), Bodies{"old"});
}

class EndedTransactionsTest : public TransactionFixture {
 protected:
  MessageRecord half_record(std::size_t number) const {
    return store.messages_of(half_topic).at(number)->record();
  }
};

TEST_F(EndedTransactionsTest, ReadsEndsInTheOpQueueThatItHasNoRoomFor) {
  for (const char* body : {"one", "two", "three", "four"}) send_half(body);
  EndedTransactions ended(store, 2);
  for (const std::size_t number : {0, 1, 3}) {
    const auto half = half_record(number);
    EXPECT_FALSE(ended.end_of(half));
    put_op_message(store, {}, half.queue_id, half.queue_offset);
    ended.note(half, EndedTransactions::End::Committed);
  }
  EXPECT_EQ(ended.end_of(half_record(0)), EndedTransactions::End::Unknown);
  EXPECT_EQ(ended.end_of(half_record(1)), EndedTransactions::End::Committed);
  EXPECT_FALSE(ended.end_of(half_record(2)));
}

TEST_F(EndTransactionProcessorTest, NeverShowsARolledBackMessage) {
  EXPECT_EQ(end(end_of(send_half("one"), rollback))->code(), ResponseCode::Success);
  EXPECT_TRUE(bodies_of("T").empty());
  EXPECT_EQ(bodies_of(op_topic), Bodies{"0"});
}

TEST_F(EndTransactionProcessorTest, LeavesAnUndecidedEndWithoutAnswer) {
  EXPECT_FALSE(end(end_of(send_half("one"), undecided)));
  EXPECT_TRUE(bodies_of(op_topic).empty());
  EXPECT_EQ(end(end_of(send_half("two"), 4))->code(), ResponseCode::SystemError);
}

TEST_F(EndTransactionProcessorTest, RefusesAnEndThatDoesNotFitTheHalfMessage) {
  const auto right = end_of(send_half("one"), commit);
  auto wrong = right;
  wrong.producerGroup = "other";
  EXPECT_EQ(end(wrong)->code(), ResponseCode::SystemError);
  wrong = right;
  wrong.tranStateTableOffset = 1;
  EXPECT_EQ(end(wrong)->code(), ResponseCode::SystemError);
  wrong = right;
  wrong.commitLogOffset += 1;
  EXPECT_EQ(end(wrong)->code(), ResponseCode::SystemError);
  EXPECT_TRUE(bodies_of("T").empty());
  EXPECT_TRUE(bodies_of(op_topic).empty());
}

TEST_F(EndTransactionProcessorTest, RefusesToCommitWhatIsNoHalfMessage) {
  ASSERT_EQ(end(end_of(send_half("one"), commit))->code(), ResponseCode::Success);
  const auto committed = store.messages_of("T").front()->record();
  EXPECT_EQ(end({.producerGroup = "pg",
                 .tranStateTableOffset = committed.queue_offset,
                 .commitLogOffset = committed.physical_offset,
                 .commitOrRollback = commit})
                ->code(),
            ResponseCode::SystemError);
  EXPECT_EQ(bodies_of("T"), Bodies{"one"});
}

TEST_F(EndTransactionProcessorTest, LeavesTheMessageUndecidedWhenItCannotBeStored) {
  const auto header = end_of(send_half("one"), commit);
  store.next_status = store::PutStatus::ServiceNotAvailable;
  EXPECT_EQ(end(header)->code(), ResponseCode::ServiceNotAvailable);
  store.next_status = store::PutStatus::Ok;
  EXPECT_TRUE(bodies_of(op_topic).empty());
  EXPECT_EQ(end(header)->code(), ResponseCode::Success);
  EXPECT_EQ(bodies_of("T"), Bodies{"one"});
}

TEST_F(EndTransactionProcessorTest, StoresARetryOfACommittedMessageAsARetry) {
  std::string text;
  append_property(text, property::transaction_prepared, "true");
  append_property(text, property::delay_level, "3");
  const auto answer =
      ask([this](const auto& context, auto& command,
                 auto reply) { send.process(context, command, std::move(reply)); },
          remoting::make_request(remoting::RequestCode::SendMessage,
                                 remoting::SendMessageRequestHeader{.producerGroup = "pg",
                                                                    .topic = "%RETRY%cg",
                                                                    .defaultTopic = "TBW102",
                                                                    .properties = text,
                                                                    .reconsumeTimes = 1},
                                 "again"));
  EXPECT_EQ(answer->code(), ResponseCode::Success);
  EXPECT_EQ(bodies_of("SCHEDULE_TOPIC_XXXX"), Bodies{"again"});
}

TEST(OpMessage, IsReadAsOneNumberAndAsAList) {
  using Offsets = std::vector<std::int64_t>;
  EXPECT_EQ(ended_offsets("17"), Offsets{17});
  EXPECT_EQ(ended_offsets("0,1,"), (Offsets{0, 1}));
  EXPECT_EQ(ended_offsets("5,x,-1,,99999999999999999999,6"), (Offsets{5, 6}));
  EXPECT_EQ(ended_offsets(""), Offsets{});
}

TEST_F(EndTransactionProcessorTest, MakesNoTopicAgainThatWasDeletedBeforeAKill) {
  const auto header = end_of(send_half("one"), commit);
  ASSERT_TRUE(topics.remove("T"));
  store.delete_topic("T");
  EndTransactionProcessor restarted{config, clock, topics, store, store, set_aside};
  restarted.expect_losses();
  EXPECT_EQ(end(header, restarted)->code(), ResponseCode::Success);
  EXPECT_FALSE(topics.shape_of("T"));
  EXPECT_EQ(bodies_of(set_aside_topic), Bodies{"one"});
}

}  // namespace
}  // namespace rocketmq::broker::test
