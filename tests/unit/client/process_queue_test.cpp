#include "consumer/process_queue.hpp"

#include <gtest/gtest.h>

#include "rocketmq/client/message/message_access.hpp"

namespace rocketmq::client {
namespace {

MessageExt message_at(std::int64_t offset) {
  MessageRecord record;
  record.queue_offset = offset;
  record.physical_offset = offset * 100;
  record.topic = "T";
  MessageExt message;
  MessageAccess::fill(message, record, "b");
  return message;
}

std::vector<MessageExt> messages(std::int64_t from, std::int64_t to) {
  std::vector<MessageExt> all;
  for (std::int64_t offset = from; offset < to; ++offset) all.push_back(message_at(offset));
  return all;
}

std::vector<PulledMessage> pulled(std::int64_t from, std::int64_t to) {
  std::vector<PulledMessage> all;
  for (std::int64_t offset = from; offset < to; ++offset) {
    all.push_back({.queue_offset = offset, .physical_offset = offset * 100, .body_bytes = 1});
  }
  return all;
}

struct ProcessQueueTest : testing::Test {
  ProcessQueue queue{MessageQueue("T", "b", 0), 0, std::make_shared<OffsetCell>()};

  void put(std::int64_t from, std::int64_t to) {
    auto list = pulled(from, to);
    queue.put(list);
  }
};

TEST_F(ProcessQueueTest, CommitsTheLowestUnfinishedMessage) {
  put(10, 14);
  EXPECT_EQ(queue.remove(messages(12, 13)), 10);
  EXPECT_EQ(queue.remove(messages(10, 11)), 11);
  EXPECT_EQ(queue.remove(messages(11, 12)), 13);
  EXPECT_EQ(queue.remove(messages(13, 14)), 14) << "all are done: the one after the last";
}

TEST_F(ProcessQueueTest, HasNothingToCommitBeforeTheFirstMessage) {
  EXPECT_EQ(queue.remove(messages(3, 4)), -1);
}

TEST_F(ProcessQueueTest, CountsWhatIsCached) {
  put(0, 10);
  put(100, 101);
  EXPECT_EQ(queue.cached().count, 11U);
  EXPECT_EQ(queue.cached().bytes, 11U);
  EXPECT_EQ(queue.cached().span(), 100);
  queue.remove(messages(0, 10));
  EXPECT_EQ(queue.cached().count, 1U);
  EXPECT_EQ(queue.cached().span(), 0);
}

TEST_F(ProcessQueueTest, TakesNoMessageTwice) {
  put(0, 5);
  auto again = pulled(3, 7);
  queue.put(again);
  EXPECT_EQ(again.size(), 2U);
  EXPECT_EQ(queue.cached().count, 7U);
  queue.remove(messages(0, 1));
  queue.remove(messages(0, 1));
  EXPECT_EQ(queue.cached().count, 6U);
}

TEST_F(ProcessQueueTest, CommitsBehindGapsBetweenOffsets) {
  put(10, 12);
  put(20, 22);
  EXPECT_EQ(queue.remove(pulled(21, 22)), 10);
  EXPECT_EQ(queue.remove(pulled(12, 13)), 10) << "never pulled";
  EXPECT_EQ(queue.remove(pulled(10, 12)), 20);
  EXPECT_EQ(queue.remove(pulled(20, 21)), 22);
}

TEST_F(ProcessQueueTest, FindsMessagesThatAreInTheListenerForTooLong) {
  put(0, 4);
  queue.begin(messages(0, 2), 1'000);
  queue.begin(messages(2, 3), 5'000);
  queue.remove(messages(0, 1));
  const auto expired = queue.expired(2'000, 16);
  ASSERT_EQ(expired.size(), 1U);
  EXPECT_EQ(expired.front().queue_offset, 1);
  EXPECT_EQ(expired.front().physical_offset, 100);
  EXPECT_TRUE(queue.expired(1'000, 16).empty());
}

}  // namespace
}  // namespace rocketmq::client
