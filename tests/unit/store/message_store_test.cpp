#include <fstream>
#include <map>
#include <thread>

#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/common/tags.hpp"
#include "store_fixture.hpp"

namespace rocketmq::store::test {
namespace {

using MessageStoreTest = StoreFixture;
using std::chrono::milliseconds;

TEST_F(MessageStoreTest, AMessageThatWasPutIsReadBackWithAllItsParts) {
  open();
  const PutResult stored =
      put(TestMessage{.topic = "TopicTest", .queue_id = 3, .body = "hello", .tags = "TagA"});
  ASSERT_EQ(stored.status, PutStatus::Ok) << stored.remark;
  EXPECT_EQ(stored.physical_offset, 0);
  EXPECT_EQ(stored.queue_offset, 0);
  EXPECT_EQ(stored.store_timestamp_ms, clock_.now_ms());
  store_->wait_until_dispatched();
  const GetResult got = store_->get({.topic = "TopicTest", .queue_id = 3, .queue_offset = 0});
  ASSERT_EQ(got.status, GetStatus::Found);
  ASSERT_EQ(got.records.size(), 1U);
  EXPECT_EQ(got.next_begin_offset, 1);
  EXPECT_EQ(got.max_offset, 1);
  const auto record = message_record::decode(got.records.front(), message_record::Check::BodyCrc);
  ASSERT_TRUE(record) << record.error().remark;
  EXPECT_EQ(record->body, "hello");
  EXPECT_EQ(record->topic, "TopicTest");
  EXPECT_EQ(record->queue_id, 3);
  EXPECT_EQ(record->flag, 7);
  EXPECT_EQ(record->born_host, Endpoint::v4(10, 0, 0, 1, 1234));
  EXPECT_EQ(record->store_host, Endpoint::v4(127, 0, 0, 1, 10911));
  EXPECT_EQ(find_property(record->properties, "TAGS"), "TagA");
}

TEST_F(MessageStoreTest, QueuesCountTheirOwnOffsetsAcrossManyFiles) {
  open();
  for (int i = 0; i < 1000; ++i) {
    const PutResult stored = put("TopicTest", i % 3, std::string(800, 'x') + std::to_string(i));
    ASSERT_EQ(stored.status, PutStatus::Ok);
    ASSERT_EQ(stored.queue_offset, i / 3);
  }
  EXPECT_GT(store_->figures().commit_log_max_offset, 3 * config_.mapped_file_size_commit_log);
  for (int queue = 0; queue < 3; ++queue) {
    const auto found = bodies("TopicTest", queue);
    ASSERT_EQ(found.size(), queue == 0 ? 334U : 333U);
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].substr(800), std::to_string(static_cast<int>(i) * 3 + queue));
    }
  }
}

TEST_F(MessageStoreTest, OnlyReadsForClientsAreCounted) {
  open();
  ASSERT_EQ(put(TestMessage{.topic = "TopicTest", .body = "hello"}).status, PutStatus::Ok);
  store_->wait_until_dispatched();
  for (const std::int64_t offset : {0, 1}) {
    (void)store_->get({.topic = "TopicTest", .queue_offset = offset});
    (void)store_->get({.topic = "Nothing", .queue_offset = offset});
  }
  EXPECT_EQ(store_->figures().get_found + store_->figures().get_missed, 0);

  for (const std::int64_t offset : {0, 1}) {
    (void)store_->get({.topic = "TopicTest", .queue_offset = offset, .is_for_client = true});
  }
  EXPECT_EQ(store_->figures().get_found, 1);
  EXPECT_EQ(store_->figures().get_messages, 1);
  EXPECT_EQ(store_->figures().get_missed, 1);
}

TEST_F(MessageStoreTest, AReadNeverMakesAQueue) {
  open();
  EXPECT_EQ(store_->get({.topic = "Nothing", .queue_offset = 0}).status,
            GetStatus::NoMatchedLogicQueue);
  EXPECT_EQ(store_->offset_by_timestamp("Nothing", 0, 0), 0);
  EXPECT_TRUE(store_->queues().empty());
}

