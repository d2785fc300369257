#include "deleted_topics.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>

#include "faulty_file_system.hpp"
#include "temp_dir.hpp"

namespace rocketmq::store::test {
namespace {

class DeletedTopicsTest : public testing::Test {
 protected:
  /// What a start finds.
  std::unique_ptr<DeletedTopics> reopened(std::int64_t log_begin = 0,
                                          std::int64_t log_end = 1'000'000) {
    auto deleted = std::make_unique<DeletedTopics>(disk, file);
    deleted->load();
    deleted->settle(log_begin, log_end);
    return deleted;
  }

  rocketmq::test::TempDir directory;
  rocketmq::test::FaultyFileSystem disk;
  const std::filesystem::path file = directory.path() / "deletedTopics";
};

TEST_F(DeletedTopicsTest, CoversTheRecordsBeforeADeletionAndNoLaterOnes) {
  auto deleted = reopened();
  EXPECT_FALSE(deleted->covers("A", 0));
  ASSERT_TRUE(deleted->add("A", 500, 0));
  ASSERT_TRUE(deleted->add("B", 700, 0));
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(deleted->covers("A", 499));
    EXPECT_FALSE(deleted->covers("A", 500));
    EXPECT_TRUE(deleted->covers("B", 699));
    EXPECT_FALSE(deleted->covers("C", 0));
    EXPECT_EQ(deleted->end_of("A"), 500);
    EXPECT_EQ(deleted->end_of("C"), 0);
    deleted = reopened();
  }
}

TEST_F(DeletedTopicsTest, KnowsADeletionAfterThePowerWasLost) {
  ASSERT_TRUE(reopened()->add("A", 500, 0));
  disk.lose_power();
  EXPECT_TRUE(reopened()->covers("A", 499));
}

TEST_F(DeletedTopicsTest, GoesOnAfterALineThatWasTorn) {
  ASSERT_TRUE(reopened()->add("A", 500, 0));
  std::ofstream(file, std::ios::app) << "700 B 12";
  auto deleted = reopened();
  EXPECT_TRUE(deleted->covers("A", 499));
  EXPECT_FALSE(deleted->covers("B", 0));
  ASSERT_TRUE(deleted->add("C", 800, 0));
  deleted = reopened();
  EXPECT_TRUE(deleted->covers("A", 499));
  EXPECT_TRUE(deleted->covers("C", 799));
}

TEST_F(DeletedTopicsTest, GoesOnAfterALineThatCouldNotBeWritten) {
  auto deleted = reopened();
  ASSERT_TRUE(deleted->add("A", 500, 0));
  disk.set_fault([](auto operation, const auto&, std::size_t&) {
    return operation == rocketmq::test::FaultyFileSystem::Operation::Write ? ENOSPC : 0;
  });
  EXPECT_FALSE(deleted->add("B", 600, 0));
  disk.set_fault(nullptr);
  ASSERT_TRUE(deleted->add("C", 700, 0));
  deleted = reopened();
  EXPECT_TRUE(deleted->covers("A", 499));
  EXPECT_TRUE(deleted->covers("C", 699));
}

TEST_F(DeletedTopicsTest, ForgetsADeletionWhoseRecordsHaveExpired) {
  ASSERT_TRUE(reopened()->add("A", 500, 0));
  EXPECT_EQ(reopened(499)->end_of("A"), 500);
  EXPECT_EQ(reopened(500)->end_of("A"), 0);
  EXPECT_EQ(std::filesystem::file_size(file), 0);
}

TEST_F(DeletedTopicsTest, CoversNothingThatWasWrittenAfterTheLogHadLostItsEnd) {
  ASSERT_TRUE(reopened()->add("A", 500, 0));
  EXPECT_TRUE(reopened(0, 400)->covers("A", 399));
  EXPECT_FALSE(reopened()->covers("A", 400)) << "another record may begin there by now";
}

TEST_F(DeletedTopicsTest, CoversNothingThatIsWrittenLaterThoughTheDiskWasFull) {
  ASSERT_TRUE(reopened()->add("A", 500, 0));
  disk.set_fault([](auto operation, const auto&, std::size_t&) {
    return operation == rocketmq::test::FaultyFileSystem::Operation::Write ? ENOSPC : 0;
  });
  auto deleted = reopened(0, 400);
  EXPECT_TRUE(deleted->covers("A", 399));
  EXPECT_FALSE(deleted->covers("A", 400));
  EXPECT_FALSE(reopened()->covers("A", 400)) << "rather none than one that is wrong";
  disk.set_fault(nullptr);
  ASSERT_TRUE(deleted->add("B", 450, 0));
  EXPECT_TRUE(reopened()->covers("A", 399)) << "written again with the next one";
}

TEST_F(DeletedTopicsTest, KeepsItsFileSmallHoweverOftenATopicIsDeleted) {
  auto deleted = reopened();
  for (int i = 1; i <= 5'000; ++i) ASSERT_TRUE(deleted->add("A", i, 0));
  EXPECT_LT(std::filesystem::file_size(file), 50'000);
  EXPECT_EQ(reopened()->end_of("A"), 5'000);
}

TEST_F(DeletedTopicsTest, ForgetsEverythingWhenToldSo) {
  ASSERT_TRUE(reopened()->add("A", 500, 0));
  reopened()->forget_all();
  EXPECT_FALSE(reopened()->covers("A", 0));
}

}  // namespace
}  // namespace rocketmq::store::test
