// Following the log: record by record, by raw bytes, and by a callback when it has grown.

#include "log_cursor.hpp"

#include <vector>

#include "commit_log.hpp"
#include "consume_queue_store.hpp"
#include "faulty_file_system.hpp"
#include "log_end.hpp"
#include "mapped_file_queue.hpp"
#include "prepared_record.hpp"
#include "store_fixture.hpp"
#include "write_gate.hpp"

namespace rocketmq::store::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t file_bytes = 4'096;

/// A log alone: no thread, nothing that follows it.
class LogCursorTest : public ::testing::Test {
 protected:
  LogCursorTest() { std::filesystem::create_directories(directory_ / "commitlog"); }

  /// Appends a message and returns where it begins.
  std::int64_t append(const std::string& body) {
    TestMessage message{.body = body};
    PreparedRecord record;
    prepare_record(message.to_put(), record);
    CommitLog::Staged staged;
    EXPECT_TRUE(log_.stage({&record, 1}, 0, true, nullptr, staged, nullptr));
    log_.commit(staged.ticket);
    EXPECT_TRUE(log_.is_committed(staged.ticket));
    return staged.physical_offset;
  }
  std::int64_t end() const { return log_.committed_offset(); }
  /// Bodies of the records up to `limit`.
  static std::vector<std::string> read(LogCursor& cursor, std::int64_t limit) {
    std::vector<std::string> bodies;
    while (const MessageRecord* record = cursor.next(limit)) {
      cursor.prefetch();
      bodies.emplace_back(record->body);
    }
    return bodies;
  }
  /// What the log's file holds.
  std::string_view bytes_of_file(std::int64_t base) {
    const auto file = files_.find(base);
    return file->bytes(0, file->size());
  }

  rocketmq::test::TempDir directory_;
  ManualClock clock_;
  WriteGate gate_;
  MappedFileQueue files_{FileSystem::real(), directory_ / "commitlog", file_bytes};
  ConsumeQueueStore queues_{FileSystem::real(), directory_ / "consumequeue", 200};
  CommitLog log_{files_, queues_, clock_, gate_};
};

TEST_F(LogCursorTest, ReadsTheRecordsOfManyFilesInOrderAndThenNothing) {
  std::vector<std::string> bodies;
  for (int i = 0; i < 40; ++i)
    append(bodies.emplace_back(std::string(500, 'b') + std::to_string(i)));
  ASSERT_GT(files_.files().size(), 4U);
  LogCursor cursor(log_, 0);
  EXPECT_EQ(read(cursor, end()), bodies);
  EXPECT_EQ(cursor.position(), end());
  EXPECT_THAT(read(cursor, end()), IsEmpty());
}

TEST_F(LogCursorTest, SeesTheEndMoveAndStopsWhereItIsTold) {
  append("one");
  const std::int64_t first_end = end();
  append("two");
  LogCursor cursor(log_, 0);
  EXPECT_THAT(read(cursor, first_end), ElementsAre("one"));
  EXPECT_THAT(read(cursor, end()), ElementsAre("two"));
  EXPECT_THAT(read(cursor, end()), IsEmpty());
  append("three");
  EXPECT_THAT(read(cursor, end()), ElementsAre("three"));
}

TEST_F(LogCursorTest, GoesBackToARecordThatCouldNotBeDealtWith) {
  append("one");
  const std::int64_t second = append("two");
  LogCursor cursor(log_, 0);
  EXPECT_THAT(read(cursor, end()), ElementsAre("one", "two"));
  cursor.seek(second);
  EXPECT_THAT(read(cursor, end()), ElementsAre("two"));
}

