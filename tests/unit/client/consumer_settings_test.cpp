#include "consumer/consumer_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumer/consume_timestamp.hpp"

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

TEST(ConsumerSettings, OutOfTheirRangesAreRefused) {
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
