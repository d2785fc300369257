#include "pulls/judged_batch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/expr_engine.hpp"
#include "rocketmq/client/message/compression.hpp"
#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::filtersrv {
namespace {

/// What a filter was shown of one message.
struct Seen {
  std::string body;
  std::string message_id;
};

/// Gives the verdicts that a test wants, in turn.
class ScriptedFilter final : public Filter {
 public:
  explicit ScriptedFilter(std::vector<Verdict> verdicts) : verdicts_(std::move(verdicts)) {}
  Result<std::vector<Verdict>> match(std::span<const FilterMessage> messages) override {
    for (const FilterMessage& message : messages)
      seen.push_back({std::string(message.body), std::string(message.message_id)});
    return verdicts_;
  }

  std::vector<Seen> seen;

 private:
  const std::vector<Verdict> verdicts_;
};

class BrokenFilter final : public Filter {
 public:
  Result<std::vector<Verdict>> match(std::span<const FilterMessage>) override {
    return Error{ResponseCode::SystemError, "the worker is gone"};
  }
};

MessageRecord record_of(std::int64_t offset, std::string_view body, std::string_view properties) {
  MessageRecord record;
  record.queue_id = 3;
  record.flag = 9;
  record.queue_offset = offset;
  record.physical_offset = 1'000 + offset;
  record.born_timestamp_ms = 11;
  record.born_host = Endpoint::v4(10, 0, 0, 1, 4'000);
  record.store_timestamp_ms = 12;
  record.store_host = Endpoint::v4(10, 0, 0, 2, 10'911);
  record.reconsume_times = 2;
  record.body = body;
  record.body_crc = masked_crc32(body);
  record.topic = "TopicFilter7";
  record.properties = properties;
  return record;
}

std::string bytes_of(const MessageRecord& record) {
  std::string bytes(message_record::encoded_size(record), '\0');
  message_record::encode(record, bytes.data());
  return bytes;
}

std::string sequence(int id) { return encode_properties({{"SequenceId", std::to_string(id)}}); }

std::vector<MessageRecord> decode(const std::string& bytes) {
  auto records = message_record::decode_all(bytes, message_record::Check::BodyCrc);
  EXPECT_TRUE(records) << (records ? "" : records.error().remark);
  return records ? *records : std::vector<MessageRecord>();
}

TEST(JudgedBatch, HasTheWantedRecordsAsTheyCame) {
  ExprEngine engine;
  const auto filter = engine.compile({.text = "SequenceId % 3 = 0 AND SequenceId > 10"});
  ASSERT_TRUE(filter);
  std::string all;
  std::string wanted;
  for (int id = 0; id < 20; ++id) {
    const std::string properties = sequence(id);
    const std::string bytes = bytes_of(record_of(id, "body", properties));
    all += bytes;
    if (id % 3 == 0 && id > 10) wanted += bytes;
  }
  const auto judged = judge(**filter, all, {});
  ASSERT_TRUE(judged) << judged.error().remark;
  EXPECT_EQ(judged->body, wanted);
  EXPECT_EQ(judged->judged, 20);
  EXPECT_EQ(judged->delivered, 3);
  EXPECT_EQ(judged->failed, 0);
}

TEST(JudgedBatch, SkipsOrDeliversWhatTheFilterFailsOn) {
  const std::string properties = sequence(1);
  const std::string first = bytes_of(record_of(1, "a", properties));
  const std::string second = bytes_of(record_of(2, "b", properties));
  const std::string third = bytes_of(record_of(3, "c", properties));
  using enum Verdict;
  ScriptedFilter filter({kDeliver, kFailed, kDrop});
  const auto skipped = judge(filter, first + second + third, {});
  ASSERT_TRUE(skipped);
  EXPECT_EQ(skipped->body, first);
  EXPECT_EQ(skipped->failed, 1);
  const auto delivered =
      judge(filter, first + second + third, {.failed_messages = FailedMessages::Deliver});
  ASSERT_TRUE(delivered);
  EXPECT_EQ(delivered->body, first + second);
  EXPECT_EQ(delivered->delivered, 2);
  EXPECT_EQ(delivered->failed, 1);
}

TEST(JudgedBatch, IsNoneWhenTheFilterCouldNotJudge) {
  const std::string bytes = bytes_of(record_of(1, "a", ""));
  BrokenFilter broken;
  EXPECT_EQ(judge(broken, bytes, {}).error().remark, "the worker is gone");
  ScriptedFilter short_of_one({});
  EXPECT_FALSE(judge(short_of_one, bytes, {}));
  ScriptedFilter any({Verdict::kDeliver});
  EXPECT_FALSE(judge(any, bytes.substr(0, bytes.size() - 1), {})) << "not whole records";
}

TEST(JudgedBatch, EndsBeforeTheFirstMessageThatTheFilterHasNotJudged) {
  const std::string first = bytes_of(record_of(11, "a", ""));
  const std::string second = bytes_of(record_of(12, "b", ""));
  MessageRecord damaged = record_of(13, "no zlib stream", "");
  damaged.sys_flag = sys_flag::compressed;
  const std::string all =
      first + second + bytes_of(damaged) + bytes_of(record_of(14, "d", "")) + bytes_of(damaged);
  using enum Verdict;
  ScriptedFilter one({kDeliver});
  const auto judged_one = judge(one, all, {});
  ASSERT_TRUE(judged_one);
  EXPECT_EQ(judged_one->body, first);
  EXPECT_EQ(judged_one->next_offset, 12);
  EXPECT_EQ(judged_one->judged, 1);
  ScriptedFilter two({kDrop, kDeliver});
  const auto judged_two = judge(two, all, {});
  ASSERT_TRUE(judged_two);
  EXPECT_EQ(judged_two->body, second);
  EXPECT_EQ(judged_two->next_offset, 14) << "the damaged one before it has failed";
  EXPECT_EQ(judged_two->failed, 1);
  ScriptedFilter three({kDrop, kDrop, kDrop});
  const auto judged_all = judge(three, all, {});
  ASSERT_TRUE(judged_all);
  EXPECT_EQ(judged_all->next_offset, std::nullopt);
  EXPECT_EQ(judged_all->judged, 5);
}

TEST(JudgedBatch, ShowsDecompressedBodiesAndOffsetIds) {
  const std::string text = "a text that is compressed, compressed, compressed";
  const std::string packed = *client::compress(text, CompressionType::ZLIB, 5);
  MessageRecord record = record_of(5, packed, "");
  record.sys_flag = sys_flag::compressed;
  const std::string bytes = bytes_of(record);
  ScriptedFilter filter({Verdict::kDeliver});
  const auto judged = judge(filter, bytes, {});
  ASSERT_TRUE(judged);
  ASSERT_EQ(filter.seen.size(), 1U);
  EXPECT_EQ(filter.seen[0].body, text);
  EXPECT_EQ(filter.seen[0].message_id, "0A00000200002A9F00000000000003ED");
  EXPECT_EQ(judged->body, bytes) << "zlib is what old clients read";
}

TEST(JudgedBatch, CountsADamagedBodyAsAFailureOfThatMessage) {
  MessageRecord damaged = record_of(5, "no zlib stream", "");
  damaged.sys_flag = sys_flag::compressed;
  const std::string whole = bytes_of(record_of(6, "b", ""));
  ScriptedFilter filter({Verdict::kDeliver});
  const auto judged = judge(filter, bytes_of(damaged) + whole, {});
  ASSERT_TRUE(judged);
  EXPECT_EQ(judged->body, whole);
  EXPECT_EQ(judged->judged, 2);
  EXPECT_EQ(judged->failed, 1);
}

TEST(RecordLayout, TurnsWhatOldClientsDoNotKnowIntoWhatTheyDo) {
  const std::string text = "a text that is compressed, compressed, compressed";
  for (const auto type : {CompressionType::LZ4, CompressionType::ZSTD}) {
    const std::string packed = *client::compress(text, type, 5);
    MessageRecord record = record_of(5, packed, sequence(1));
    record.sys_flag = client::compression_flags(type) | sys_flag::transaction_commit;
    const std::string properties = sequence(1);
    record.properties = properties;
    ScriptedFilter filter({Verdict::kDeliver});
    const auto judged = judge(filter, bytes_of(record), {});
    ASSERT_TRUE(judged);
    const auto records = decode(judged->body);
    ASSERT_EQ(records.size(), 1U);
    MessageRecord expected = record_of(5, text, properties);
    expected.sys_flag = sys_flag::transaction_commit;
    EXPECT_EQ(judged->body, bytes_of(expected));
  }
}

TEST(RecordLayout, CompressesLargeBodiesWithZlib) {
  const std::string text(10'000, 'x');
  MessageRecord record = record_of(5, text, "");
  record.store_host = *Endpoint::parse("[fd00::1]:10911");
  ScriptedFilter filter({Verdict::kDeliver});
  const auto judged = judge(filter, bytes_of(record), {});
  ASSERT_TRUE(judged);
  const auto records = decode(judged->body);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].sys_flag, sys_flag::compressed | sys_flag::store_host_v6);
  EXPECT_LT(records[0].body.size(), 100U);
  EXPECT_EQ(*plain_body(records[0]), text);
  EXPECT_EQ(records[0].store_host, record.store_host);
  EXPECT_EQ(records[0].queue_offset, 5);
  EXPECT_EQ(records[0].physical_offset, 1'005);
  EXPECT_EQ(records[0].reconsume_times, 2);
}

/// A record whose body is that many bytes, as far as it is not compressed.
std::string packed_record(std::int64_t offset, std::size_t body_bytes) {
  const std::string packed =
      *client::compress(std::string(body_bytes, 'x'), CompressionType::ZSTD, 5);
  MessageRecord record = record_of(offset, packed, "");
  record.sys_flag = client::compression_flags(CompressionType::ZSTD);
  return bytes_of(record);
}

TEST(JudgedBatch, EndsBeforeABodyThatThereIsNoRoomFor) {
  constexpr std::size_t body_bytes = 40 * 1'024 * 1'024;
  ScriptedFilter filter({Verdict::kDeliver});
  const auto judged =
      judge(filter, packed_record(5, body_bytes) + packed_record(6, body_bytes), {});
  ASSERT_TRUE(judged);
  EXPECT_EQ(judged->judged, 1);
  EXPECT_EQ(judged->failed, 0) << "the second one is judged with the next pull";
  EXPECT_EQ(judged->next_offset, 6);
  EXPECT_EQ(decode(judged->body).size(), 1U);
}

TEST(RecordLayout, DecompressesNoMoreThanThereIsRoomForInABatch) {
  const std::string large = packed_record(5, 65 * 1'024 * 1'024);
  ScriptedFilter none({});
  const auto judged =
      judge(none, large + packed_record(6, 10), {.failed_messages = FailedMessages::Deliver});
  ASSERT_TRUE(judged);
  EXPECT_EQ(judged->failed, 1) << "its body was not shown to the filter";
  EXPECT_EQ(judged->body, large) << "it travels as it lies";
  EXPECT_EQ(judged->next_offset, 6);
}

TEST(RecordLayout, LeavesARecordAloneWhoseTopicHasALongName) {
  const std::string text(10'000, 'x');
  const std::string topic(200, 't');
  MessageRecord record = record_of(5, text, "");
  record.topic = topic;
  EXPECT_FALSE(needs_new_layout(record, {}));
}

}  // namespace
}  // namespace rocketmq::filtersrv
