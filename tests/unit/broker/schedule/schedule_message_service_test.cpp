#include "schedule/schedule_message_service.hpp"

#include "fixture.hpp"
#include "schedule/delayed_message.hpp"

namespace rocketmq::broker::test {
namespace {

using namespace std::chrono_literals;

class ScheduleMessageServiceTest : public BrokerFixture {
 protected:
  const std::filesystem::path file = directory.path() / "delayOffset.json";
  ScheduleMessageService service{clock, delay_levels, store, file};

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
  std::vector<std::string> delivered() {
    std::vector<std::string> bodies;
    for (const auto* stored : store.messages_of("T")) bodies.emplace_back(stored->record().body);
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

  ScheduleMessageService restarted{clock, delay_levels, store, file};
  ASSERT_TRUE(restarted.load());
  restarted.expect_losses(topics);
  restarted.tick();
  EXPECT_EQ(delivered(), (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_TRUE(topics.shape_of("T")) << "it was made just before, and not saved";
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
  ScheduleMessageService again(clock, delay_levels, store, file);
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
  EXPECT_EQ(service.figures().at("scheduleMessageOffset_1"), "3,3");
}

TEST_F(ScheduleMessageServiceTest, DeliversNowWhatADeliveryTimeFarAwayWouldKeepForEver) {
  delay("one", 1);
  clock.set_wall(clock.now_ms() - 3'600'000);
  service.tick();
  EXPECT_EQ(delivered(), std::vector<std::string>{"one"}) << "the clock was set back by an hour";
}

}  // namespace
}  // namespace rocketmq::broker::test
