// A slave's log: its master's bytes, at their positions.

#include "replica_log.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "faulty_file_system.hpp"
#include "record_boundaries.hpp"
#include "store_fixture.hpp"

namespace rocketmq::store::test {
namespace {

using rocketmq::test::FaultyFileSystem;
using Operation = FaultyFileSystem::Operation;
using ::testing::HasSubstr;

constexpr std::int64_t master_file_bytes = 4'096;

/// The log of a master, and the store of its slave. The fixture's store is the slave's.
class ReplicaLogTest : public StoreFixture {
 protected:
  ReplicaLogTest() {
    config_.mapped_file_size_commit_log = master_file_bytes;
    config_.broker_role = BrokerRole::Slave;
    make_master_log();
  }
  ~ReplicaLogTest() override { store_.reset(); }

  /// 30 messages in several files, as the master has them.
  void make_master_log() {
    StoreConfig config = small_config(directory_ / "master");
    config.mapped_file_size_commit_log = master_file_bytes;
    auto opened = DefaultMessageStore::open(config, clock_, FileSystem::real());
    ASSERT_TRUE(opened) << opened.error().remark;
    auto& master = **opened;
    ASSERT_TRUE(master.start());
    for (int i = 0; i < 30; ++i) {
      TestMessage message{.queue_id = i % 2,
                          .body = std::string(400, 'b') + std::to_string(i),
                          .keys = "k" + std::to_string(i)};
      const PutResult put = master.put_and_wait(message.to_put());
      ASSERT_EQ(put.status, PutStatus::Ok);
      begins_.push_back(put.physical_offset);
      bodies_[i % 2].push_back(message.body);
    }
    const std::int64_t end = master.max_physical_offset();
    master.shutdown();
    for (std::int64_t base = 0; base < end; base += master_file_bytes)
      log_ += read_file("master", base);
    log_.resize(static_cast<std::size_t>(end));
    ASSERT_GT(end, 3 * master_file_bytes);
  }
  std::string read_file(const std::string& store, std::int64_t base) const {
    std::string name = std::to_string(base);
    name.insert(0, 20 - name.size(), '0');
    std::ifstream in(directory_ / (store + "/commitlog/" + name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string_view bytes(std::int64_t from, std::int64_t to) const {
    return std::string_view(log_).substr(static_cast<std::size_t>(from),
                                         static_cast<std::size_t>(to - from));
  }
  std::int64_t end() const { return std::ssize(log_); }
  /// Appends what lies between, in pieces of this size.
  void append(std::int64_t from, std::int64_t to, std::int64_t piece) {
    for (std::int64_t at = from; at < to; at += piece) {
      const auto appended = store_->append_at(at, bytes(at, std::min(at + piece, to)));
      ASSERT_TRUE(appended) << appended.error().remark;
    }
  }
  void expect_all_is_there() {
    EXPECT_EQ(store_->replica_end(), end());
    EXPECT_EQ(store_->max_physical_offset(), end());
    for (int queue = 0; queue < 2; ++queue) EXPECT_EQ(bodies("TopicTest", queue), bodies_[queue]);
    for (const char* key : {"k0", "k29"})
      EXPECT_EQ(store_->query("TopicTest", key, 10, 0, INT64_MAX).messages.size(), 1U) << key;
    for (std::int64_t base = 0; base < end(); base += master_file_bytes) {
      const auto count = static_cast<std::size_t>(std::min(master_file_bytes, end() - base));
      EXPECT_EQ(read_file("store", base).substr(0, count),
                bytes(base, base + static_cast<std::int64_t>(count)));
    }
  }

  std::string log_;
  /// Where each message's record begins.
  std::vector<std::int64_t> begins_;
  std::vector<std::string> bodies_[2];
};

TEST_F(ReplicaLogTest, TheSlavesLogIsItsMastersHoweverItIsCut) {
  for (const std::int64_t piece : {std::int64_t{1}, std::int64_t{7}, std::int64_t{1'000}, end()}) {
    std::filesystem::remove_all(config_.store_path_root_dir);
    open();
    append(0, end(), piece);
    expect_all_is_there();
    stop();
  }
}

TEST_F(ReplicaLogTest, WhatIsNoWholeRecordYetIsNotRead) {
  open();
  const std::int64_t third = begins_[2];
  append(0, third + 50, 1'000);
  EXPECT_EQ(store_->replica_end(), third + 50);
  EXPECT_EQ(store_->max_physical_offset(), third);
  EXPECT_EQ(bodies("TopicTest", 0), std::vector{bodies_[0][0]});
  EXPECT_FALSE(store_->message_at(third));
  append(third + 50, end(), 1'000);
  expect_all_is_there();
}

TEST_F(ReplicaLogTest, AnotherPositionThanTheEndIsRefused) {
  open();
  append(0, 1'000, 1'000);
  for (const std::int64_t position : {std::int64_t{0}, std::int64_t{999}, std::int64_t{1'001},
                                      master_file_bytes, std::int64_t{-1}}) {
    const auto appended = store_->append_at(position, bytes(0, 100));
    ASSERT_FALSE(appended) << position;
    EXPECT_THAT(appended.error().remark, HasSubstr("the log ends at 1000"));
  }
  append(1'000, end(), 500);
  expect_all_is_there();
}

TEST_F(ReplicaLogTest, BytesThatAreNoRecordsAreRefusedAndNothingIsWritten) {
  open();
  append(0, begins_[2], 1'000);
  std::string damaged(bytes(begins_[2], begins_[4]));
  damaged[5] = 'x';
  const auto appended = store_->append_at(begins_[2], damaged);
  ASSERT_FALSE(appended);
  EXPECT_THAT(appended.error().remark, HasSubstr("no record stands at"));
  EXPECT_EQ(store_->replica_end(), begins_[2]);
  append(begins_[2], end(), 1'000);
  expect_all_is_there();
}

TEST_F(ReplicaLogTest, ADamagedRecordIsRefusedAndComesAgain) {
  constexpr std::int64_t queue_offset_bytes = message_record::physical_offset_at;
  for (const std::int64_t at : {queue_offset_bytes + 7, std::int64_t{100}, std::int64_t{480}}) {
    for (const std::int64_t piece : {std::int64_t{50}, std::int64_t{2'000}}) {
      std::filesystem::remove_all(config_.store_path_root_dir);
      open();
      append(0, begins_[2], 1'000);
      std::string damaged = log_;
      damaged[static_cast<std::size_t>(begins_[3] + at)] ^= 0x10;
      Result<void> appended;
      for (std::int64_t from = begins_[2]; from < begins_[5] && appended; from += piece) {
        appended = store_->append_at(
            from, std::string_view(damaged).substr(static_cast<std::size_t>(from),
                                                   static_cast<std::size_t>(piece)));
      }
      ASSERT_FALSE(appended) << "byte " << at;
      EXPECT_THAT(appended.error().remark,
                  HasSubstr("the record at " + std::to_string(begins_[3])));
      EXPECT_EQ(store_->replica_end(), begins_[3]);
      EXPECT_EQ(store_->max_physical_offset(), begins_[3]) << "what was whole before is kept";
      append(begins_[3], end(), 1'000);
      expect_all_is_there();
      stop();
    }
  }
}

TEST_F(ReplicaLogTest, AMessageThatIsDamagedAtTheMasterIsSoHere) {
  log_[static_cast<std::size_t>(begins_[2] + 200)] = 'x';
  open();
  append(0, begins_[2], 1'000);
  EXPECT_FALSE(store_->append_at(begins_[2], bytes(begins_[2], begins_[4])));
  EXPECT_FALSE(store_->append_at(begins_[2] + 1, bytes(begins_[2] + 1, begins_[4])));
  append(begins_[2], end(), 1'000);
  EXPECT_EQ(store_->max_physical_offset(), end());
}

TEST_F(ReplicaLogTest, AMessageOfAnotherPlaceIsRefusedHoweverOftenItComes) {
  open();
  append(0, begins_[2], 1'000);
  const std::string other(bytes(begins_[3], begins_[4]));
  for (int times = 0; times < 3; ++times) {
    const auto appended = store_->append_at(begins_[2], other);
    ASSERT_FALSE(appended);
    EXPECT_THAT(appended.error().remark, HasSubstr("it says of itself that it stands at"));
  }
  append(begins_[2], end(), 1'000);
  expect_all_is_there();
}

TEST_F(ReplicaLogTest, AMasterTakesNoOnesBytes) {
  config_.broker_role = BrokerRole::AsyncMaster;
  open();
  const auto appended = store_->append_at(0, bytes(0, 100));
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, ResponseCode::ServiceNotAvailable);
  EXPECT_EQ(store_->replica_end(), 0);
}

TEST_F(ReplicaLogTest, AStoppedStoreTakesNothing) {
  open();
  append(0, 1'000, 1'000);
  store_->shutdown();
  EXPECT_FALSE(store_->append_at(1'000, bytes(1'000, 1'100)));
}

TEST_F(ReplicaLogTest, AnEmptyLogBeginsWithAnyFile) {
  open();
  EXPECT_FALSE(store_->append_at(master_file_bytes + 1, bytes(master_file_bytes + 1, end())));
  EXPECT_FALSE(store_->append_at(-master_file_bytes, bytes(0, 100)));
  append(2 * master_file_bytes, end(), 700);
  EXPECT_EQ(store_->max_physical_offset(), end());
  EXPECT_EQ(store_->figures().commit_log_min_offset, 2 * master_file_bytes);
  store_->wait_until_dispatched();
  const auto first = static_cast<std::size_t>(
      std::lower_bound(begins_.begin(), begins_.end(), 2 * master_file_bytes) - begins_.begin());
  const auto expect_the_rest = [&] {
    const auto queue = static_cast<std::int32_t>(first % 2);
    const auto number = first / 2;
    const auto& expected = bodies_[queue];
    EXPECT_EQ(bodies("TopicTest", queue, static_cast<std::int64_t>(number)),
              std::vector(expected.begin() + static_cast<std::ptrdiff_t>(number), expected.end()));
  };
  expect_the_rest();
  kill();
  open();
  expect_the_rest();
}

TEST_F(ReplicaLogTest, AQueueThatBeginsWithAnyNumberBehindACheckpointIsThereAfterAKill) {
  open();
  const auto first = static_cast<std::size_t>(
      std::lower_bound(begins_.begin(), begins_.end(), 2 * master_file_bytes) - begins_.begin());
  append(2 * master_file_bytes, begins_[first + 1], 1'000);
  store_->wait_until_dispatched();
  ASSERT_TRUE(store_->checkpoint());
  // The first and only record of the other queue: no later one confirms its number.
  append(begins_[first + 1], begins_[first + 2], 1'000);
  kill();
  open();
  const auto queue = (first + 1) % 2;
  const auto number = (first + 1) / 2;
  EXPECT_EQ(
      bodies("TopicTest", static_cast<std::int32_t>(queue), static_cast<std::int64_t>(number)),
      std::vector{bodies_[queue][number]});
}

TEST_F(ReplicaLogTest, AfterAKillTheLogEndsWithTheLastWholeRecord) {
  for (const std::int64_t cut : {begins_[9] + 3, begins_[9] + 200, begins_[10] - 1}) {
    std::filesystem::remove_all(config_.store_path_root_dir);
    open();
    append(0, cut, 1'000);
    kill();
    open();
    EXPECT_EQ(store_->replica_end(), begins_[9]);
    EXPECT_EQ(store_->max_physical_offset(), begins_[9]);
    append(begins_[9], end(), 1'000);
    expect_all_is_there();
    kill();
    open();
    expect_all_is_there();
  }
}

TEST_F(ReplicaLogTest, AfterAStopTheLogEndsWithTheLastWholeRecord) {
  open();
  append(0, begins_[9] + 200, 1'000);
  stop();
  open();
  EXPECT_EQ(store_->replica_end(), begins_[9]);
  append(begins_[9], end(), 1'000);
  expect_all_is_there();
}

TEST_F(ReplicaLogTest, AKillWithinAFilesEndLosesNothing) {
  // The blank record that fills the first file begins behind the last message that fits in.
  const auto next = std::lower_bound(begins_.begin(), begins_.end(), master_file_bytes);
  open();
  append(0, *next - 3, 1'000);
  kill();
  open();
  const std::int64_t resumed = store_->replica_end();
  EXPECT_LE(resumed, *next - 3);
  EXPECT_GT(resumed, *(next - 1));
  append(resumed, end(), 1'000);
  expect_all_is_there();
}

TEST_F(ReplicaLogTest, AKillAtAFilesEndLeavesNoHoleBeforeTheFileThatWasMadeAhead) {
  open();
  append(0, master_file_bytes, master_file_bytes);
  const auto log = config_.commit_log_path();
  const auto count_files = [&] {
    return std::distance(std::filesystem::directory_iterator(log), {});
  };
  while (count_files() < 2) std::this_thread::yield();
  kill();
  open();
  append(store_->replica_end(), end(), 1'000);
  expect_all_is_there();
}

TEST_F(ReplicaLogTest, UnderSyncFlushOnlyWhatIsOnDiskIsRead) {
  config_.flush_disk_type = FlushDiskType::SyncFlush;
  open();
  append(0, end(), 900);
  expect_all_is_there();
  EXPECT_EQ(store_->figures().flushed_offset, end());
}

TEST_F(ReplicaLogTest, AfterAFullDiskItContinuesWhereTheLogEnds) {
  FaultyFileSystem disk;
  open(disk);
  append(0, begins_[2] + 10, 1'000);
  disk.set_fault([](Operation operation, const auto& path, std::size_t& count) {
    if (operation != Operation::Write || path.string().find("commitlog") == std::string::npos)
      return 0;
    if (count <= 100) return ENOSPC;
    count = 100;
    return 0;
  });
  EXPECT_FALSE(store_->append_at(begins_[2] + 10, bytes(begins_[2] + 10, begins_[2] + 150)));
  EXPECT_EQ(store_->replica_end(), begins_[2]);
  disk.set_fault(nullptr);
  EXPECT_FALSE(store_->append_at(begins_[2], bytes(begins_[2], end()))) << "not before a look";
  store_->clean_files();
  append(begins_[2], end(), 1'000);
  expect_all_is_there();
  stop();
}

TEST_F(ReplicaLogTest, BoundariesAreFoundInPiecesOfAnySize) {
  for (std::int64_t cut = 0; cut <= end(); ++cut) {
    RecordBoundaries boundaries(master_file_bytes);
    ASSERT_TRUE(boundaries.take(bytes(0, cut)));
    const auto behind = std::upper_bound(begins_.begin(), begins_.end(), boundaries.boundary());
    ASSERT_LE(boundaries.boundary(), cut);
    ASSERT_EQ(boundaries.position(), cut);
    // No record that is whole lies between the boundary and the cut.
    const std::int64_t next = behind == begins_.end() ? end() : *behind;
    ASSERT_TRUE(cut < next || boundaries.boundary() == cut) << cut;
    ASSERT_TRUE(boundaries.take(bytes(cut, end())));
    ASSERT_EQ(boundaries.boundary(), end());
    ASSERT_EQ(boundaries.last_record(), begins_.back());
  }
}

TEST_F(ReplicaLogTest, ARecordCannotLeaveItsFile) {
  std::string record(bytes(0, begins_[1]));
  RecordBoundaries boundaries(std::ssize(record) - 1);
  EXPECT_FALSE(boundaries.take(record));
  RecordBoundaries fits(std::ssize(record));
  EXPECT_TRUE(fits.take(record));
  EXPECT_EQ(fits.boundary(), std::ssize(record));
}

}  // namespace
}  // namespace rocketmq::store::test