TEST_F(MessageStoreTest, EveryOffsetOutsideTheQueueHasItsStatus) {
  open();
  for (int i = 0; i < 3; ++i) put("TopicTest", 0, "x");
  store_->wait_until_dispatched();
  const auto get = [&](std::int64_t offset) {
    return store_->get({.topic = "TopicTest", .queue_offset = offset});
  };
  EXPECT_EQ(get(-1).status, GetStatus::OffsetTooSmall);
  EXPECT_EQ(get(-1).next_begin_offset, 0);
  EXPECT_EQ(get(3).status, GetStatus::OffsetOverflowOne);
  EXPECT_EQ(get(3).next_begin_offset, 3);
  EXPECT_EQ(get(4).status, GetStatus::OffsetOverflowBadly);
  EXPECT_EQ(get(4).next_begin_offset, 3);
  EXPECT_STREQ(to_string(get(4).status), "OFFSET_OVERFLOW_BADLY");
}

TEST_F(MessageStoreTest, AGetStopsAtItsCountAndAtItsBytesButGivesOneMessageOfAnySize) {
  open();
  for (int i = 0; i < 3; ++i) put("TopicTest", 0, std::string(100'000, 'x'));
  store_->wait_until_dispatched();
  config_.max_transfer_bytes_on_message_in_memory = 150'000;
  EXPECT_EQ(store_->get({.topic = "TopicTest"}).records.size(), 1U);
  config_.max_transfer_bytes_on_message_in_memory = 50'000;
  EXPECT_EQ(store_->get({.topic = "TopicTest"}).records.size(), 1U);
  config_.max_transfer_bytes_on_message_in_memory = 1'000'000;
  EXPECT_EQ(store_->get({.topic = "TopicTest"}).records.size(), 3U);
  EXPECT_EQ(store_->get({.topic = "TopicTest", .count_max = 2}).records.size(), 2U);
}

class TagFilter final : public MessageFilter {
 public:
  explicit TagFilter(std::string_view tag) : code_(tags_code_of(tag)) {}
  bool matches_tags_code(std::int64_t code) const override { return code == code_; }

 private:
  std::int64_t code_;
};

TEST_F(MessageStoreTest, AFilterTakesItsTagAndSkipsTheOthers) {
  open();
  for (int i = 0; i < 9; ++i)
    put(TestMessage{.body = std::to_string(i), .tags = i % 3 == 0 ? "TagA" : "TagB"});
  store_->wait_until_dispatched();
  const TagFilter only_a("TagA");
  const GetResult got = store_->get({.topic = "TopicTest", .filter = &only_a});
  ASSERT_EQ(got.status, GetStatus::Found);
  EXPECT_EQ(got.records.size(), 3U);
  EXPECT_EQ(got.next_begin_offset, 9);
  const TagFilter none("TagC");
  const GetResult nothing = store_->get({.topic = "TopicTest", .filter = &none});
  EXPECT_EQ(nothing.status, GetStatus::NoMatchedMessage);
  EXPECT_EQ(nothing.next_begin_offset, 9);
}

TEST_F(MessageStoreTest, AGetThatFindsNothingEndsAfterEightHundredEntriesWhateverItAsksFor) {
  config_.mapped_file_size_consume_queue = 40'000;
  open();
  for (int i = 0; i < 1'000; ++i) put(TestMessage{.tags = "TagB", .wait_store_ok = false});
  store_->wait_until_dispatched();
  const TagFilter none("TagC");
  std::int64_t offset = 0;
  for (int gets = 0; gets < 4; ++gets) {
    const GetResult got = store_->get(
        {.topic = "TopicTest", .queue_offset = offset, .count_max = INT32_MAX, .filter = &none});
    EXPECT_EQ(got.status, GetStatus::NoMatchedMessage);
    EXPECT_LE(got.next_begin_offset - offset, 800);
    EXPECT_GT(got.next_begin_offset, offset);
    offset = got.next_begin_offset;
    if (offset == 1'000) return;
  }
  FAIL() << "at " << offset << " after four gets";
}

/// Takes nothing, and takes its time.
class SlowFilter final : public MessageFilter {
 public:
  explicit SlowFilter(ManualClock& clock) : clock_(clock) {}
  bool matches_tags_code(std::int64_t) const override { return true; }
  bool needs_record() const override { return true; }
  bool matches_record(const MessageRecord&) const override {
    clock_.advance(std::chrono::milliseconds(1));
    return false;
  }

 private:
  ManualClock& clock_;
};

TEST_F(MessageStoreTest, AGetWhoseFilterIsSlowEndsSoonAndTheNextOneContinues) {
  config_.mapped_file_size_consume_queue = 2'000;
  open();
  for (int i = 0; i < 20; ++i) put("TopicTest", 0, "x");
  store_->wait_until_dispatched();
  const SlowFilter slow(clock_);
  const GetResult got = store_->get({.topic = "TopicTest", .filter = &slow});
  EXPECT_EQ(got.status, GetStatus::NoMatchedMessage);
  EXPECT_EQ(got.next_begin_offset, 4);
  const GetResult next = store_->get({.topic = "TopicTest", .queue_offset = 4, .filter = &slow});
  EXPECT_EQ(next.next_begin_offset, 8);
}

TEST_F(MessageStoreTest, APutBatchIsWrittenByOneCallAndAnswersAtItsEnd) {
  open();
  std::vector<PutResult> results;
  std::vector<TestMessage> messages(40);
  {
    PutBatch batch(*store_);
    for (TestMessage& message : messages)
      store_->put(message.to_put(), &batch,
                  [&](const PutResult& result) { results.push_back(result); });
    EXPECT_TRUE(results.empty());
    EXPECT_EQ(store_->figures().commit_log_max_offset, 0);
  }
  ASSERT_EQ(results.size(), 40U);
  for (std::size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].status, PutStatus::Ok);
    EXPECT_EQ(results[i].queue_offset, static_cast<std::int64_t>(i));
  }
  EXPECT_EQ(bodies("TopicTest", 0).size(), 40U);
}

TEST_F(MessageStoreTest, ManyThreadsWithBatchesKeepEachQueuesOrder) {
  open();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int round = 0; round < 50; ++round) {
        std::vector<TestMessage> messages(10);
        PutBatch batch(*store_);
        for (int i = 0; i < 10; ++i) {
          messages[static_cast<std::size_t>(i)].queue_id = t;
          messages[static_cast<std::size_t>(i)].body = std::to_string(round * 10 + i);
          store_->put(messages[static_cast<std::size_t>(i)].to_put(), &batch,
                      [](const PutResult& result) { ASSERT_EQ(result.status, PutStatus::Ok); });
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int t = 0; t < 4; ++t) {
    const auto found = bodies("TopicTest", t);
    ASSERT_EQ(found.size(), 500U);
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], std::to_string(i));
  }
}

