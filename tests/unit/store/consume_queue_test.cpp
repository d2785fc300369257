#include "consume_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "temp_dir.hpp"

namespace rocketmq::store {
namespace {

using Appended = ConsumeQueue::Appended;

class ConsumeQueueTest : public ::testing::Test {
 protected:
  Appended append(std::int64_t physical_offset, std::int64_t queue_offset) {
    const auto appended = queue_.append({physical_offset, 100, queue_offset * 3}, queue_offset);
    EXPECT_TRUE(appended);
    return appended ? *appended : Appended::Refused;
  }
  void fill(int count) {
    for (int i = 0; i < count; ++i) ASSERT_EQ(append(i * 1000, i), Appended::Yes);
  }

  rocketmq::test::TempDir directory_;
  OpenFileCache open_files_{FileSystem::real(), 2};
  ConsumeQueueShared shared_{.file_system = FileSystem::real(),
                             .open_files = open_files_,
                             .root = directory_.path(),
                             .file_bytes = 200};
  ConsumeQueue queue_{shared_, "T", 0};
};

TEST_F(ConsumeQueueTest, UnitsAreReadFromMemoryAndFromManyFilesWithFewDescriptors) {
  shared_.tail_units_max = 8;
  fill(95);
  for (int i = 0; i < 95; ++i) {
    EXPECT_EQ(queue_.unit_at(i).physical_offset, i * 1000);
    EXPECT_EQ(queue_.unit_at(i).tags_code, i * 3);
  }
  EXPECT_FALSE(queue_.unit_at(95).is_valid());
  EXPECT_FALSE(queue_.unit_at(-1).is_valid());
}

TEST_F(ConsumeQueueTest, AReadEndsAtItsFile) {
  fill(25);
  std::array<char, 100 * ConsumeQueueUnit::bytes> raw{};
  EXPECT_EQ(queue_.read(3, 100, raw.data()), 7);
  EXPECT_EQ(queue_.read(10, 4, raw.data()), 4);
  EXPECT_EQ(queue_.read(20, 100, raw.data()), 5);
  EXPECT_EQ(queue_.next_file_offset(3), 10);
}

TEST_F(ConsumeQueueTest, ARecordThatWasAppendedBeforeIsRecognised) {
  fill(5);
  EXPECT_EQ(append(2000, 2), Appended::AlreadyBuilt);
  EXPECT_EQ(append(4000, 4), Appended::AlreadyBuilt);
  EXPECT_EQ(queue_.max_offset(), 5);
}

TEST_F(ConsumeQueueTest, AQueueWhoseFirstRecordIsALaterEntryIsFilledUpToIt) {
  ASSERT_EQ(append(5'000'000, 13), Appended::Yes);
  EXPECT_EQ(queue_.min_offset(), 13);
  EXPECT_EQ(queue_.max_offset(), 14);
  ASSERT_TRUE(queue_.write_out());
  EXPECT_TRUE(std::filesystem::exists(directory_ / "T/0/00000000000000000200"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "T/0/00000000000000000000"));
  const std::string bytes = directory_.read("T/0/00000000000000000200");
  EXPECT_TRUE(ConsumeQueueUnit::decode(bytes.data()).is_pre_blank());
  EXPECT_TRUE(ConsumeQueueUnit::decode(bytes.data() + 40).is_pre_blank());
  EXPECT_EQ(ConsumeQueueUnit::decode(bytes.data() + 60).physical_offset, 5'000'000);
}

TEST_F(ConsumeQueueTest, AnEntryAtAWrongPlaceNeverShiftsTheOthers) {
  fill(3);
  ASSERT_EQ(append(50'000, 5), Appended::Yes);
  EXPECT_TRUE(queue_.unit_at(3).is_pre_blank());
  EXPECT_EQ(queue_.unit_at(5).physical_offset, 50'000);
  EXPECT_EQ(append(60'000, 4), Appended::Refused) << "the queue is already further";
  EXPECT_EQ(append(70'000, 1'000'000'000), Appended::Refused)
      << "this many records cannot be missing";
  EXPECT_EQ(queue_.max_offset(), 6);
}

TEST_F(ConsumeQueueTest, AnEntryZeroBehindOthersBeginsTheQueueAnew) {
  fill(15);
  ASSERT_TRUE(queue_.write_out());
  ASSERT_EQ(append(90'000, 0), Appended::Yes);
  EXPECT_EQ(queue_.max_offset(), 1);
  EXPECT_EQ(queue_.unit_at(0).physical_offset, 90'000);
}

TEST_F(ConsumeQueueTest, LoadingFindsTheEndAndCutsWhatIsNotTrusted) {
  fill(25);
  ASSERT_TRUE(queue_.write_out());
  ConsumeQueue whole(shared_, "T", 0);
  bool damaged = false;
  ASSERT_TRUE(whole.load({}, damaged));
  EXPECT_EQ(whole.max_offset(), 25);
  EXPECT_EQ(whole.physical_end(), 24'100);
  ConsumeQueue cut(shared_, "T", 0);
  ASSERT_TRUE(cut.load({.physical_end = 12'000, .zero_behind_end = true}, damaged));
  EXPECT_FALSE(damaged);
  EXPECT_EQ(cut.max_offset(), 12);
  EXPECT_EQ(directory_.read("T/0/00000000000000000200").substr(40), std::string(160, '\0'));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "T/0/00000000000000000400"));
}

TEST_F(ConsumeQueueTest, TheMinimumFollowsTheLogAndTheLastFileStays) {
  fill(35);
  ASSERT_TRUE(queue_.write_out());
  queue_.correct_min_offset(12'500);
  EXPECT_EQ(queue_.min_offset(), 13);
  ASSERT_EQ(*queue_.remove_files_below(25'000), 2);
  EXPECT_EQ(queue_.min_offset(), 20);
  ASSERT_EQ(*queue_.remove_files_below(1'000'000), 1);
  queue_.correct_min_offset(1'000'000);
  EXPECT_EQ(queue_.min_offset(), 35);
  EXPECT_EQ(queue_.max_offset(), 35);
  EXPECT_TRUE(std::filesystem::exists(directory_ / "T/0/00000000000000000600"));
}

}  // namespace
}  // namespace rocketmq::store
