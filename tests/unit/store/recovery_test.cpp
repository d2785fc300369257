// Restarts: after an orderly stop, after a kill, and after damage of every kind.

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "commit_log_recovery.hpp"
#include "faulty_file_system.hpp"
#include "store_fixture.hpp"

namespace rocketmq::store::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class RecoveryTest : public StoreFixture {
 protected:
  ~RecoveryTest() override { store_.reset(); }

  fs::path root() const { return config_.store_path_root_dir; }
  fs::path log_file(std::int64_t number = 0) const {
    std::ostringstream name;
    name.width(20);
    name.fill('0');
    name << number * config_.mapped_file_size_commit_log;
    return root() / "commitlog" / name.str();
  }

  static std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// The first or the last file there, by name.
  static fs::path files_in(const fs::path& directory, bool first) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(directory)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return first ? files.front() : files.back();
  }
  static void write_at(const fs::path& path, std::int64_t position, std::string_view bytes) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    ASSERT_TRUE(file.is_open()) << path;
    file.seekp(position);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  void expect_numbers(std::string_view topic, std::int32_t queue_id, int count) {
    const auto found = bodies(topic, queue_id);
    ASSERT_EQ(found.size(), static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
      ASSERT_EQ(found[static_cast<std::size_t>(i)], std::to_string(i));
  }

  rocketmq::test::FaultyFileSystem disk_;
};

TEST_F(RecoveryTest, AfterAnOrderlyStopEverythingIsThereAndTheNumberingGoesOn) {
  open();
  for (int i = 0; i < 300; ++i)
    put(TestMessage{.body = std::to_string(i), .keys = "k" + std::to_string(i)});
  const std::int64_t end = store_->figures().commit_log_max_offset;
  stop();
  EXPECT_FALSE(fs::exists(root() / "abort"));
  open();
  EXPECT_TRUE(fs::exists(root() / "abort"));
  EXPECT_EQ(store_->figures().commit_log_max_offset, end);
  expect_numbers("TopicTest", 0, 300);
  EXPECT_EQ(store_->query("TopicTest", "k17", 10, 0, INT64_MAX).messages.size(), 1U);
  EXPECT_EQ(put("TopicTest", 0, "300").queue_offset, 300);
}

TEST_F(RecoveryTest, AfterAKillNothingThatWasAnsweredIsMissingOrThereTwice) {
  for (int round = 0; round < 8; ++round) {
    open();
    for (int i = 0; i < 100; ++i) {
      const int number = round * 100 + i;
      ASSERT_EQ(
          put(TestMessage{.body = std::to_string(number), .keys = "k" + std::to_string(number)})
              .queue_offset,
          number);
      if (round % 3 == 1 && i == 50) {
        ASSERT_TRUE(store_->checkpoint());
      }
    }
    if (round % 2 == 0) store_->wait_until_dispatched();
    kill();
  }
  open();
  expect_numbers("TopicTest", 0, 800);
  for (int i = 0; i < 800; ++i)
    ASSERT_EQ(store_->query("TopicTest", "k" + std::to_string(i), 10, 0, INT64_MAX).messages.size(),
              1U)
        << i;
}

TEST_F(RecoveryTest, ALastRecordCutAtAnyByteIsLeftOutWholly) {
  open();
  put("TopicTest", 0, "0");
  put("TopicTest", 0, "1");
  const PutResult last = put(TestMessage{.body = "2", .tags = "TagA", .keys = "k"});
  kill();
  const std::string whole = read_file(log_file());
  for (std::int64_t cut = 0; cut < last.size_bytes; ++cut) {
    write_at(log_file(), last.physical_offset,
             std::string(static_cast<std::size_t>(last.size_bytes), '\0'));
    write_at(log_file(), last.physical_offset,
             whole.substr(static_cast<std::size_t>(last.physical_offset),
                          static_cast<std::size_t>(cut)));
    open();
    const auto found = bodies("TopicTest", 0);
    ASSERT_EQ(found, (std::vector<std::string>{"0", "1"})) << "cut at " << cut;
    ASSERT_EQ(store_->figures().commit_log_max_offset, last.physical_offset);
    kill();
  }
}

