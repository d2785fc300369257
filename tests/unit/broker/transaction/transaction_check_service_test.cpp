#include "transaction/transaction_check_service.hpp"

#include "transaction_fixture.hpp"

namespace rocketmq::broker::test {
namespace {

using namespace std::chrono_literals;

class TransactionCheckServiceTest : public TransactionFixture {
 protected:
  TransactionCheckServiceTest() {
    EXPECT_TRUE(producers.register_producer("pg", {.channel = producer, .client_id = "p@1"}));
  }
  TransactionCheckParts parts() {
    return {.config = config,
            .store_config = store_config,
            .clock = clock,
            .topics = topics,
            .offsets = offsets,
            .producers = producers,
            .reader = store,
            .writer = store,
            .set_aside = set_aside};
  }
  void round_after(std::chrono::milliseconds time) {
    clock.advance(time);
    service.round();
  }
  /// Bodies of the messages that the producer was asked about.
  Bodies asked() const {
    Bodies bodies;
    for (const auto& check : producer->sent) bodies.emplace_back(shown(check).body);
    return bodies;
  }
  std::vector<remoting::RemotingCommand> checks_of(const std::string& body) const {
    std::vector<remoting::RemotingCommand> checks;
    for (const auto* half : store.messages_of(half_topic)) {
      const auto record = half->record();
      if (record.body != body) continue;
      checks.push_back(remoting::make_request(
          remoting::RequestCode::CheckTransactionState,
          remoting::CheckTransactionStateRequestHeader{.tranStateTableOffset = record.queue_offset,
                                                       .commitLogOffset = record.physical_offset}));
    }
    return checks;
  }
  static MessageRecord shown(const remoting::RemotingCommand& check) {
    return message_record::decode(check.body, message_record::Check::None).value();
  }
  /// The producer's reply to a check.
  Header answer_to(const remoting::RemotingCommand& check, std::int32_t decision) const {
    const auto header =
        remoting::decode_header<remoting::CheckTransactionStateRequestHeader>(check).value();
    return {.producerGroup = "pg",
            .tranStateTableOffset = header.tranStateTableOffset,
            .commitLogOffset = header.commitLogOffset,
            .commitOrRollback = decision,
            .fromTransactionCheck = true,
            .msgId = header.msgId.value_or("")};
  }
  std::optional<std::int64_t> progress(std::string_view topic) const {
    return offsets.query({.group = "CID_RMQ_SYS_TRANS", .topic = topic, .queue_id = 0});
  }