TEST_F(MessageStoreTest, ABatchGetsConsecutiveOffsetsAndTheRequestsProperties) {
  open();
  TestMessage message;
  message.body = batch_entry("one", "KEYS\x01k1", 5) + batch_entry("two", "KEYS\x01k2\x02") +
                 batch_entry("", "");
  message.properties =
      "CLUSTER\x01"
      "c\x02";
  std::optional<PutResult> stored;
  store_->put_batch(message.to_put(), [&](const PutResult& result) { stored = result; });
  ASSERT_TRUE(stored);
  ASSERT_EQ(stored->status, PutStatus::Ok) << stored->remark;
  ASSERT_EQ(stored->batch_physical_offsets.size(), 3U);
  EXPECT_EQ(stored->batch_physical_offsets[0], stored->physical_offset);
  store_->wait_until_dispatched();
  const GetResult got = store_->get({.topic = "TopicTest"});
  ASSERT_EQ(got.records.size(), 3U);
  const auto first = message_record::decode(got.records[0], message_record::Check::BodyCrc);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->flag, 5);
  EXPECT_EQ(first->body, "one");
  EXPECT_EQ(first->properties,
            "KEYS\x01k1\x02"
            "CLUSTER\x01"
            "c\x02");
  const auto second = message_record::decode(got.records[1], message_record::Check::BodyCrc);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->properties,
            "KEYS\x01k2\x02"
            "CLUSTER\x01"
            "c\x02");
  EXPECT_EQ(second->physical_offset, stored->batch_physical_offsets[1]);
}

