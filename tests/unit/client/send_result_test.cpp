#include <gtest/gtest.h>

#include "rocketmq/SendResult.h"

namespace rocketmq {
namespace {

TEST(SendResult, ReadsAsTheDocumentsShowIt) {
  const SendResult result(SEND_OK, "ID", "OFFSET", MessageQueue("T", "broker-a", 3), 42);
  EXPECT_EQ(
      result.toString(),
      "SendResult [sendStatus=SEND_OK, msgId=ID, offsetMsgId=OFFSET, messageQueue=MessageQueue "
      "[topic=T, brokerName=broker-a, queueId=3], queueOffset=42]");
}

}  // namespace
}  // namespace rocketmq