  std::shared_ptr<FakeChannel> producer = make_channel();
  TransactionCheckService service{parts()};
};

TEST_F(TransactionCheckServiceTest, AsksAboutAMessageThatIsUndecidedAfterTheTimeOut) {
  send_half("one");
  round_after(5'999ms);
  EXPECT_TRUE(asked().empty());
  round_after(1ms);
  ASSERT_EQ(asked(), Bodies{"one"});
  const auto& check = producer->sent.front();
  EXPECT_EQ(check.request_code(), remoting::RequestCode::CheckTransactionState);
  EXPECT_EQ(check.ext_fields.find("tranStateTableOffset"), "1") << "where it is now";
  EXPECT_EQ(check.ext_fields.find("msgId"), "KEY-one");
  EXPECT_EQ(check.ext_fields.find("transactionId"), "KEY-one");
  EXPECT_EQ(shown(check).topic, "T");
  EXPECT_EQ(shown(check).queue_id, 2);
  EXPECT_EQ(find_property(shown(check).properties, "PGROUP"), "pg");
  EXPECT_EQ(store.messages_of(half_topic).at(1)->property("TRANSACTION_CHECK_TIMES"), "1");
}

TEST_F(TransactionCheckServiceTest, EndsTheMessageWithTheAnswer) {
  send_half("one");
  round_after(6s);
  ASSERT_EQ(asked().size(), 1U);
  EXPECT_EQ(end(answer_to(producer->sent.front(), commit))->code(), ResponseCode::Success);
  round_after(60s);
  round_after(60s);
  EXPECT_EQ(asked().size(), 1U);
  EXPECT_EQ(bodies_of("T"), Bodies{"one"});
  EXPECT_EQ(progress(half_topic), 2);
  EXPECT_EQ(progress(op_topic), 2) << "of where it was asked about, and of where it was first";
}

TEST_F(TransactionCheckServiceTest, AsksNothingAboutMessagesThatHaveEnded) {
  for (int number = 0; number < 100; ++number) {
    const auto sent = send_half(std::to_string(number));
    end(end_of(sent, number % 2 == 0 ? commit : rollback));
  }
  round_after(60s);
  EXPECT_TRUE(asked().empty());
  EXPECT_EQ(progress(half_topic), 100);
  EXPECT_EQ(progress(op_topic), 100);
}

TEST_F(TransactionCheckServiceTest, FindsTheUndecidedAmongManyThatHaveEnded) {
  for (int number = 0; number < 100; ++number) {
    const auto sent = send_half(std::to_string(number));
    if (number != 3 && number != 80) end(end_of(sent, commit));
  }
  round_after(60s);
  EXPECT_EQ(asked(), (Bodies{"3", "80"}));
}

TEST_F(TransactionCheckServiceTest, ReadsTheListsOfLaterReleases) {
  for (const char* body : {"one", "two", "three"}) send_half(body);
  std::string tag;
  append_property(tag, property::tags, "d");
  store.put({.topic = op_topic, .body = "0,2,", .properties = tag}, [](const auto&) {});
  round_after(60s);
  EXPECT_EQ(asked(), Bodies{"two"});
}

TEST_F(TransactionCheckServiceTest, GivesUpAfterTheLastCheck) {
  config.transaction_check_max = 2;
  send_half("one");
  for (int round = 0; round < 5; ++round) round_after(60s);
  EXPECT_EQ(asked(), (Bodies{"one", "one"}));
  ASSERT_EQ(bodies_of("TRANS_CHECK_MAX_TIME_TOPIC"), Bodies{"one"});
  EXPECT_EQ(store.messages_of("TRANS_CHECK_MAX_TIME_TOPIC").front()->property("REAL_TOPIC"), "T");
  EXPECT_TRUE(topics.shape_of("TRANS_CHECK_MAX_TIME_TOPIC"));
}

TEST_F(TransactionCheckServiceTest, GivesUpAMessageOlderThanTheStoreKeepsMessages) {
  send_half("one", {{"CHECK_IMMUNITY_TIME_IN_SECONDS", "999999999999999999"}});
  round_after(72h + 1ms);
  EXPECT_TRUE(asked().empty());
  EXPECT_EQ(bodies_of("TRANS_CHECK_MAX_TIME_TOPIC"), Bodies{"one"});
}

TEST_F(TransactionCheckServiceTest, LeavesAMessageAloneForTheTimeThatItsProducerSet) {
  send_half("slow", {{"CHECK_IMMUNITY_TIME_IN_SECONDS", "100"}});
  send_half("fast");
  round_after(60s);
  EXPECT_EQ(asked(), Bodies{"fast"}) << "the one does not hold up the other";
  EXPECT_EQ(store.messages_of(half_topic).at(2)->property("TRAN_PREPARED_QUEUE_OFFSET"), "0");
  EXPECT_EQ(store.messages_of(half_topic).at(2)->property("TRANSACTION_CHECK_TIMES"), "");
  producer->sent.clear();
  round_after(39s);
  EXPECT_EQ(asked(), Bodies{"fast"});
  round_after(1s);
  EXPECT_EQ(asked(), (Bodies{"fast", "slow", "fast"}));
}

TEST_F(TransactionCheckServiceTest, KnowsTheEndOfAMessageThatHasMovedMeanwhile) {
  const auto slow = send_half("slow", {{"CHECK_IMMUNITY_TIME_IN_SECONDS", "100"}});
  const auto late = send_half("late");
  round_after(60s);
  ASSERT_EQ(asked(), Bodies{"late"});
  end(end_of(slow, commit));
  end(end_of(late, commit));
  round_after(60s);
  round_after(60s);
  EXPECT_EQ(asked(), Bodies{"late"}) << "both ends name places that the check had left";
  EXPECT_EQ(bodies_of("T"), (Bodies{"slow", "late"}));
  EXPECT_EQ(progress(op_topic), 2);
}

TEST_F(TransactionCheckServiceTest, GoesOnAfterARestartWhereItWas) {
  end(end_of(send_half("one"), commit));
  round_after(60s);
  ASSERT_TRUE(offsets.flush());
  send_half("two");
  clock.advance(60s);
  ConsumerOffsetManager loaded(directory.path() / "consumerOffset.json");
  ASSERT_TRUE(loaded.load());
  TransactionCheckService again({.config = config,
                                 .store_config = store_config,
                                 .clock = clock,
                                 .topics = topics,
                                 .offsets = loaded,
                                 .producers = producers,
                                 .reader = store,
                                 .writer = store,
                                 .set_aside = set_aside});
  again.round();
  EXPECT_EQ(asked(), Bodies{"two"});
  EXPECT_EQ(loaded.query({.group = "CID_RMQ_SYS_TRANS", .topic = half_topic}), 2);
}

TEST_F(TransactionCheckServiceTest, AsksAnotherProducerOfTheGroupWhenOneIsGone) {
  producer->open = false;
  const auto other = make_channel();
  ASSERT_TRUE(producers.register_producer("pg", {.channel = other, .client_id = "p@2"}));
  send_half("one");
  round_after(60s);
  EXPECT_TRUE(asked().empty());
  EXPECT_EQ(other->sent.size(), 1U);
}

TEST_F(TransactionCheckServiceTest, AsksLaterWhenNoProducerIsThere) {
  producers.channel_closed(producer);
  send_half("one");
  round_after(60s);
  ASSERT_TRUE(producers.register_producer("pg", {.channel = producer, .client_id = "p@1"}));
  round_after(60s);
  EXPECT_EQ(asked(), Bodies{"one"});
}

TEST_F(TransactionCheckServiceTest, TriesAgainWhatCouldNotBeStored) {
  send_half("one");
  store.next_status = store::PutStatus::ServiceNotAvailable;
  round_after(60s);
  EXPECT_TRUE(asked().empty()) << "the answer would name a place that is not there";
  store.next_status = store::PutStatus::Ok;
  round_after(60s);
  EXPECT_EQ(asked(), Bodies{"one"});
}

TEST_F(TransactionCheckServiceTest, PassesOverHalfMessagesThatHaveExpired) {
  send_half("one");
  send_half("two");
  store.expire_before(std::string(half_topic), 0, 1);
  ASSERT_TRUE(offsets.commit({.group = "CID_RMQ_SYS_TRANS", .topic = half_topic}, 0));
  round_after(60s);
  EXPECT_EQ(asked(), Bodies{"two"});
}

TEST_F(TransactionCheckServiceTest, ChecksGoOnWhenTheClockWasAheadAndIsSetRight) {
  send_half("of the future");
  const std::int64_t right_ms = clock.now_ms() + 6'000;
  round_after(3'600'000ms);
  ASSERT_EQ(asked(), Bodies{"of the future"}) << "and put again, an hour ahead";
  end(end_of(send_half("ended ahead"), commit));
  clock.set_wall(right_ms);
  const auto ended = send_half("ended");
  send_half("undecided");
  end(end_of(ended, commit));
  producer->sent.clear();
  round_after(6s);
  EXPECT_EQ(asked(), (Bodies{"of the future", "undecided"}));
}

TEST_F(TransactionCheckServiceTest, ImmunityCountsFromTheArrivalOfAMessageBornInTheFuture) {
  clock.advance(1h);
  send_half("immune", {{"CHECK_IMMUNITY_TIME_IN_SECONDS", "100"}});
  clock.set_wall(clock.now_ms() - 3'600'000);
  round_after(0s);
  EXPECT_EQ(asked(), Bodies{"immune"}) << "our clock says that it is still to come";

  producer->sent.clear();
  const auto sent = send_half("of a clock ahead", {{"CHECK_IMMUNITY_TIME_IN_SECONDS", "100"}});
  clock.set_wall(clock.now_ms() - 1'000);
  end(answer_to(checks_of("immune").back(), commit));
  round_after(60s);
  EXPECT_TRUE(asked().empty());
  round_after(60s);
  EXPECT_EQ(asked(), Bodies{"of a clock ahead"});
}

TEST_F(TransactionCheckServiceTest, DamagedStretchesInBothQueuesArePassedOver) {
  std::vector<Answer> sent;
  for (int number = 0; number < 12; ++number) sent.push_back(send_half(std::to_string(number)));
  for (int number = 0; number < 12; number += 2)
    end(end_of(sent[static_cast<std::size_t>(number)], commit));
  for (const std::int64_t offset : {1, 2, 5, 6, 7})
    store.damage(std::string(half_topic), 0, offset);
  for (const std::int64_t offset : {0, 1, 3}) store.damage(std::string(op_topic), 0, offset);
  round_after(60s);
  EXPECT_EQ(asked(), (Bodies{"0", "3", "9", "11"})) << "the end of the first one is lost";
}

TEST_F(TransactionCheckServiceTest, AThousandDamagedEndsHideNoLaterOne) {
  for (int number = 0; number < 1'000; ++number) {
    end(end_of(send_half(std::to_string(number)), commit));
    store.damage(std::string(half_topic), 0, number);
    store.damage(std::string(op_topic), 0, number);
  }
  end(end_of(send_half("ended"), rollback));
  send_half("undecided");
  round_after(60s);
  EXPECT_EQ(asked(), Bodies{"undecided"});
}

TEST_F(TransactionCheckServiceTest, AMessageThatCannotBePutAgainIsAskedAboutOnceAndGivenUp) {
  const std::size_t room = properties_bytes_max - 200;
  send_half("full", {{"PAD", std::string(room, 'p')}});
  const std::size_t left =
      properties_bytes_max - store.messages_of(half_topic).front()->record().properties.size();
  send_half("FULL", {{"PAD", std::string(room + left, 'p')}});
  send_half("behind");
  round_after(60s);
  ASSERT_EQ(asked(), (Bodies{"full", "FULL", "behind"}));
  EXPECT_EQ(bodies_of("TRANS_CHECK_MAX_TIME_TOPIC"), Bodies{"FULL"});
  EXPECT_EQ(set_aside.count(), 1);
  end(answer_to(producer->sent[1], commit));
  EXPECT_EQ(bodies_of("T"), Bodies{"FULL"}) << "an answer still counts";
  round_after(60s);
  EXPECT_EQ(bodies_of("TRANS_CHECK_MAX_TIME_TOPIC"), Bodies{"FULL"}) << "once";
}

TEST_F(TransactionCheckServiceTest, AMessageLargerThanALoweredLimitIsCheckedLikeOthers) {
  send_half(std::string(1'000, 'L'));
  send_half("small");
  store.max_message_size = 100;
  round_after(60s);
  EXPECT_EQ(asked(), (Bodies{std::string(1'000, 'L'), "small"}));
  for (const auto& check : producer->sent) end(answer_to(check, commit));
  EXPECT_EQ(bodies_of("T"), (Bodies{std::string(1'000, 'L'), "small"}));
}

TEST_F(TransactionCheckServiceTest, AMessageThatIsSentAgainIsANewTransaction) {
  send_half("again", {{"TRANSACTION_CHECK_TIMES", "15"}, {"TRAN_PREPARED_QUEUE_OFFSET", "0"}});
  end(end_of(send_half("other", {{"TRAN_PREPARED_QUEUE_OFFSET", "0"}}), rollback));
  round_after(60s);
  EXPECT_EQ(asked(), Bodies{"again"});
}

}  // namespace
}  // namespace rocketmq::broker::test
