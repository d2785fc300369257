#include "store_checkpoint.hpp"

#include <gtest/gtest.h>

#include "rocketmq/common/bytes.hpp"
#include "temp_dir.hpp"

namespace rocketmq::store {
namespace {

class StoreCheckpointTest : public ::testing::Test {
 protected:
  StoreCheckpointTest() {
    written_.physic_timestamp_ms = 1000;
    written_.logics_timestamp_ms = 2000;
    written_.index_timestamp_ms = 3000;
    StoreCheckpoint::Own own;
    own.complete_offset = 77;
    own.is_clean_stop = true;
    own.last_store_timestamp_ms = 2222;
    own.queue_totals = {3, 44, 5};
    own.index.file_number = 20261122171633155;
    own.index.header.count = 9;
    own.index.file_count = 2;
    written_.own = own;
    written_.file_sizes = {1'000, 200, 30, 40};
  }
  StoreCheckpoint read() {
    const auto checkpoint = StoreCheckpoint::read(FileSystem::real(), path());
    EXPECT_TRUE(checkpoint);
    return checkpoint ? *checkpoint : StoreCheckpoint{};
  }
  std::filesystem::path path() const { return directory_ / "checkpoint"; }

  rocketmq::test::TempDir directory_;
  StoreCheckpoint written_;
};

TEST_F(StoreCheckpointTest, AMissingFileIsAllZero) {
  const StoreCheckpoint checkpoint = read();
  EXPECT_EQ(checkpoint.physic_timestamp_ms, 0);
  EXPECT_FALSE(checkpoint.own);
}

TEST_F(StoreCheckpointTest, IsReadAsItWasWritten) {
  ASSERT_TRUE(written_.write(FileSystem::real(), path()));
  EXPECT_EQ(std::filesystem::file_size(path()), 4096U);
  const StoreCheckpoint checkpoint = read();
  EXPECT_EQ(checkpoint.index_timestamp_ms, 3000);
  ASSERT_TRUE(checkpoint.own);
  EXPECT_EQ(checkpoint.own->complete_offset, 77);
  EXPECT_TRUE(checkpoint.own->is_clean_stop);
  EXPECT_EQ(checkpoint.own->queue_totals, (ConsumeQueueStore::Totals{3, 44, 5}));
  EXPECT_EQ(checkpoint.own->index.file_count, 2);
  EXPECT_EQ(checkpoint.file_sizes, written_.file_sizes);
  EXPECT_EQ(checkpoint.own->index.file_number, 20261122171633155);
  EXPECT_EQ(checkpoint.own->index.header.count, 9);
}

TEST_F(StoreCheckpointTest, OurRecordNoLongerCountsWhenAnotherBrokerHasMovedTheTimes) {
  ASSERT_TRUE(written_.write(FileSystem::real(), path()));
  std::string bytes = directory_.read("checkpoint");
  store_be(bytes.data(), std::int64_t{1001});
  directory_.write("checkpoint", bytes);
  EXPECT_EQ(read().physic_timestamp_ms, 1001);
  EXPECT_FALSE(read().own);
}

TEST_F(StoreCheckpointTest, AnyFlippedBitOfOurRecordMakesItNotCount) {
  ASSERT_TRUE(written_.write(FileSystem::real(), path()));
  const std::string whole = directory_.read("checkpoint");
  for (std::size_t at = 1024; at < 1024 + 19 * 8; ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    directory_.write("checkpoint", bytes);
    EXPECT_FALSE(read().own) << at;
  }
}

TEST_F(StoreCheckpointTest, WithoutASoundSecondRecordTheFirstOneCountsAndTheRestIsNotKnown) {
  ASSERT_TRUE(written_.write(FileSystem::real(), path()));
  const std::string whole = directory_.read("checkpoint");
  for (std::size_t at = 2048; at < 2048 + 9 * 8; ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    directory_.write("checkpoint", bytes);
    const StoreCheckpoint checkpoint = read();
    EXPECT_FALSE(checkpoint.file_sizes) << at;
    ASSERT_TRUE(checkpoint.own);
    EXPECT_TRUE(checkpoint.own->queue_totals.agrees_with({3, 44, 17}));
    EXPECT_FALSE(checkpoint.own->queue_totals.agrees_with({3, 45, 17}));
    EXPECT_EQ(checkpoint.own->index.file_count, IndexStore::State::not_known);
  }
}

TEST_F(StoreCheckpointTest, TimesThatOtherReleasesKeepStay) {
  std::string bytes(4096, '\0');
  store_be(bytes.data() + 24, std::int64_t{42});
  directory_.write("checkpoint", bytes);
  ASSERT_TRUE(written_.write(FileSystem::real(), path()));
  EXPECT_EQ(load_be<std::int64_t>(directory_.read("checkpoint").data() + 24), 42);
}

}  // namespace
}  // namespace rocketmq::store
