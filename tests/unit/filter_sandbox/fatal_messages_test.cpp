#include "fatal_messages.hpp"

#include <gtest/gtest.h>

namespace rocketmq::filtersrv {
namespace {

FilterMessage message(std::int64_t queue_offset) {
  return {.topic = "T", .queue_id = 2, .queue_offset = queue_offset, .store_time_ms = 7};
}

TEST(FatalMessages, AreKnownByTheirPlaceInAQueue) {
  FatalMessages messages;
  EXPECT_FALSE(messages.note(message(5)));
  EXPECT_TRUE(messages.note(message(5)));
  EXPECT_FALSE(messages.note(message(6)));
  FilterMessage other = message(5);
  other.queue_id = 3;
  EXPECT_FALSE(messages.note(other));
  other = message(5);
  other.topic = "U";
  EXPECT_FALSE(messages.note(other));
  other = message(5);
  other.store_time_ms = 8;
  EXPECT_FALSE(messages.note(other)) << "of a topic that was deleted and made again";
}

TEST(FatalMessages, AreForgottenOldestFirst) {
  FatalMessages messages;
  for (std::size_t k = 0; k <= FatalMessages::messages_max; ++k)
    EXPECT_FALSE(messages.note(message(static_cast<std::int64_t>(k))));
  EXPECT_TRUE(messages.note(message(1)));
  EXPECT_FALSE(messages.note(message(0)));
}

}  // namespace
}  // namespace rocketmq::filtersrv
