#include "schedule/schedule_message_service.hpp"

#include "fixture.hpp"
#include "schedule/delayed_message.hpp"

namespace rocketmq::broker::test {
namespace {

using namespace std::chrono_literals;

class ScheduleMessageServiceTest : public BrokerFixture {
 protected:
  ScheduleMessageServiceTest() { add_topic("T", 4); }

  ScheduleMessageService::Parts parts() {
    return {.clock = clock,
            .levels = delay_levels,
            .topics = topics,
            .reader = store,
            .writer = store,
            .set_aside = set_aside,
            .file = directory.path() / "delayOffset.json"};
  }
  ScheduleMessageService service{parts()};

  void delay(const std::string& body, std::int32_t level, const std::string& topic = "T") {
    std::string sent;
    append_property(sent, property::unique_key, "KEY-" + body);
    const std::string properties = delayed_properties(sent, level, topic, 3);
    store.put({.topic = "SCHEDULE_TOPIC_XXXX",
               .queue_id = delay_queue_of(level),
               .reconsume_times = 4,
               .body = body,
               .properties = properties},
              [](const store::PutResult&) {});
  }
  std::vector<std::string> delivered() { return bodies_of("T"); }
  std::vector<std::string> bodies_of(std::string_view topic) {
    std::vector<std::string> bodies;
    for (const auto* stored : store.messages_of(topic)) bodies.emplace_back(stored->record().body);
    return bodies;
  }
};

TEST_F(ScheduleMessageServiceTest, DeliversAMessageWhenItsDelayIsOver) {
  delay("one", 3);
  clock.advance(9'999ms);
  service.tick();
  EXPECT_TRUE(delivered().empty());
  clock.advance(1ms);
  service.tick();
  service.tick();
  ASSERT_EQ(delivered(), std::vector<std::string>{"one"}) << "once";
  const auto* stored = store.messages_of("T").front();
  EXPECT_EQ(stored->queue_id, 3);
  EXPECT_EQ(stored->record().reconsume_times, 4);
  EXPECT_EQ(stored->property("DELAY"), "3") << "consumers see how it came";
}

TEST_F(ScheduleMessageServiceTest, WantsToBeCalledWhenTheNextMessageIsDue) {
  EXPECT_EQ(service.tick(), ScheduleMessageService::tick_period) << "nothing waits";
  delay("later", 2);
  clock.advance(3'970ms);
  delay("sooner", 1);
  EXPECT_EQ(service.tick(), ScheduleMessageService::tick_period) << "both are far away";
  clock.advance(990ms);
  EXPECT_EQ(service.tick(), 10ms) << "the sooner one";
  clock.advance(9ms);
  EXPECT_EQ(service.tick(), 1ms);
  EXPECT_TRUE(delivered().empty());
  clock.advance(1ms);
  EXPECT_EQ(service.tick(), 30ms) << "the later one";
  EXPECT_EQ(delivered(), std::vector<std::string>{"sooner"});
  clock.advance(30ms);
  EXPECT_EQ(service.tick(), ScheduleMessageService::tick_period);
  EXPECT_EQ(delivered(), (std::vector<std::string>{"sooner", "later"}));
}

TEST_F(ScheduleMessageServiceTest, LooksAtTheFirstMessageOfEachLevelOnce) {
  delay("far away", 3);
  service.tick();
  EXPECT_EQ(store.unit_looks, delay_levels.max_level());
  delay("soon", 1);
  clock.advance(990ms);
  store.unit_looks = 0;
  EXPECT_EQ(service.tick(), 10ms);
  EXPECT_EQ(store.unit_looks, delay_levels.max_level());
  clock.advance(10ms);
  store.unit_looks = 0;
  EXPECT_EQ(service.tick(), ScheduleMessageService::tick_period);
  EXPECT_EQ(delivered(), std::vector<std::string>{"soon"});
  EXPECT_EQ(store.unit_looks, delay_levels.max_level() + 1) << "once more where one was delivered";
}

TEST_F(ScheduleMessageServiceTest, TriesAgainAfterAPauseWhatCouldNotBeStored) {
  delay("one", 1);
  clock.advance(1s);
  store.next_status = store::PutStatus::ServiceNotAvailable;
  EXPECT_EQ(service.tick(), ScheduleMessageService::tick_period);
}

TEST_F(ScheduleMessageServiceTest, KeepsTheOrderOfALevelAndDeliversMoreThanOneBatch) {
  std::vector<std::string> expected;
  for (int number = 0; number < 2'000; ++number) {
    delay(std::to_string(number), 1);
    expected.push_back(std::to_string(number));
  }
  clock.advance(1s);
  service.tick();
  EXPECT_EQ(delivered(), expected);
}

TEST_F(ScheduleMessageServiceTest, DoesNotDeliverAgainWhatWasDeliveredBeforeAKill) {
  delay("one", 1);
  delay("two", 1);
  clock.advance(1s);
  service.tick();
  ASSERT_TRUE(service.flush());
  delay("three", 1);
  delay("four", 2);
  clock.advance(1s);
  service.tick();
  ASSERT_EQ(delivered(), (std::vector<std::string>{"one", "two", "three"}));

  TopicConfigManager none(config, clock, directory.path() / "none.json");
  auto after_kill = ScheduleMessageService::Parts{.clock = clock,
                                                  .levels = delay_levels,
                                                  .topics = none,
                                                  .reader = store,
                                                  .writer = store,
                                                  .set_aside = set_aside,
                                                  .file = parts().file};
  ScheduleMessageService restarted{after_kill};
  ASSERT_TRUE(restarted.load());
  restarted.expect_losses();
  restarted.tick();
  EXPECT_EQ(delivered(), (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_TRUE(none.shape_of("T")) << "it was made just before, and not saved";
  delay("three", 1);
  clock.advance(5s);
  restarted.tick();
  EXPECT_EQ(delivered(), (std::vector<std::string>{"one", "two", "three", "three", "four"}))
      << "what is delayed after the restart is another message, even under the same key";
}

TEST_F(ScheduleMessageServiceTest, DeliversAgainWhatCouldNotBeStored) {
  delay("one", 1);
  clock.advance(1s);
  store.next_status = store::PutStatus::ServiceNotAvailable;
  service.tick();
  store.next_status = store::PutStatus::Ok;
  service.tick();
  EXPECT_EQ(delivered(), std::vector<std::string>{"one"});
}

TEST_F(ScheduleMessageServiceTest, GoesOnAfterARestartWhereItWas) {
  delay("one", 1);
  clock.advance(1s);
  service.tick();
  ASSERT_TRUE(service.flush());
  delay("two", 1);
  clock.advance(1s);
  ScheduleMessageService again(parts());
  ASSERT_TRUE(again.load());
  again.tick();
  EXPECT_EQ(delivered(), (std::vector<std::string>{"one", "two"}));
}

TEST_F(ScheduleMessageServiceTest, PassesOverEntriesThatHaveExpired) {
  delay("one", 1);
  delay("two", 1);
  store.expire_before("SCHEDULE_TOPIC_XXXX", 0, 1);
  clock.advance(1s);
  service.tick();
  EXPECT_EQ(delivered(), std::vector<std::string>{"two"});
}

TEST_F(ScheduleMessageServiceTest, DropsAMessageThatNamesNoTopic) {
  delay("bad", 1, "../../etc");
  delay("half", 1, "RMQ_SYS_TRANS_HALF_TOPIC");
  delay("good", 1);
  clock.advance(1s);
  service.tick();
  EXPECT_EQ(delivered(), std::vector<std::string>{"good"});
  EXPECT_EQ(runtime_info_of(service).at("scheduleMessageOffset_1"), "3,3");
}

TEST_F(ScheduleMessageServiceTest, DeliversNowWhatADeliveryTimeFarAwayWouldKeepForEver) {
  delay("one", 1);
  clock.set_wall(clock.now_ms() - 3'600'000);
  service.tick();
  EXPECT_EQ(delivered(), std::vector<std::string>{"one"}) << "the clock was set back by an hour";
}

TEST_F(ScheduleMessageServiceTest, KeepsDelaysWhenTheClockWasAheadAndIsSetRight) {
  for (const std::int64_t ahead_ms : {3'000, 3'600'000}) {
    clock.set_wall(clock.now_ms() + ahead_ms);
    service.tick();
    clock.set_wall(clock.now_ms() - ahead_ms);
    delay("after " + std::to_string(ahead_ms), 2);
    service.tick();
    clock.advance(4'999ms);
    service.tick();
    EXPECT_EQ(std::ssize(delivered()), ahead_ms == 3'000 ? 0 : 1);
    clock.advance(1ms);
    service.tick();
    EXPECT_EQ(delivered().back(), "after " + std::to_string(ahead_ms));
  }
}

TEST_F(ScheduleMessageServiceTest, KeepsTheDelayOfWhatWaitsWhenTheClockIsSetBack) {
  for (const std::int64_t back_ms : {3'000, 3'600'000}) {
    const std::size_t before = delivered().size();
    delay("before the step", 2);
    clock.advance(1s);
    service.tick();
    delay("just before", 2);
    clock.set_wall(clock.now_ms() - back_ms);
    clock.advance(20ms);
    delay("just after", 2);
    service.tick();
    clock.advance(3'979ms);
    service.tick();
    EXPECT_EQ(delivered().size(), before);
    clock.advance(1ms);
    service.tick();
    EXPECT_EQ(delivered().size(), before + 1) << "5 s after it came";
    clock.advance(999ms);
    service.tick();
    EXPECT_EQ(delivered().size(), before + 1);
    clock.advance(1ms);
    service.tick();
    EXPECT_EQ(delivered().back(), "just before");
    clock.advance(20ms);
    service.tick();
    EXPECT_EQ(delivered().back(), "just after");
  }
}

TEST_F(ScheduleMessageServiceTest, KeepsTheTimesOfWhatWaitsWhileTheClockIsWrong) {
  delay("minutes", 9);
  service.tick();
  clock.set_wall(clock.now_ms() + 180'000);
  service.tick();
  delay("ahead", 9);
  clock.set_wall(clock.now_ms() - 180'000);
  service.tick();
  clock.advance(4min + 59'999ms);
  service.tick();
  EXPECT_TRUE(delivered().empty());
  clock.advance(1ms);
  service.tick();
  EXPECT_EQ(delivered(), (std::vector<std::string>{"minutes", "ahead"}));
}

TEST_F(ScheduleMessageServiceTest, DeliversByTheClockThatWasSetForward) {
  delay("one", 9);
  service.tick();
  clock.set_wall(clock.now_ms() + 300'000);
  service.tick();
  EXPECT_EQ(delivered(), std::vector<std::string>{"one"}) << "the machine may have slept";
}

TEST_F(ScheduleMessageServiceTest, PassesOverADamagedStretchHoweverLong) {
  for (int number = 0; number < 2'000; ++number) {
    delay(std::to_string(number), 1);
    if (number > 0 && number < 1'999) store.damage("SCHEDULE_TOPIC_XXXX", 0, number);
  }
  clock.advance(1s);
  service.tick();
  EXPECT_EQ(delivered(), (std::vector<std::string>{"0", "1999"}));
  delay("later", 1);
  clock.advance(1s);
  service.tick();
  EXPECT_EQ(delivered().back(), "later");
}

TEST_F(ScheduleMessageServiceTest, StopsBehindADamagedStretchAtWhatIsNotDue) {
  for (int number = 0; number < 20; ++number) {
    delay(std::to_string(number), 2);
    store.damage("SCHEDULE_TOPIC_XXXX", 1, number);
  }
  delay("not due", 2);
  service.tick();
  EXPECT_EQ(runtime_info_of(service).at("scheduleMessageOffset_2"), "20,21") << "it is read once";
  EXPECT_TRUE(delivered().empty());
  clock.advance(5s);
  service.tick();
  EXPECT_EQ(delivered(), std::vector<std::string>{"not due"});
}

TEST_F(ScheduleMessageServiceTest, DeliversOnceWhatStandsBehindAMessageThatIsRefusedForAWhile) {
  for (const char* body : {"one", "two", "three", "four"}) delay(body, 1);
  clock.advance(1s);
  bool refuses = true;
  store.outcome_of = [&](const store::MessageToPut& message) {
    return refuses && (message.body == "two" || message.body == "four")
               ? store::PutStatus::OsPageCacheBusy
               : store::PutStatus::Ok;
  };
  for (int tick = 0; tick < 5; ++tick) service.tick();
  EXPECT_EQ(delivered(), (std::vector<std::string>{"one", "three"}));
  refuses = false;
  service.tick();
  service.tick();
  EXPECT_EQ(delivered(), (std::vector<std::string>{"one", "three", "two", "four"}));
  EXPECT_EQ(runtime_info_of(service).at("scheduleMessageOffset_1"), "4,4");
}

TEST_F(ScheduleMessageServiceTest, SetsAMessageAsideThatIsRefusedForEver) {
  add_topic("%RETRY%cg", 4);
  delay("one", 1);
  delay("bad", 1);
  delay("bad", 1, "%RETRY%cg");
  delay("two", 1);
  clock.advance(1s);
  store.outcome_of = [](const store::MessageToPut& message) {
    return message.body == "bad" && (message.topic == "T" || message.topic == "%RETRY%cg")
               ? store::PutStatus::MessageIllegal
               : store::PutStatus::Ok;
  };
  for (int tick = 0; tick < 3; ++tick) service.tick();
  EXPECT_EQ(delivered(), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(bodies_of(set_aside_topic), std::vector<std::string>{"bad"});
  EXPECT_EQ(bodies_of("%DLQ%cg"), std::vector<std::string>{"bad"});
  EXPECT_EQ(runtime_info_of(set_aside).at("setAsideMessages"), "2");
  EXPECT_EQ(runtime_info_of(service).at("scheduleMessageOffset_1"), "4,4");
}

TEST_F(ScheduleMessageServiceTest, PassesOverAMessageThatIsRefusedForEverEverywhere) {
  delay("bad", 1);
  delay("two", 1);
  clock.advance(1s);
  store.outcome_of = [](const store::MessageToPut& message) {
    return message.body == "bad" ? store::PutStatus::MessageIllegal : store::PutStatus::Ok;
  };
  for (int tick = 0; tick < 3; ++tick) service.tick();
  EXPECT_EQ(delivered(), std::vector<std::string>{"two"});
  EXPECT_EQ(set_aside.count(), 1);
}

TEST_F(ScheduleMessageServiceTest, DeliversAMessageLargerThanALoweredLimit) {
  delay(std::string(1'000, 'L'), 1);
  delay("small", 1);
  store.max_message_size = 100;
  clock.advance(1s);
  for (int tick = 0; tick < 3; ++tick) service.tick();
  EXPECT_EQ(delivered(), (std::vector<std::string>{std::string(1'000, 'L'), "small"}));
}

TEST_F(ScheduleMessageServiceTest, SetsMessagesOfADeletedTopicAside) {
  delay("one", 1);
  delay("two", 1, "U");
  clock.advance(1s);
  ASSERT_TRUE(topics.remove("T"));
  for (int tick = 0; tick < 3; ++tick) service.tick();
  EXPECT_TRUE(delivered().empty());
  EXPECT_FALSE(topics.shape_of("T"));
  ASSERT_EQ(bodies_of(set_aside_topic), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(store.messages_of(set_aside_topic).front()->property("REAL_TOPIC"), "T");
}

TEST_F(ScheduleMessageServiceTest, DeliversIntoAQueueThatIsRead) {
  delay("one", 1);
  add_topic("T", 2);
  clock.advance(1s);
  service.tick();
  ASSERT_EQ(delivered(), std::vector<std::string>{"one"});
  EXPECT_EQ(store.messages_of("T").front()->queue_id, 1) << "queue 3 is gone";
}

TEST_F(ScheduleMessageServiceTest, DeliversWhatWaitsInALevelThatTheTableNoLongerHas) {
  delay("minutes", 5);
  delay("hours", 18);
  const auto two_levels = store::DelayLevels::parse("1s 100s").value();
  ScheduleMessageService shortened({.clock = clock,
                                    .levels = two_levels,
                                    .topics = topics,
                                    .reader = store,
                                    .writer = store,
                                    .set_aside = set_aside,
                                    .file = parts().file});
  shortened.tick();
  EXPECT_EQ(delivered(), std::vector<std::string>{"hours"}) << "longer than the highest level";
  clock.advance(59'999ms);
  shortened.tick();
  EXPECT_EQ(std::ssize(delivered()), 1) << "others keep the times that they were given";
  clock.advance(1ms);
  shortened.tick();
  EXPECT_EQ(delivered(), (std::vector<std::string>{"hours", "minutes"}));
  EXPECT_EQ(runtime_info_of(shortened).at("scheduleMessageOffset_18"), "1,1");
  ASSERT_TRUE(shortened.flush());
  ASSERT_TRUE(service.load());
  service.tick();
  EXPECT_EQ(std::ssize(delivered()), 2) << "the level is back";
}

TEST_F(ScheduleMessageServiceTest, SetsAsideWhatWaitedForATopicThatWasDeletedBeforeAKill) {
  delay("one", 1);
  ASSERT_TRUE(topics.remove("T"));
  store.delete_topic("T");
  clock.advance(1s);
  service.expect_losses();
  service.tick();
  EXPECT_FALSE(topics.shape_of("T"));
  EXPECT_EQ(bodies_of(set_aside_topic), std::vector<std::string>{"one"});
}

}  // namespace
}  // namespace rocketmq::broker::test
