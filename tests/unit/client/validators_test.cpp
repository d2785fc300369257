#include "message/validators.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumer/consume_timestamp.hpp"
#include "message/message_access.hpp"

namespace rocketmq::client {
namespace {

using testing::HasSubstr;

PushConsumerSettings consumer() {
  PushConsumerSettings settings;
  settings.group = "g";
  settings.consume_timestamp = "20260102030405";
  settings.concurrent_listener = std::make_shared<MessageListenerConcurrently>();
  return settings;
}

TEST(Validators, RefuseGroupsThatAreEmptyTooLongIllegalOrTheDefaultOne) {
  EXPECT_TRUE(check_group("my-group_1%|", "DEFAULT_PRODUCER", "producerGroup"));
  EXPECT_TRUE(check_group(std::string(255, 'g'), "DEFAULT_PRODUCER", "producerGroup"));
  EXPECT_THAT(check_group("", "D", "producerGroup").error().text, HasSubstr("blank"));
  EXPECT_FALSE(check_group(std::string(256, 'g'), "D", "producerGroup"));
  EXPECT_FALSE(check_group("a b", "D", "producerGroup"));
  EXPECT_FALSE(check_group(std::string(200, 'g') + "/", "D", "producerGroup"));
  EXPECT_FALSE(check_group("DEFAULT_PRODUCER", "DEFAULT_PRODUCER", "producerGroup"));
}

TEST(Validators, RefuseABodyThatIsEmptyOrTooLargeWithCode13) {
  EXPECT_TRUE(check_message(Message("T", "12345"), 5));
  EXPECT_EQ(check_message(Message("T", ""), 5).error().code, 13);
  EXPECT_EQ(check_message(Message("T", "123456"), 5).error().code, 13);
}

TEST(Validators, RefuseTopicsThatCannotBeSentTo) {
  EXPECT_FALSE(check_message(Message("", "x"), 5));
  EXPECT_FALSE(check_message(Message("a/b", "x"), 5));
  EXPECT_FALSE(check_message(Message(std::string(128, 't'), "x"), 5));
  EXPECT_FALSE(check_message(Message("SCHEDULE_TOPIC_XXXX", "x"), 5));
}

TEST(Validators, RefuseBatchesOfSeveralTopicsWithDelayOrDifferentWaits) {
  EXPECT_FALSE(check_batch({}, 100));
  EXPECT_TRUE(check_batch({Message("T", "a"), Message("T", "b")}, 100));
  EXPECT_FALSE(check_batch({Message("T", "a"), Message("U", "b")}, 100));
  Message delayed("T", "a");
  delayed.setDelayTimeLevel(1);
  EXPECT_FALSE(check_batch({delayed}, 100));
  Message careless("T", "a");
  careless.setWaitStoreMsgOK(false);
  EXPECT_FALSE(check_batch({Message("T", "a"), careless}, 100));
  EXPECT_FALSE(check_batch({Message("%RETRY%g", "a")}, 100));
  EXPECT_FALSE(check_batch({Message("T", "aaa"), Message("T", "bbb")}, 5)) << "together too large";
}

TEST(Validators, CheckAConsumersSettings) {
  EXPECT_TRUE(check_push_consumer(consumer()));
  auto no_listener = consumer();
  no_listener.concurrent_listener = nullptr;
  EXPECT_FALSE(check_push_consumer(no_listener));
  auto bad_timestamp = consumer();
  bad_timestamp.consume_timestamp = "yesterday";
  EXPECT_FALSE(check_push_consumer(bad_timestamp));
  auto bad_batch = consumer();
  bad_batch.batch_max_size = 1025;
  EXPECT_THAT(check_push_consumer(bad_batch).error().text, HasSubstr("consumeMessageBatchMaxSize"));
  auto bad_threads = consumer();
  bad_threads.thread_min = 21;
  EXPECT_FALSE(check_push_consumer(bad_threads));
}

TEST(ConsumeTimestamp, ReadsWhatItWrites) {
  const auto time = parse_consume_timestamp("20260102030405");
  ASSERT_TRUE(time);
  EXPECT_EQ(format_consume_timestamp(*time), "20260102030405");
  for (const char* text :
       {"", "2026010203040", "202601020304055", "2026010203040x", "20260431000000"}) {
    EXPECT_FALSE(parse_consume_timestamp(text)) << text;
  }
}

}  // namespace
}  // namespace rocketmq::client