TEST_F(LogCursorTest, RangesOfBytesAreTheFilesByteForByteUpToTheirLimit) {
  for (int i = 0; i < 20; ++i) append(std::string(500, 'b') + std::to_string(i));
  std::string copy;
  LogCursor cursor(log_, 0);
  for (;;) {
    const LogCursor::Range range = cursor.next_range(end(), 1'000);
    if (range.bytes.empty()) break;
    EXPECT_EQ(range.physical_offset, std::ssize(copy));
    EXPECT_LE(range.bytes.size(), 1'000U);
    // Within one file.
    EXPECT_EQ(range.physical_offset / file_bytes, (cursor.position() - 1) / file_bytes);
    copy += range.bytes;
  }
  ASSERT_EQ(std::ssize(copy), end());
  for (std::int64_t base = 0; base < end(); base += file_bytes) {
    const auto count = static_cast<std::size_t>(std::min(file_bytes, end() - base));
    EXPECT_EQ(std::string_view(copy).substr(static_cast<std::size_t>(base), count),
              bytes_of_file(base).substr(0, count));
  }
}

TEST_F(LogCursorTest, ARangeMayBeginAndEndWithinRecords) {
  append("one");
  append("two");
  LogCursor cursor(log_, 7);
  const auto range = cursor.next_range(end() - 5, 1'000'000);
  EXPECT_EQ(range.physical_offset, 7);
  EXPECT_EQ(range.bytes, bytes_of_file(0).substr(7, static_cast<std::size_t>(end() - 12)));
  EXPECT_TRUE(cursor.next_range(end() - 5, 1'000'000).bytes.empty());
  EXPECT_EQ(cursor.next_range(end(), 1'000'000).bytes.size(), 5U);
}

TEST_F(LogCursorTest, WhatWasReadOutlivesTheDeletionOfItsFile) {
  append(std::string(3'000, 'a'));
  append(std::string(3'000, 'b'));
  LogCursor cursor(log_, 0);
  const auto range = cursor.next_range(end(), 100);
  const std::string before(range.bytes);
  ASSERT_TRUE(files_.remove_first().value());
  EXPECT_EQ(range.bytes, before);
}

TEST_F(LogCursorTest, APlaceThatWasDeletedIsNoticed) {
  append(std::string(3'000, 'a'));
  LogCursor raw(log_, 0);
  LogCursor records(log_, 0);
  EXPECT_FALSE(raw.is_deleted());
  append(std::string(3'000, 'b'));
  ASSERT_TRUE(files_.remove_first().value());
  EXPECT_TRUE(raw.is_deleted());
  EXPECT_TRUE(raw.next_range(end(), 100).bytes.empty()) << "bytes are not passed over";
  EXPECT_EQ(raw.position(), 0);
  EXPECT_THAT(read(records, end()), ElementsAre(std::string(3'000, 'b'))) << "records are";
}

TEST_F(LogCursorTest, AnEmptyLogHasNothingAndMayBeginAnywhere) {
  LogCursor cursor(log_, 0);
  EXPECT_FALSE(cursor.is_deleted());
  EXPECT_EQ(cursor.next(end()), nullptr);
  EXPECT_TRUE(cursor.next_range(end(), 100).bytes.empty());
}

class LogEndTest : public LogCursorTest {
 protected:
  LogEnd written_{log_, &CommitLog::committed_offset};
  LogEnd flushed_{log_, &CommitLog::flushed_offset};
  int calls_ = 0;
  LogEnd::Follower follower_{written_, [this] { ++calls_; }};
};

TEST_F(LogEndTest, AFollowerIsCalledOnceWhenTheEndHasPassedItsPlace) {
  ASSERT_TRUE(follower_.wait_beyond(0));
  written_.moved();
  EXPECT_EQ(calls_, 0) << "the end has not moved";
  append("one");
  written_.moved();
  EXPECT_EQ(calls_, 1);
  append("two");
  written_.moved();
  EXPECT_EQ(calls_, 1) << "it does not wait any more";
}

TEST_F(LogEndTest, WhatIsThereAlreadyNeedsNoCall) {
  append("one");
  EXPECT_FALSE(follower_.wait_beyond(0));
  written_.moved();
  EXPECT_EQ(calls_, 0);
  ASSERT_TRUE(follower_.wait_beyond(end()));
}

TEST_F(LogEndTest, EachFollowerWaitsForItsOwnPlace) {
  int others = 0;
  LogEnd::Follower other(written_, [&] { ++others; });
  append("one");
  const std::int64_t far = end() + 50;
  ASSERT_TRUE(other.wait_beyond(far));
  ASSERT_TRUE(follower_.wait_beyond(end()));
  append("");
  written_.moved();
  EXPECT_EQ(calls_, 1);
  append(std::string(100, 'b'));
  written_.moved();
  EXPECT_EQ(others, 1);
}

TEST_F(LogEndTest, ACancelledWaitIsNotCalled) {
  ASSERT_TRUE(follower_.wait_beyond(0));
  follower_.cancel();
  {
    LogEnd::Follower gone(written_, [this] { ++calls_; });
    ASSERT_TRUE(gone.wait_beyond(0));
  }
  append("one");
  written_.moved();
  EXPECT_EQ(calls_, 0);
}

TEST_F(LogEndTest, WhatIsWrittenAndWhatIsOnDiskAreTwoEnds) {
  int flushes = 0;
  LogEnd::Follower follower(flushed_, [&] { ++flushes; });
  ASSERT_TRUE(follower.wait_beyond(0));
  append("one");
  flushed_.moved();
  EXPECT_EQ(flushes, 0);
  ASSERT_TRUE(log_.flush());
  flushed_.moved();
  EXPECT_EQ(flushes, 1);
  EXPECT_EQ(flushed_.position(), written_.position());
}

}  // namespace
}  // namespace rocketmq::store::test
