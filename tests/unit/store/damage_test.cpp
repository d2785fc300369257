// Torn tails and flipped bits, at every place and at random ones. The long form
// (ROCKETMQ_TEST_LONG=1) opens the store for every byte where the short one opens it for some.

#include <cstdlib>
#include <cstring>
#include <ostream>

#include "commit_log_recovery.hpp"
#include "damaged_store.hpp"

namespace rocketmq::store::test {
namespace {

namespace fs = std::filesystem;
using rocketmq::test::random_between;

bool is_long() { return std::getenv("ROCKETMQ_TEST_LONG") != nullptr; }

class TornTailTest : public DamagedStoreTest {
 protected:
  static constexpr std::int64_t tail_bytes = 65'536;

  /// Makes what stands from `cut` on look unwritten.
  void tear(std::int64_t cut) {
    const std::int64_t size = config_.mapped_file_size_commit_log;
    for (std::int64_t at = cut; at < end(); at = (at / size + 1) * size) {
      const std::int64_t count = std::min(end(), (at / size + 1) * size) - at;
      write_log(at, std::string(static_cast<std::size_t>(count), '\0'));
    }
  }
  std::int64_t end() const { return messages_.back().end; }
  /// Messages that are whole when the log is cut there.
  std::size_t whole_before(std::int64_t cut) const {
    return static_cast<std::size_t>(
        std::count_if(messages_.begin(), messages_.end(),
                      [&](const Message& message) { return message.end <= cut; }));
  }
  void expect_first(std::size_t count) {
    const auto gone = missing();
    ASSERT_EQ(gone.size(), messages_.size() - count);
    for (const std::size_t number : gone) ASSERT_GE(number, count);
  }
};

TEST_F(TornTailTest, TheScanEndsAtTheLastWholeRecordWhereverTheTailIsTorn) {
  ASSERT_NO_FATAL_FAILURE(make_store(150, 2'000, false, 20));
  ASSERT_GT(end() - messages_[20].physical_offset, tail_bytes);
  MappedFileQueue log(FileSystem::real(), root() / "commitlog",
                      config_.mapped_file_size_commit_log);
  ASSERT_TRUE(log.load());
  const std::int64_t begin = messages_[20].physical_offset;
  for (std::int64_t cut = end() - 1; cut >= end() - tail_bytes; --cut) {
    write_log(cut, std::string_view("\0", 1));
    const auto scanned = commit_log_recovery::scan(
        log, {.begin = begin, .certain_end = begin},
        [](const MessageRecord&, const commit_log_recovery::Scanned&) -> Result<bool> {
          return true;
        });
    ASSERT_TRUE(scanned);
    const std::size_t whole = whole_before(cut);
    ASSERT_EQ(scanned->records, static_cast<std::int64_t>(whole - 20)) << "cut at " << cut;
    ASSERT_EQ(scanned->end, messages_[whole - 1].end) << "cut at " << cut;
  }
}

TEST_F(TornTailTest, WhatIsWholeIsThereAndTheNumberingGoesOn) {
  ASSERT_NO_FATAL_FAILURE(make_store(150, 2'000, false, 20));
  const std::int64_t step = is_long() ? 1 : 331;
  for (std::int64_t cut = end() - 1; cut >= end() - tail_bytes; cut -= step) {
    SCOPED_TRACE("cut at " + std::to_string(cut));
    restore();
    tear(cut);
    ASSERT_NO_FATAL_FAILURE(open_for_reading());
    ASSERT_NO_FATAL_FAILURE(expect_first(whole_before(cut)));
    ASSERT_EQ(store_->figures().commit_log_max_offset, messages_[whole_before(cut) - 1].end);
  }
  open(disk_);
  const Message& first_lost = messages_[whole_before(store_->figures().commit_log_max_offset)];
  const std::int64_t log_end = store_->figures().commit_log_max_offset;
  const PutResult next = put("TopicTest", first_lost.queue_id, "next");
  EXPECT_EQ(next.physical_offset, log_end);
  EXPECT_EQ(next.queue_offset, first_lost.queue_offset);
}

TEST_F(TornTailTest, AShortenedLastFileIsMadeWholeAgainWithoutItsLostEnd) {
  ASSERT_NO_FATAL_FAILURE(make_store(150, 2'000, false, 20));
  const std::int64_t base =
      end() / config_.mapped_file_size_commit_log * config_.mapped_file_size_commit_log;
  for (std::int64_t cut = end() - 1; cut > std::max(base, end() - 9'000); cut -= 97) {
    SCOPED_TRACE("cut at " + std::to_string(cut));
    restore();
    fs::resize_file(log_file_of(cut), static_cast<std::uintmax_t>(cut - base));
    ASSERT_NO_FATAL_FAILURE(open_for_reading());
    ASSERT_NO_FATAL_FAILURE(expect_first(whole_before(cut)));
    EXPECT_EQ(fs::file_size(log_file_of(cut)),
              static_cast<std::uintmax_t>(config_.mapped_file_size_commit_log));
  }
}

TEST_F(TornTailTest, AnyByteOfTheLastRecordZeroedOrFlippedCostsAtMostThatRecord) {
  for (const bool orderly : {true, false}) {
    fs::remove_all(root());
    messages_.clear();
    files_.clear();
    ASSERT_NO_FATAL_FAILURE(make_store(40, 300, orderly, 10));
    const std::size_t last = messages_.size() - 1;
    for (std::int64_t at = messages_[last].physical_offset; at < end(); ++at) {
      for (int bit = -1; bit < 8; ++bit) {
        const char was = log_byte(at);
        const char is = bit < 0 ? '\0' : static_cast<char>(was ^ (1 << bit));
        if (is == was || (!is_long() && bit >= 0 && (at + bit) % 8 != 0)) continue;
        SCOPED_TRACE("byte " + std::to_string(at - messages_[last].physical_offset) + " bit " +
                     std::to_string(bit));
        restore();
        write_log(at, {&is, 1});
        ASSERT_NO_FATAL_FAILURE(open_for_reading());
        const auto gone = missing();
        ASSERT_LE(gone.size(), 1U);
        ASSERT_TRUE(gone.empty() || gone.contains(last));
        (void)keys_without_message();
      }
    }
  }
}

TEST_F(DamagedStoreTest, ADamagedTimeOfTheFirstOrTheLastMessageHidesNoOthersKey) {
  ASSERT_NO_FATAL_FAILURE(make_store(10, 100, false, 10));
  constexpr std::int64_t store_timestamp_at = 56;
  for (const auto& message : {messages_.front(), messages_.back()}) {
    restore();
    write_log(message.physical_offset + store_timestamp_at, "\x80");
    ASSERT_NO_FATAL_FAILURE(open_for_reading());
    EXPECT_LE(keys_without_message(), 1);
  }
}

TEST_F(DamagedStoreTest, AnEntryWhoseRecordWouldEndBehindEveryPositionIsMadeAgain) {
  ASSERT_NO_FATAL_FAILURE(make_store(10, 100, true, 10));
  restore();
  const auto& message = messages_.front();
  const auto file = root() / "consumequeue" / "TopicTest" / std::to_string(message.queue_id) /
                    "00000000000000000000";
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary)
      .write("\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xF0", 8);
  ASSERT_NO_FATAL_FAILURE(open_for_reading());
  const GetResult got = store_->get({.topic = "TopicTest", .queue_id = message.queue_id});
  ASSERT_EQ(got.status, GetStatus::Found);
  const auto first = message_record::decode(got.records.front(), message_record::Check::BodyCrc);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->body, message.body);
}

struct FlipCase {
  const char* name;
  /// Which files are damaged.
  const char* below;
  bool orderly;

  friend void PrintTo(const FlipCase& flip, std::ostream* out) { *out << flip.name; }
};

class BitFlipTest : public DamagedStoreTest, public ::testing::WithParamInterface<FlipCase> {};

TEST_P(BitFlipTest, CostsAtMostWhatItHitsAndServesNothingWrong) {
  ASSERT_NO_FATAL_FAILURE(make_store(100, 1'000, GetParam().orderly, 40));
  std::vector<std::pair<fs::path, std::string>> files;
  for (const auto& [path, content] : files_) {
    // A file that was made ahead of its use says nothing.
    if (path.string().find(GetParam().below) != std::string::npos &&
        content.find_first_not_of('\0') != std::string::npos)
      files.emplace_back(path, content);
  }
  ASSERT_FALSE(files.empty());
  const bool is_log = std::string_view(GetParam().below) == "/commitlog/";
  const bool is_index = std::string_view(GetParam().below) == "/index/";
  int lost = 0;
  int keys_lost = 0;
  for (int flip = 0; flip < 1'250; ++flip) {
    const auto& [path, content] = files[random_between(random_, 0, files.size() - 1)];
    // Where something stands: the zeros of a sparse file's end say nothing.
    const std::size_t used = content.find_last_not_of('\0') + 1;
    const std::size_t at = random_between(random_, 0, used - 1);
    const char flipped = static_cast<char>(content[at] ^ (1 << random_between(random_, 0, 7)));
    SCOPED_TRACE(path.filename().string() + " byte " + std::to_string(at) + " is " +
                 std::to_string(static_cast<int>(flipped)));
    restore();
    if (is_log)
      write_log(std::stoll(path.filename().string()) + static_cast<std::int64_t>(at),
                {&flipped, 1});
    else
      write_at(path, static_cast<std::int64_t>(at), {&flipped, 1});
    ASSERT_NO_FATAL_FAILURE(open_for_reading());
    const auto gone = missing();
    // A bit that changes which queue a record is of, or whether it is in one, may leave a doubt
    // about its neighbour's number.
    ASSERT_LE(gone.size(), is_log ? 2U : 0U) << "more is missing than what was hit";
    lost += static_cast<int>(gone.size());
    const int keys = keys_without_message();
    if (!is_index) {
      ASSERT_LE(keys, is_log ? 2 : 0);
    }
    keys_lost += keys;
  }
  std::cout << lost << " messages and " << keys_lost << " keys were lost to 1,250 flips\n";
}

INSTANTIATE_TEST_SUITE_P(
    Files, BitFlipTest,
    ::testing::Values(FlipCase{"CommitLogAfterAStop", "/commitlog/", true},
                      FlipCase{"CommitLogAfterAKill", "/commitlog/", false},
                      FlipCase{"ConsumeQueueAfterAStop", "/consumequeue/", true},
                      FlipCase{"ConsumeQueueAfterAKill", "/consumequeue/", false},
                      FlipCase{"IndexAfterAStop", "/index/", true},
                      FlipCase{"IndexAfterAKill", "/index/", false},
                      FlipCase{"CheckpointAfterAStop", "/checkpoint", true},
                      FlipCase{"CheckpointAfterAKill", "/checkpoint", false}),
    [](const auto& flip) { return std::string(flip.param.name); });

TEST_F(DamagedStoreTest, APageThatTheDiskCannotReadCostsItsMessagesAndNotTheProcess) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "the thread sanitizer ends the process at SIGBUS before its handler runs";
#endif
  ASSERT_NO_FATAL_FAILURE(make_store(100, 1'000, true, 40));
  restore();
  ASSERT_NO_FATAL_FAILURE(open_for_reading());
  // Pages behind the end of a file raise the signal that a failing disk raises.
  const fs::path first = log_file_of(0);
  fs::resize_file(first, 8'192);
  const auto gone = missing();
  EXPECT_FALSE(gone.empty());
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    const bool is_hit = messages_[i].physical_offset < config_.mapped_file_size_commit_log &&
                        messages_[i].end > 8'192;
    EXPECT_EQ(gone.contains(i), is_hit) << i;
  }
  (void)keys_without_message();
  fs::resize_file(first, static_cast<std::uintmax_t>(config_.mapped_file_size_commit_log));
  store_.reset();
}

TEST_F(DamagedStoreTest, APageThatHoldsOnlyARecordsEndCostsItsMessageAsWell) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "the thread sanitizer ends the process at SIGBUS before its handler runs";
#endif
  constexpr std::size_t page = 4'096;
  // The properties begin five bytes before the page that cannot be read.
  const std::size_t before_properties = message_record::fixed_bytes_v4 + std::strlen("TopicTest");
  open(disk_);
  const PutResult stored = put(TestMessage{
      .body = std::string(page - 5 - before_properties, 'b'), .tags = "TagA", .keys = "key"});
  ASSERT_EQ(stored.physical_offset, 0);
  ASSERT_GT(stored.size_bytes, static_cast<std::int64_t>(page));
  store_->wait_until_dispatched();
  stop();
  ASSERT_NO_FATAL_FAILURE(open_for_reading());
  fs::resize_file(log_file_of(0), page);
  const GetResult got = store_->get({.topic = "TopicTest", .queue_id = 0, .queue_offset = 0});
  EXPECT_TRUE(got.records.empty());
  EXPECT_EQ(got.next_begin_offset, 1);
  fs::resize_file(log_file_of(0), static_cast<std::uintmax_t>(config_.mapped_file_size_commit_log));
  store_.reset();
}

}  // namespace
}  // namespace rocketmq::store::test