TEST_F(RecoveryTest, AFlippedBitInTheUnfinishedPartCutsThereAndKeepsACopyOfWhatFollowed) {
  open();
  std::vector<PutResult> stored;
  for (int i = 0; i < 10; ++i) stored.push_back(put("TopicTest", 0, std::to_string(i)));
  kill();
  const std::string whole = read_file(log_file());
  for (int bit = 0; bit < 8 * 91; bit += 5) {
    const auto at = static_cast<std::size_t>(stored[6].physical_offset + bit / 8);
    std::string flipped(1, static_cast<char>(whole[at] ^ (1 << bit % 8)));
    write_at(log_file(), static_cast<std::int64_t>(at), flipped);
    open();
    const auto found = bodies("TopicTest", 0);
    // A bit that no check of the format covers (a flag, a time, a host) changes nothing, one of the
    // queue's number moves the message elsewhere; any other ends the log there.
    ASSERT_TRUE(found.size() == 6 || found.size() == 9 || found.size() == 10)
        << "bit " << bit << ": " << found.size();
    ASSERT_TRUE(std::is_sorted(found.begin(), found.end()));
    ASSERT_EQ(found.front(), "0");
    if (found.size() == 6) {
      ASSERT_TRUE(fs::exists(root() / "rescued" /
                             log_file(0).filename().string().replace(
                                 20 - std::to_string(stored[6].physical_offset).size(),
                                 std::string::npos, std::to_string(stored[6].physical_offset))));
    }
    kill();
    write_at(log_file(), 0, whole);
    fs::remove_all(root() / "consumequeue");
    fs::remove_all(root() / "checkpoint");
    fs::remove_all(root() / "index");
  }
}

TEST_F(RecoveryTest, WhatWasCutDoesNotComeBackWhenTheLogGrowsOverIt) {
  open(disk_);
  put("TopicTest", 0, "0");
  const PutResult torn = put("TopicTest", 0, "1");
  put("TopicTest", 0, "stale");
  put("TopicTest", 0, "stale too");
  ASSERT_TRUE(disk_.sync_all(root()));
  kill();
  write_at(log_file(), torn.physical_offset + 8, "xxxx");
  // With the power gone in between, the damage may be a page that was not written.
  disk_.lose_power();
  open(disk_);
  EXPECT_EQ(put("TopicTest", 0, "2").physical_offset, torn.physical_offset);
  kill();
  open(disk_);
  EXPECT_EQ(bodies("TopicTest", 0), (std::vector<std::string>{"0", "2"}));
}

TEST_F(RecoveryTest, ARecordAtAForeignPlaceIsNoRecord) {
  open();
  const PutResult first = put("TopicTest", 0, "0");
  kill();
  // The bytes of the first record once more, behind it: good but for their position.
  const std::string record =
      read_file(log_file()).substr(0, static_cast<std::size_t>(first.size_bytes));
  write_at(log_file(), first.size_bytes, record);
  open();
  EXPECT_EQ(store_->figures().commit_log_max_offset, first.size_bytes);
  EXPECT_EQ(bodies("TopicTest", 0).size(), 1U);
}

TEST_F(RecoveryTest, LostQueueFilesAreMadeAgainFromTheLog) {
  for (const bool orderly : {true, false}) {
    open();
    const auto before = store_->queue_bounds("TopicTest", 1).max_offset;
    for (int i = 0; i < 60; ++i) put("TopicTest", i % 2, std::to_string(before + i / 2));
    ASSERT_TRUE(store_->checkpoint());
    if (orderly)
      stop();
    else
      kill();
    fs::remove_all(root() / "consumequeue" / "TopicTest" / "1");
    open();
    expect_numbers("TopicTest", 1, static_cast<int>(before) + 30);
    expect_numbers("TopicTest", 0, static_cast<int>(before) + 30);
  }
}