TEST_F(MessageStoreTest, ABatchCutAtAnyByteIsRefusedAndStoresNothing) {
  open();
  const std::string body = batch_entry("one", "KEYS\x01k1\x02") + batch_entry("two", "");
  const std::size_t boundary = batch_entry("one", "KEYS\x01k1\x02").size();
  for (std::size_t length = 0; length < body.size(); ++length) {
    if (length == boundary) continue;
    TestMessage message{.body = body.substr(0, length)};
    std::optional<PutResult> stored;
    store_->put_batch(message.to_put(), [&](const PutResult& result) { stored = result; });
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->status, PutStatus::MessageIllegal) << length;
  }
  EXPECT_EQ(store_->figures().commit_log_max_offset, 0);
}

TEST_F(MessageStoreTest, WhatIsTooLongOrNamedWronglyIsRefused) {
  open();
  config_.max_message_size = 1000;
  EXPECT_EQ(put(TestMessage{.body = std::string(1001, 'x')}).status, PutStatus::MessageIllegal);
  EXPECT_EQ(put(TestMessage{.topic = "../../etc"}).status, PutStatus::MessageIllegal);
  EXPECT_EQ(put(TestMessage{.topic = ""}).status, PutStatus::MessageIllegal);
  EXPECT_EQ(put(TestMessage{.topic = std::string(128, 't')}).status, PutStatus::MessageIllegal);
  EXPECT_EQ(put(TestMessage{.queue_id = -1}).status, PutStatus::MessageIllegal);
  EXPECT_EQ(put(TestMessage{.properties = std::string(32'768, 'p')}).status,
            PutStatus::PropertiesSizeExceeded);
  config_.max_message_size = 1'000'000;
  EXPECT_EQ(put(TestMessage{.body = std::string(262'140, 'x')}).status, PutStatus::MessageIllegal);
  EXPECT_EQ(store_->figures().commit_log_max_offset, 0);
  EXPECT_TRUE(store_->queues().empty());
}

TEST_F(MessageStoreTest, ASlaveAndAStoppedStoreRefuse) {
  config_.broker_role = BrokerRole::Slave;
  open();
  EXPECT_EQ(put(TestMessage{}).status, PutStatus::ServiceNotAvailable);
  EXPECT_FALSE(store_->figures().writable);
  store_->shutdown();
  const PutResult refused = put(TestMessage{});
  EXPECT_EQ(refused.status, PutStatus::ServiceNotAvailable);
  EXPECT_THAT(refused.remark, ::testing::HasSubstr("shut down"));
}

TEST_F(MessageStoreTest, AnAsyncMasterDoesNotRunAwayFromASlaveInStep) {
  config_.async_slave_lag_max_bytes = 1'000;
  open();
  int answered = 0;
  const auto send = [&](bool wait_store_ok) {
    TestMessage message{.body = std::string(700, 'x'), .wait_store_ok = wait_store_ok};
    store_->put(message.to_put(), nullptr, [&](const PutResult& result) {
      EXPECT_EQ(result.status, PutStatus::Ok);
      ++answered;
    });
  };
  const auto slave_at = [&](std::int64_t end) { store_->slaves_at({&end, 1}); };
  send(true);
  send(true);
  EXPECT_EQ(answered, 2) << "there is no slave";
  slave_at(store_->log_bounds().end);
  send(true);
  EXPECT_EQ(answered, 3) << "it is near enough";
  const std::int64_t end = store_->log_bounds().end;
  send(true);
  EXPECT_EQ(answered, 3);
  send(false);
  EXPECT_EQ(answered, 4) << "its sender has said that it does not want to wait";
  EXPECT_EQ(store_->figures().paced_puts, 1);
  slave_at(end);
  EXPECT_EQ(answered, 5);
}

TEST_F(MessageStoreTest, PreparedAndRolledBackRecordsAreInNoQueue) {
  open();
  const PutResult prepared =
      put(TestMessage{.body = "half", .sys_flag = sys_flag::transaction_prepared});
  EXPECT_EQ(prepared.status, PutStatus::Ok);
  EXPECT_EQ(prepared.queue_offset, 0);
  EXPECT_EQ(
      put(TestMessage{.body = "back", .sys_flag = sys_flag::transaction_rollback}).queue_offset, 0);
  EXPECT_EQ(
      put(TestMessage{.body = "commit", .sys_flag = sys_flag::transaction_commit}).queue_offset, 0);
  EXPECT_EQ(put(TestMessage{.body = "plain"}).queue_offset, 1);
  EXPECT_EQ(bodies("TopicTest", 0), (std::vector<std::string>{"commit", "plain"}));
  EXPECT_TRUE(store_->message_at(prepared.physical_offset));
}

TEST_F(MessageStoreTest, ADelayedMessagesUnitCarriesItsDeliveryTime) {
  open();
  std::vector<std::int64_t> codes;
  store_.reset();
  auto opened = DefaultMessageStore::open(config_, clock_, FileSystem::real());
  ASSERT_TRUE(opened);
  store_ = std::move(*opened);
  store_->on_message_arriving(
      [&](const MessageArrival& arrival) { codes.push_back(arrival.tags_code); });
  ASSERT_TRUE(store_->start());
  for (const char* level : {"1", "3", "99"}) {
    TestMessage message{.topic = "SCHEDULE_TOPIC_XXXX", .queue_id = 2};
    append_property(message.properties, property::delay_level, level);
    put(message);
  }
  store_->wait_until_dispatched();
  EXPECT_EQ(codes, (std::vector<std::int64_t>{clock_.now_ms() + 1'000, clock_.now_ms() + 10'000,
                                              clock_.now_ms() + 7'200'000}));
}

TEST_F(MessageStoreTest, TheListenerHearsEveryMessageInOrderOnceItCanBeRead) {
  auto opened = DefaultMessageStore::open(config_, clock_, FileSystem::real());
  ASSERT_TRUE(opened);
  store_ = std::move(*opened);
  std::vector<std::int64_t> offsets;
  bool all_readable = true;
  store_->on_message_arriving([&](const MessageArrival& arrival) {
    offsets.push_back(arrival.queue_offset);
    all_readable =
        all_readable &&
        store_->queue_bounds(arrival.topic, arrival.queue_id).max_offset > arrival.queue_offset;
  });
  ASSERT_TRUE(store_->start());
  for (int i = 0; i < 100; ++i) put("TopicTest", 0, "x");
  store_->wait_until_dispatched();
  ASSERT_EQ(offsets.size(), 100U);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(offsets[i], static_cast<std::int64_t>(i));
  EXPECT_TRUE(all_readable);
}

TEST_F(MessageStoreTest, OffsetsByTimeAreTheNearestAndTheEarlierOneOfTwoEquallyNear) {
  open();
  const std::int64_t begin = clock_.now_ms();
  for (int i = 0; i < 30; ++i) {
    put("TopicTest", 0, "x");
    clock_.advance(milliseconds(100));
  }
  store_->wait_until_dispatched();
  const auto offset_at = [&](std::int64_t ms) {
    return store_->offset_by_timestamp("TopicTest", 0, ms);
  };
  EXPECT_EQ(offset_at(0), 0);
  EXPECT_EQ(offset_at(begin + 1000), 10);
  EXPECT_EQ(offset_at(begin + 1049), 10);
  EXPECT_EQ(offset_at(begin + 1050), 10);
  EXPECT_EQ(offset_at(begin + 1051), 11);
  EXPECT_EQ(offset_at(begin + 1'000'000), 29);
  EXPECT_EQ(store_->store_time_of("TopicTest", 0, 7), begin + 700);
  EXPECT_EQ(store_->earliest_store_time("TopicTest", 0), begin);
  EXPECT_EQ(store_->store_time_of("TopicTest", 0, 30), -1);
}

TEST_F(MessageStoreTest, StoreTimesFollowTheClockAlsoBackAndAfterARestart) {
  open();
  const std::int64_t right_ms = clock_.now_ms();
  clock_.set_wall(right_ms + 3'600'000);
  EXPECT_EQ(put(TestMessage{}).store_timestamp_ms, right_ms + 3'600'000);
  clock_.set_wall(right_ms);
  EXPECT_EQ(put(TestMessage{}).store_timestamp_ms, right_ms);
  clock_.set_wall(right_ms + 3'600'000);
  put(TestMessage{});
  stop();
  clock_.set_wall(right_ms + 1);
  open();
  EXPECT_EQ(put(TestMessage{}).store_timestamp_ms, right_ms + 1);
  kill();
  open();
  EXPECT_EQ(put(TestMessage{}).store_timestamp_ms, right_ms + 1);
}

TEST_F(MessageStoreTest, KeysAreFoundWhereverTheClockWasSet) {
  open();
  const std::int64_t right_ms = clock_.now_ms();
  // Over several index files: right, an hour ahead, an hour behind, right.
  const std::vector<std::int64_t> shifts_ms{0, 3'600'000, -3'600'000, 0};
  for (std::size_t part = 0; part < shifts_ms.size(); ++part) {
    clock_.set_wall(right_ms + shifts_ms[part] + 10'000 * static_cast<std::int64_t>(part));
    for (int i = 0; i < 50; ++i) {
      const std::string key = std::to_string(part) + "-" + std::to_string(i);
      put(TestMessage{.body = key, .keys = key + " all" + std::to_string(part)});
    }
  }
  const auto check = [&] {
    for (std::size_t part = 0; part < shifts_ms.size(); ++part) {
      const std::int64_t at = right_ms + shifts_ms[part] + 10'000 * static_cast<std::int64_t>(part);
      for (int i = 0; i < 50; ++i) {
        const std::string key = std::to_string(part) + "-" + std::to_string(i);
        EXPECT_EQ(store_->query("TopicTest", key, 32, at - 1'000, at + 1'000).messages.size(), 1U);
        EXPECT_EQ(store_->query("TopicTest", key, 32, 0, at).messages.size(), 1U);
        EXPECT_EQ(store_->query("TopicTest", key, 32, at, INT64_MAX).messages.size(), 1U);
        EXPECT_TRUE(store_->query("TopicTest", key, 32, at + 2'000, INT64_MAX).messages.empty());
        EXPECT_TRUE(store_->query("TopicTest", key, 32, 0, at - 2'000).messages.empty());
      }
      const auto all =
          store_->query("TopicTest", "all" + std::to_string(part), 64, at - 1'000, at + 1'000);
      EXPECT_EQ(all.messages.size(), 50U);
    }
  };
  store_->wait_until_dispatched();
  check();
  const auto index_files = [&] {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(config_.index_path()))
      names.push_back(entry.path().filename());
    return names;
  };
  const auto before = index_files();
  EXPECT_GT(before.size(), 3U);
  stop();
  open();
  check();
  EXPECT_THAT(index_files(), ::testing::UnorderedElementsAreArray(before))
      << "a start does not make them again";
}

TEST_F(MessageStoreTest, CopiesBehindAPositionAreFoundWhateverTheirTime) {
  open();
  const std::int64_t right_ms = clock_.now_ms();
  std::vector<std::int64_t> positions;
  for (const std::int64_t shift_ms : {3'600'000, 0, -3'600'000}) {
    clock_.set_wall(right_ms + shift_ms);
    positions.push_back(put(TestMessage{.keys = "k"}).physical_offset);
    // So that each is in an index file of its own.
    for (int i = 0; i < 70; ++i) put(TestMessage{.keys = "other"});
  }
  store_->wait_until_dispatched();
  const auto found_behind = [&](std::int64_t position) {
    std::vector<std::int64_t> found;
    for (const auto& message : store_->query_behind("TopicTest", "k", 64, position).messages)
      found.push_back(message.record.physical_offset);
    return found;
  };
  EXPECT_EQ(found_behind(-1), positions);
  EXPECT_EQ(found_behind(positions[0]), std::vector(positions.begin() + 1, positions.end()));
  EXPECT_EQ(found_behind(positions[1]), std::vector(positions.begin() + 2, positions.end()));
  EXPECT_TRUE(found_behind(positions[2]).empty());
}

TEST_F(MessageStoreTest, ACopyMayBeLargerThanTheLimitForWhatIsSent) {
  open();
  TestMessage large{.body = std::string(1'000, 'L')};
  config_.max_message_size = 100;
  EXPECT_EQ(put(large).status, PutStatus::MessageIllegal);
  auto copy = large.to_put();
  copy.is_copy = true;
  EXPECT_EQ(store_->put_and_wait(copy).status, PutStatus::Ok);
}

TEST_F(MessageStoreTest, AFilterCanEndAGetBeforeAUnit) {
  open();
  for (const char* tag : {"A", "A", "B", "A"}) put(TestMessage{.body = tag, .tags = tag});
  store_->wait_until_dispatched();
  struct UntilB final : MessageFilter {
    mutable bool seen = false;
    bool matches_tags_code(std::int64_t code) const override {
      seen = code == tags_code_of("B");
      return !seen;
    }
    bool ends_get() const override { return seen; }
  };
  const UntilB filter;
  const auto from = [&](std::int64_t offset) {
    return store_->get({.topic = "TopicTest", .queue_offset = offset, .filter = &filter});
  };
  EXPECT_EQ(from(0).records.size(), 2U);
  EXPECT_EQ(from(0).next_begin_offset, 2);
  EXPECT_EQ(from(2).status, GetStatus::NoMatchedMessage);
  EXPECT_EQ(from(2).next_begin_offset, 2);
  EXPECT_EQ(from(3).records.size(), 1U);
}

TEST_F(MessageStoreTest, OnlyTheBeginningOfARecordIsAMessagesPlace) {
  open();
  // A body that holds what looks like a record at its own place.
  MessageRecord fake{.queue_id = 0,
                     .queue_offset = 0,
                     .physical_offset = 88,
                     .body = "fake",
                     .topic = "TopicTest"};
  fake.body_crc = masked_crc32(fake.body);
  std::string body(message_record::encoded_size(fake), '\0');
  message_record::encode(fake, body.data());
  const PutResult stored = put(TestMessage{.body = body});
  store_->wait_until_dispatched();
  for (std::int64_t offset = -3; offset < stored.size_bytes + 3; ++offset)
    EXPECT_EQ(store_->message_at(offset).has_value(), offset == 0) << offset;
  EXPECT_FALSE(store_->message_at(INT64_MAX));
  EXPECT_FALSE(store_->message_at(INT64_MIN));
}

TEST_F(MessageStoreTest, MessagesAreFoundByKeyAcrossIndexFiles) {
  open();
  for (int i = 0; i < 100; ++i)
    put(TestMessage{.body = std::to_string(i), .keys = "k" + std::to_string(i) + " all"});
  store_->wait_until_dispatched();
  const auto one = store_->query("TopicTest", "k42", 32, 0, INT64_MAX);
  ASSERT_EQ(one.messages.size(), 1U);
  EXPECT_EQ(one.messages.front().record.body, "42");
  EXPECT_EQ(store_->query("TopicTest", "all", 64, 0, INT64_MAX).messages.size(), 64U);
  EXPECT_EQ(store_->query("TopicTest", "all", 10, 0, INT64_MAX).messages.size(), 10U);
  EXPECT_TRUE(store_->query("TopicTest", "none", 10, 0, INT64_MAX).messages.empty());
  EXPECT_TRUE(
      store_->query("TopicTest", "k42", 10, clock_.now_ms() + 5000, INT64_MAX).messages.empty());
}

TEST_F(MessageStoreTest, EntriesOfAQueueAreListedWithoutTheirMessages) {
  open();
  const PutResult first = put(TestMessage{.tags = "A"});
  const PutResult second = put(TestMessage{.tags = "B"});
  store_->wait_until_dispatched();
  const auto units = store_->units("TopicTest", 0, 0, 10);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[0].physical_offset, first.physical_offset);
  EXPECT_EQ(units[0].size, first.size_bytes);
  EXPECT_EQ(units[0].tags_code, 'A');
  EXPECT_EQ(units[1].physical_offset, second.physical_offset);
  EXPECT_EQ(store_->units("TopicTest", 0, 1, 1).size(), 1U);
  EXPECT_TRUE(store_->units("TopicTest", 0, 2, 10).empty());
  EXPECT_TRUE(store_->units("TopicTest", 0, INT64_MAX, 10).empty());
  EXPECT_TRUE(store_->units("TopicTest", 0, 0, -1).empty());
  EXPECT_TRUE(store_->units("TopicTest", 9, 0, 10).empty());
}

TEST_F(MessageStoreTest, QueuesCountWhatComesSinceTheStoreWasOpened) {
  open();
  std::int64_t bytes = put("T", 0, "one").size_bytes;
  bytes += put("T", 0, "second").size_bytes;
  put("T", 1, "third");
  put("U", 0, "other");
  store_->wait_until_dispatched();
  std::map<QueueId, QueueCount> counts;
  for (const auto& [queue, count] : store_->queue_counts()) counts.emplace(queue, count);
  EXPECT_EQ(counts.size(), 3U);
  EXPECT_EQ(counts.at({"T", 0}).messages, 2);
  EXPECT_EQ(counts.at({"T", 0}).bytes, bytes);
  EXPECT_EQ(counts.at({"T", 1}).messages, 1);
  EXPECT_EQ(counts.at({"U", 0}).messages, 1);
  stop();
  open();
  EXPECT_TRUE(store_->queue_counts().empty());
}

TEST_F(MessageStoreTest, AGetTellsHowFarBehindTheEndOfTheLogItHasRead) {
  open();
  const std::int64_t first = put("T", 0, "one").size_bytes;
  const std::int64_t other = put("U", 0, "of another topic").size_bytes;
  const std::int64_t second = put("T", 0, "two").size_bytes;
  store_->wait_until_dispatched();
  EXPECT_GT(first, 0);
  EXPECT_EQ(store_->get({.topic = "T", .queue_offset = 0, .count_max = 1}).bytes_behind,
            other + second);
  EXPECT_EQ(store_->get({.topic = "T", .queue_offset = 0, .count_max = 2}).bytes_behind, 0);
  EXPECT_EQ(store_->get({.topic = "U", .queue_offset = 0, .count_max = 2}).bytes_behind, second);
}

TEST_F(MessageStoreTest, EveryPutThatIsTakenIsTimed) {
  open();
  put("T", 0, "alone");
  {
    PutBatch batch(*store_);
    TestMessage message;
    for (int i = 0; i < 3; ++i) store_->put(message.to_put(), &batch, [](const PutResult&) {});
  }
  EXPECT_EQ(store_->figures().put_times.total(), 4);
  stop();
  config_.flush_disk_type = FlushDiskType::SyncFlush;
  open();
  put("T", 0, "flushed");
  EXPECT_EQ(store_->figures().put_times.total(), 1);
}

TEST_F(MessageStoreTest, ADeletedTopicBeginsAnewAndStaysDeletedAfterAKill) {
  open();
  for (int i = 0; i < 25; ++i) put("Gone", 0, "old" + std::to_string(i));
  put("Kept", 0, "kept");
  store_->wait_until_dispatched();
  store_->delete_topic("Gone");
  EXPECT_EQ(store_->queues(), (std::vector<QueueId>{{"Kept", 0}}));
  EXPECT_EQ(put("Gone", 0, "new").queue_offset, 0);
  EXPECT_EQ(bodies("Gone", 0), (std::vector<std::string>{"new"}));
  kill();
  open();
  EXPECT_EQ(bodies("Gone", 0), (std::vector<std::string>{"new"}));
  EXPECT_EQ(bodies("Kept", 0), (std::vector<std::string>{"kept"}));
}

TEST_F(MessageStoreTest, ASecondStoreOnTheSameDirectoryIsRefused) {
  open();
  const auto second = DefaultMessageStore::open(config_, clock_, FileSystem::real());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().remark, ::testing::HasSubstr("Lock failed,MQ already started"));
}

TEST_F(MessageStoreTest, SendsAReaderBehindTheEndOfATopicThatWasMadeAgainToItsBeginning) {
  open();
  for (int i = 0; i < 25; ++i) put("T", 0, "old");
  put("Kept", 0, "kept");
  store_->wait_until_dispatched();
  store_->delete_topic("T");
  put("T", 0, "new");
  store_->wait_until_dispatched();
  EXPECT_EQ(store_->get({.topic = "T", .queue_offset = 25}).next_begin_offset, 0);
  EXPECT_EQ(store_->get({.topic = "Kept", .queue_offset = 25}).next_begin_offset, 1);
}

}  // namespace
}  // namespace rocketmq::store::test
