#include "producer/send_request.hpp"

#include <gtest/gtest.h>

#include "rocketmq/client/message/compression.hpp"
#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/protocol/send_headers.hpp"

namespace rocketmq::client {
namespace {

ProducerSettings settings() {
  ProducerSettings settings;
  settings.group = "pg";
  return settings;
}

TEST(SendRequest, CarriesTheMessageInTheShortHeader) {
  Message message("T", "TagA", "body");
  const OutgoingMessage outgoing = prepare(message, settings(), false);
  const auto request = make_send_request(outgoing, settings(), 3, 1'700'000'000'000);
  EXPECT_EQ(request.code, 310);
  const auto header =
      remoting::decode_header<remoting::SendMessageRequestHeaderV2>(request).value().expand();
  EXPECT_EQ(header.producerGroup, "pg");
  EXPECT_EQ(header.topic, "T");
  EXPECT_EQ(header.defaultTopic, "TBW102");
  EXPECT_EQ(header.defaultTopicQueueNums, 4);
  EXPECT_EQ(header.queueId, 3);
  EXPECT_EQ(header.sysFlag, 0);
  EXPECT_EQ(header.bornTimestamp, 1'700'000'000'000);
  EXPECT_EQ(header.batch, false);
  EXPECT_EQ(find_property(*header.properties, "TAGS"), "TagA");
  EXPECT_EQ(request.body, "body");
}

TEST(SendRequest, GivesAMessageOneIdForEver) {
  Message message("T", "body");
  const std::string first = prepare(message, settings(), false).msg_id;
  EXPECT_EQ(first.size(), 32U);
  EXPECT_EQ(message.getProperty("UNIQ_KEY"), first);
  EXPECT_EQ(prepare(message, settings(), false).msg_id, first);
}

TEST(SendRequest, CompressesFromTheThresholdOnAndLeavesTheMessageItsBody) {
  Message small("T", std::string(4095, 'x'));
  EXPECT_EQ(prepare(small, settings(), false).sys_flag, 0);
  Message large("T", std::string(4096, 'x'));
  const OutgoingMessage outgoing = prepare(large, settings(), false);
  EXPECT_EQ(outgoing.sys_flag, sys_flag::compressed)
      << "without type bits, which old clients do not know";
  EXPECT_EQ(decompress(outgoing.body, CompressionType::ZLIB).value(), large.getBody());
  EXPECT_EQ(large.getBody().size(), 4096U);
}

TEST(SendRequest, CompressesByTheChosenTypeAndSaysSo) {
  ProducerSettings by_lz4 = settings();
  by_lz4.compress_type = CompressionType::LZ4;
  Message message("T", std::string(4096, 'x'));
  const OutgoingMessage outgoing = prepare(message, by_lz4, false);
  EXPECT_EQ(outgoing.sys_flag, 0x101);
  EXPECT_EQ(decompress(outgoing.body, CompressionType::LZ4).value(), message.getBody());
}

TEST(SendRequest, MovesRetryCountsFromThePropertiesIntoTheHeader) {
  Message message("%RETRY%g", "body");
  MessageAccess::put(message, "RECONSUME_TIME", "3");
  MessageAccess::put(message, "MAX_RECONSUME_TIMES", "16");
  const auto request = make_send_request(prepare(message, settings(), false), settings(), 0, 0);
  const auto header =
      remoting::decode_header<remoting::SendMessageRequestHeaderV2>(request).value().expand();
  EXPECT_EQ(header.reconsumeTimes, 3);
  EXPECT_EQ(header.maxReconsumeTimes, 16);
  EXPECT_FALSE(find_property(*header.properties, "RECONSUME_TIME"));
}

TEST(SendRequest, SendsABatchUnderItsOwnCode) {
  std::vector<Message> messages{Message("T", "a"), Message("T", "b")};
  const OutgoingMessage outgoing = prepare_batch(messages, ProducerSettings{});
  EXPECT_EQ(outgoing.msg_id,
            messages[0].getProperty("UNIQ_KEY") + "," + messages[1].getProperty("UNIQ_KEY"));
  EXPECT_EQ(make_send_request(outgoing, settings(), 0, 0).code, 320);
}

remoting::RemotingCommand answer(ResponseCode code) {
  remoting::RemotingCommand command;
  command.code = static_cast<std::int32_t>(code);
  encode_header(
      remoting::SendMessageResponseHeader{.msgId = "OFFSETID", .queueId = 2, .queueOffset = 9},
      command);
  return command;
}

TEST(SendAnswer, ReportsAnUnsafeStoreAsAStatusAndNotAsAFailure) {
  const OutgoingMessage message{.topic = "T", .msg_id = "ID"};
  const auto status = [&](ResponseCode code) {
    return read_send_answer(answer(code), message, "b", "1.2.3.4:5").value().getSendStatus();
  };
  EXPECT_EQ(status(ResponseCode::Success), SEND_OK);
  EXPECT_EQ(status(ResponseCode::FlushDiskTimeout), SEND_FLUSH_DISK_TIMEOUT);
  EXPECT_EQ(status(ResponseCode::FlushSlaveTimeout), SEND_FLUSH_SLAVE_TIMEOUT);
  EXPECT_EQ(status(ResponseCode::SlaveNotAvailable), SEND_SLAVE_NOT_AVAILABLE);
  const auto result =
      read_send_answer(answer(ResponseCode::Success), message, "b", "1.2.3.4:5").value();
  EXPECT_EQ(result.getMsgId(), "ID");
  EXPECT_EQ(result.getOffsetMsgId(), "OFFSETID");
  EXPECT_EQ(result.getMessageQueue(), MessageQueue("T", "b", 2));
  EXPECT_EQ(result.getQueueOffset(), 9);
}

TEST(SendAnswer, TriesAnotherBrokerAfterTheCodesThatMeanThisBroker) {
  const std::set<int> retried = ProducerSettings().retry_response_codes;
  for (const int code : {1, 14, 16, 17, 204, 205}) EXPECT_TRUE(retried.contains(code)) << code;
  for (const int code : {0, 2, 13, 26, 29, 215}) EXPECT_FALSE(retried.contains(code)) << code;
}

}  // namespace
}  // namespace rocketmq::client