TEST_F(RecoveryTest, AQueueFileMissingInTheMiddleIsNoticed) {
  open();
  for (int i = 0; i < 60; ++i) put("TopicTest", 0, std::to_string(i));
  stop();
  fs::remove(root() / "consumequeue" / "TopicTest" / "0" / "00000000000000000400");
  open();
  expect_numbers("TopicTest", 0, 60);
}

TEST_F(RecoveryTest, AQueueFileOfAnotherLengthIsMadeAgainFromTheLog) {
  for (const bool orderly : {true, false}) {
    for (const bool first : {true, false}) {
      for (const std::uintmax_t bytes : {0U, 10U, 100U, 300U}) {
        SCOPED_TRACE(std::string(first ? "first" : "last") + " file, " + std::to_string(bytes) +
                     " bytes, " + (orderly ? "stopped" : "killed"));
        fs::remove_all(root());
        open();
        for (int i = 0; i < 57; ++i) put("TopicTest", 0, std::to_string(i));
        store_->wait_until_dispatched();
        ASSERT_TRUE(store_->checkpoint());
        if (orderly)
          stop();
        else
          kill();
        fs::resize_file(files_in(root() / "consumequeue/TopicTest/0", first), bytes);
        open();
        expect_numbers("TopicTest", 0, 57);
        EXPECT_EQ(put("TopicTest", 0, "57").queue_offset, 57);
      }
    }
  }
}

TEST_F(RecoveryTest, TheOnlyQueueFileCutShortIsNotMistakenForAnotherConfiguration) {
  open();
  for (int i = 0; i < 5; ++i) put("TopicTest", 0, std::to_string(i));
  stop();
  fs::resize_file(root() / "consumequeue/TopicTest/0/00000000000000000000", 40);
  open();
  expect_numbers("TopicTest", 0, 5);
}

TEST_F(RecoveryTest, TheOnlyLogFileCutShortKeepsWhatIsLeftOfIt) {
  open();
  for (int i = 0; i < 4; ++i) put("TopicTest", 0, std::to_string(i));
  const PutResult last = put("TopicTest", 0, "4");
  kill();
  fs::resize_file(log_file(), static_cast<std::uintmax_t>(last.physical_offset));
  open();
  expect_numbers("TopicTest", 0, 4);
  EXPECT_EQ(put("TopicTest", 0, "4").queue_offset, 4);
}

TEST_F(RecoveryTest, AFirstQueueFileThatIsMissingIsNoticed) {
  for (const bool orderly : {true, false}) {
    fs::remove_all(root());
    open();
    for (int i = 0; i < 60; ++i) put("TopicTest", 0, std::to_string(i));
    store_->wait_until_dispatched();
    ASSERT_TRUE(store_->checkpoint());
    if (orderly)
      stop();
    else
      kill();
    fs::remove(root() / "consumequeue/TopicTest/0/00000000000000000000");
    open();
    EXPECT_EQ(store_->queue_bounds("TopicTest", 0).min_offset, 0);
    expect_numbers("TopicTest", 0, 60);
  }
}

TEST_F(RecoveryTest, AQueueRemovedUnderTheRunningStoreIsMadeAgainAfterAnOrderlyStop) {
  open();
  for (int i = 0; i < 25; ++i) put("TopicTest", 0, std::to_string(i));
  store_->wait_until_dispatched();
  ASSERT_TRUE(store_->checkpoint());
  fs::remove_all(root() / "consumequeue/TopicTest");
  // These begin a file of their own, whose directory is made again.
  for (int i = 25; i < 60; ++i) put("TopicTest", 0, std::to_string(i));
  stop();
  open();
  EXPECT_EQ(store_->queue_bounds("TopicTest", 0).min_offset, 0);
  expect_numbers("TopicTest", 0, 60);
}

TEST_F(RecoveryTest, AnIndexFileOfAnotherLengthOrMissingIsMadeAgainFromTheLog) {
  const IndexFile::Geometry geometry{config_.max_hash_slot_num, config_.max_index_num};
  const auto slots_only = static_cast<std::uintmax_t>(geometry.bytes() - 20LL * geometry.entries);
  for (const bool orderly : {true, false}) {
    for (const bool first : {true, false}) {
      for (const std::int64_t bytes : {-1L, 0L, 100L, static_cast<long>(slots_only), 5'000L}) {
        SCOPED_TRACE(std::string(first ? "first" : "last") + " file, " + std::to_string(bytes) +
                     " bytes, " + (orderly ? "stopped" : "killed"));
        fs::remove_all(root());
        open();
        for (int i = 0; i < 150; ++i) put(TestMessage{.keys = "k" + std::to_string(i)});
        store_->wait_until_dispatched();
        ASSERT_TRUE(store_->checkpoint());
        if (orderly)
          stop();
        else
          kill();
        const fs::path file = files_in(root() / "index", first);
        if (bytes < 0)
          fs::remove(file);
        else
          fs::resize_file(file, static_cast<std::uintmax_t>(bytes));
        open();
        for (int i = 0; i < 150; ++i)
          ASSERT_EQ(
              store_->query("TopicTest", "k" + std::to_string(i), 9, 0, INT64_MAX).messages.size(),
              1U)
              << i;
      }
    }
  }
}

TEST_F(RecoveryTest, ForeignFilesAreIgnoredAndLeftAlone) {
  open();
  for (int i = 0; i < 15; ++i) put(TestMessage{.body = std::to_string(i), .keys = "k"});
  stop();
  const std::vector<fs::path> foreign{"commitlog/notes.txt",
                                      "commitlog/.nfs0000000001234567000001",
                                      "commitlog/00000000000000000000~",
                                      "consumequeue/.DS_Store",
                                      "consumequeue/TopicTest/.DS_Store",
                                      "consumequeue/TopicTest/0/.DS_Store",
                                      "consumequeue/TopicTest/0/00000000000000000200 (copy)",
                                      "index/readme"};
  for (const fs::path& path : foreign) std::ofstream(root() / path) << "foreign";
  for (const char* path : {"commitlog/lost+found", "consumequeue/lost+found",
                           "consumequeue/TopicTest/-1", "consumequeue/TopicTest/0/copies"})
    fs::create_directories(root() / path);
  open();
  expect_numbers("TopicTest", 0, 15);
  EXPECT_EQ(store_->query("TopicTest", "k", 20, 0, INT64_MAX).messages.size(), 15U);
  for (const fs::path& path : foreign) EXPECT_EQ(read_file(root() / path), "foreign");
  store_->delete_topic("TopicTest");
  EXPECT_FALSE(fs::exists(root() / "consumequeue/TopicTest/0/00000000000000000000"));
  EXPECT_TRUE(fs::exists(root() / "consumequeue/TopicTest/0/.DS_Store"));
  EXPECT_EQ(put("TopicTest", 0, "new").queue_offset, 0);
}

TEST_F(RecoveryTest, ALostIndexIsMadeAgainFromTheLog) {
  for (const bool orderly : {true, false}) {
    open();
    for (int i = 0; i < 150; ++i)
      put(TestMessage{.body = "x", .keys = (orderly ? "a" : "b") + std::to_string(i)});
    ASSERT_TRUE(store_->checkpoint());
    if (orderly)
      stop();
    else
      kill();
    fs::remove_all(root() / "index");
    open();
    for (int i = 0; i < 150; ++i)
      ASSERT_EQ(
          store_->query("TopicTest", (orderly ? "a" : "b") + std::to_string(i), 9, 0, INT64_MAX)
              .messages.size(),
          1U);
  }
}

TEST_F(RecoveryTest, DamagedUnitsBehindTheCheckpointAreReplaced) {
  open();
  for (int i = 0; i < 5; ++i) put("TopicTest", 0, std::to_string(i));
  store_->wait_until_dispatched();
  ASSERT_TRUE(store_->checkpoint());
  for (int i = 5; i < 9; ++i) put("TopicTest", 0, std::to_string(i));
  kill();
  write_at(root() / "consumequeue/TopicTest/0/00000000000000000000", 5 * 20,
           std::string(60, '\x11'));
  open();
  expect_numbers("TopicTest", 0, 9);
}

TEST_F(RecoveryTest, AUnitThatPointsElsewhereIsMadeAgainFromTheLog) {
  open();
  for (int i = 0; i < 3; ++i) put("TopicTest", 0, std::to_string(i));
  stop();
  // Unit 1 now says what unit 2 says.
  const fs::path units = root() / "consumequeue/TopicTest/0/00000000000000000000";
  const std::string sound = read_file(units);
  write_at(units, 20, sound.substr(40, 20));
  open();
  EXPECT_EQ(bodies("TopicTest", 0), (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_EQ(read_file(units), sound) << "the first reader has repaired it";
}

TEST_F(RecoveryTest, ALogWhoseClockWasSetBackIsReadFromTheFirstFileThatMayNotBeOnDisk) {
  open();
  const std::int64_t right_ms = clock_.now_ms();
  // The time of each file's first record, in seconds.
  for (const std::int64_t second : {10, 20, 3'620, 3'630, 40, 50}) {
    clock_.set_wall(right_ms + second * 1'000);
    put("TopicTest", 0, std::string(200'000, 'x'));
  }
  stop();
  MappedFileQueue files(FileSystem::real(), root() / "commitlog",
                        config_.mapped_file_size_commit_log);
  ASSERT_TRUE(files.load());
  const auto file_at = [&](std::int64_t second) {
    return commit_log_recovery::begin_by_time(files, right_ms + second * 1'000) /
           config_.mapped_file_size_commit_log;
  };
  EXPECT_EQ(file_at(5), 0) << "nothing is known to be on disk";
  EXPECT_EQ(file_at(15), 0);
  EXPECT_EQ(file_at(3'625), 2);
  EXPECT_EQ(file_at(45), 1) << "this time may have been in the second file, or in the fifth";
  EXPECT_EQ(file_at(3'635), 3) << "the same for the fourth and the last";
}

TEST_F(RecoveryTest, OffsetsByTimeAreFoundBehindADamagedStretch) {
  open();
  const std::int64_t begin_ms = clock_.now_ms();
  for (int i = 0; i < 100; ++i) {
    put("TopicTest", 0, std::to_string(i));
    clock_.advance(std::chrono::seconds(1));
  }
  stop();
  for (int i = 20; i < 80; ++i) {
    std::string unit;
    append_be(unit, std::int64_t{0});
    append_be(unit, std::int32_t{INT32_MAX});
    append_be(unit, std::int64_t{0});
    std::string name = std::to_string(i / 10 * 200);
    name.insert(0, 20 - name.size(), '0');
    write_at(root() / "consumequeue" / "TopicTest" / "0" / name, i % 10 * 20, unit);
  }
  open();
  EXPECT_EQ(store_->offset_by_timestamp("TopicTest", 0, begin_ms + 10'000), 10);
  EXPECT_EQ(store_->offset_by_timestamp("TopicTest", 0, begin_ms + 90'000), 90);
  EXPECT_GE(store_->offset_by_timestamp("TopicTest", 0, begin_ms + 50'000), 19);
  EXPECT_LE(store_->offset_by_timestamp("TopicTest", 0, begin_ms + 50'000), 80);
}

TEST_F(RecoveryTest, AnotherFileSizeThanConfiguredIsRefusedWithItsName) {
  open();
  put("TopicTest", 0, "0");
  stop();
  config_.mapped_file_size_commit_log *= 2;
  auto refused = DefaultMessageStore::open(config_, clock_, FileSystem::real());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().remark, HasSubstr("mappedFileSizeCommitLog"));
  config_.mapped_file_size_commit_log /= 2;
  config_.mapped_file_size_consume_queue *= 2;
  refused = DefaultMessageStore::open(config_, clock_, FileSystem::real());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().remark, HasSubstr("mappedFileSizeConsumeQueue"));
  config_.mapped_file_size_consume_queue /= 2;
  open();
  expect_numbers("TopicTest", 0, 1);
  put(TestMessage{.body = "1", .keys = "k"});
  stop();
  // Other brokers' checkpoints do not know the lengths.
  for (const bool knows_lengths : {true, false}) {
    if (!knows_lengths) fs::remove(root() / "checkpoint");
    config_.mapped_file_size_consume_queue *= 2;
    refused = DefaultMessageStore::open(config_, clock_, FileSystem::real());
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().remark, HasSubstr("mappedFileSizeConsumeQueue"));
    config_.mapped_file_size_consume_queue /= 2;
    config_.max_index_num *= 2;
    refused = DefaultMessageStore::open(config_, clock_, FileSystem::real());
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().remark, HasSubstr("maxIndexNum"));
    config_.max_index_num /= 2;
  }
}

TEST_F(RecoveryTest, AnEmptyLastLogFileAndAPreallocatedOneAreFine) {
  open();
  put("TopicTest", 0, "0");
  kill();
  std::ofstream(log_file(1)).close();
  fs::resize_file(log_file(1), static_cast<std::uintmax_t>(config_.mapped_file_size_commit_log));
  std::ofstream(log_file(2)).close();
  open();
  EXPECT_FALSE(fs::exists(log_file(1)));
  EXPECT_FALSE(fs::exists(log_file(2)));
  EXPECT_EQ(put("TopicTest", 0, "1").queue_offset, 1);
}

TEST_F(RecoveryTest, AKillBetweenTheFilesOfARollOverIsFine) {
  open();
  for (int i = 0; i < 3; ++i) put("TopicTest", 0, std::string(80'000, 'x'));
  const PutResult rolled = put("TopicTest", 0, std::string(80'000, 'y'));
  ASSERT_EQ(rolled.physical_offset, config_.mapped_file_size_commit_log);
  kill();
  fs::remove(log_file(1));
  open();
  EXPECT_EQ(bodies("TopicTest", 0).size(), 3U);
  EXPECT_EQ(put("TopicTest", 0, "z").queue_offset, 3);
  kill();
  open();
  EXPECT_EQ(bodies("TopicTest", 0).size(), 4U);
}

TEST_F(RecoveryTest, ALostLogEmptiesTheQueues) {
  open();
  for (int i = 0; i < 30; ++i) put("TopicTest", 0, std::to_string(i));
  stop();
  fs::remove_all(root() / "commitlog");
  open();
  EXPECT_TRUE(store_->queues().empty());
  EXPECT_EQ(put("TopicTest", 0, "0").queue_offset, 0);
}

TEST_F(RecoveryTest, OldDamageInTheLogDoesNotTakeWhatFollowsWhenQueuesAreMadeAgain) {
  open();
  std::vector<PutResult> stored;
  for (int i = 0; i < 20; ++i) stored.push_back(put("TopicTest", 0, "body" + std::to_string(i)));
  stop();
  write_at(log_file(), stored[4].physical_offset + 89, "?");
  fs::remove_all(root() / "consumequeue");
  open();
  const auto found = bodies("TopicTest", 0);
  ASSERT_EQ(found.size(), 19U);
  EXPECT_EQ(found[3], "body3");
  EXPECT_EQ(found[4], "body5");
  EXPECT_EQ(put("TopicTest", 0, "next").queue_offset, 20);
}

TEST_F(RecoveryTest, RandomPutsReadsAndRestartsAgreeWithAModel) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<unsigned>(limit));
  };
  std::map<std::pair<std::string, int>, std::vector<std::string>> model;
  open();
  for (int step = 0; step < 600; ++step) {
    const std::string topic = "Topic" + std::to_string(below(3));
    const int queue = below(4);
    switch (below(20)) {
      case 0:
        stop();
        open();
        break;
      case 1:
        kill();
        open();
        break;
      case 2: ASSERT_TRUE(store_->checkpoint()); break;
      case 3: {
        std::string body;
        const int count = 1 + below(10);
        for (int i = 0; i < count; ++i) {
          model[{topic, queue}].push_back(std::to_string(step) + "/" + std::to_string(i));
          body += batch_entry(model[{topic, queue}].back(), "KEYS\x01k\x02");
        }
        TestMessage message{.topic = topic, .queue_id = queue, .body = body};
        store_->put_batch(message.to_put(),
                          [](const PutResult& result) { ASSERT_EQ(result.status, PutStatus::Ok); });
        break;
      }
      case 4: {
        const auto found = bodies(topic, queue);
        ASSERT_EQ(found, (model[{topic, queue}]));
        break;
      }
      default: {
        auto& expected = model[{topic, queue}];
        const std::string body =
            std::string(static_cast<std::size_t>(below(9000)), 'r') + std::to_string(step);
        ASSERT_EQ(put(topic, queue, body).queue_offset, std::ssize(expected));
        expected.push_back(body);
      }
    }
  }
  for (const auto& [id, expected] : model) ASSERT_EQ(bodies(id.first, id.second), expected);
}

/// A topic that was deleted, one that was deleted and made again, and one that stayed.
class DeletedTopicRecoveryTest : public RecoveryTest {
 protected:
  void fill() {
    open();
    for (int i = 0; i < 30; ++i) {
      for (const char* topic : {"Gone", "Again", "Kept"}) put(topic, 0, std::to_string(i));
    }
    store_->wait_until_dispatched();
    store_->delete_topic("Gone");
    store_->delete_topic("Again");
    for (int i = 0; i < 3; ++i) put("Again", 0, std::to_string(i));
    put("Kept", 0, "30");
    store_->wait_until_dispatched();
  }
  void expect_deleted() {
    expect_numbers("Again", 0, 3);
    expect_numbers("Kept", 0, 31);
    EXPECT_THAT(store_->queues(),
                ::testing::UnorderedElementsAre(QueueId{"Again", 0}, QueueId{"Kept", 0}));
    EXPECT_FALSE(fs::exists(root() / "consumequeue" / "Gone"));
    EXPECT_EQ(put("Again", 0, "3").queue_offset, 3);
    EXPECT_EQ(put("Gone", 0, "0").queue_offset, 0);
  }
};

TEST_F(DeletedTopicRecoveryTest, StaysDeletedAfterAKill) {
  fill();
  kill();
  open();
  expect_deleted();
}

TEST_F(DeletedTopicRecoveryTest, StaysDeletedWhenTheCheckpointIsLost) {
  fill();
  kill();
  fs::remove(root() / "checkpoint");
  open();
  expect_deleted();
}

TEST_F(DeletedTopicRecoveryTest, StaysDeletedWhenAllQueuesAreLost) {
  fill();
  kill();
  fs::remove_all(root() / "consumequeue");
  open();
  expect_deleted();
}

TEST_F(DeletedTopicRecoveryTest, StaysDeletedWhenOneQueueIsLostAfterAnOrderlyStop) {
  fill();
  stop();
  fs::remove_all(root() / "consumequeue" / "Kept");
  open();
  expect_deleted();
}

TEST_F(DeletedTopicRecoveryTest, StaysDeletedWhenAKillCameBeforeItsFilesWereGone) {
  open();
  for (int i = 0; i < 30; ++i) {
    for (const char* topic : {"Gone", "Again", "Kept"}) put(topic, 0, std::to_string(i));
  }
  store_->wait_until_dispatched();
  ASSERT_TRUE(store_->checkpoint());
  const auto aside = directory_ / "aside";
  fs::copy(root() / "consumequeue" / "Gone", aside, fs::copy_options::recursive);
  store_->delete_topic("Gone");
  store_->delete_topic("Again");
  for (int i = 0; i < 3; ++i) put("Again", 0, std::to_string(i));
  put("Kept", 0, "30");
  store_->wait_until_dispatched();
  kill();
  fs::create_directories(root() / "consumequeue" / "Gone");
  fs::copy(aside, root() / "consumequeue" / "Gone", fs::copy_options::recursive);
  open();
  expect_deleted();
}

}  // namespace
}  // namespace rocketmq::store::test
