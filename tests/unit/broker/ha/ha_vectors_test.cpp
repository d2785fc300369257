// What published brokers sent on the port of slaves (tests/vectors/ha/README.md).

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>

#include "default_message_store.hpp"
#include "faulty_file_system.hpp"
#include "ha/ha_protocol.hpp"
#include "ha/ha_server.hpp"
#include "ha/replica_stream.hpp"
#include "ha/slave_feed.hpp"
#include "raw_connection.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/clock.hpp"
#include "temp_dir.hpp"

namespace rocketmq::broker::ha {
namespace {

using namespace std::chrono_literals;

/// Where the log of the recorded master has its last file, and where it ended at first and at last.
constexpr std::int64_t recorded_base = 262'144;
constexpr std::int64_t recorded_end_at_first = 386'295;
constexpr std::int64_t recorded_end = 386'580;

class HaVectorsTest : public ::testing::Test {
 protected:
  HaVectorsTest() {
    extract("ha/streams.tar.gz");
    extract("store/store-java-4.9.8-clean.tar.gz");
    master_stream = directory.read("java-5.5.0-master.bin");
    slave_stream = directory.read("java-3.2.6-slave.bin");
    log = directory.read("store/commitlog/00000000000000262144");
  }
  void extract(const std::string& archive) {
    const std::string command = "tar -xzf '" + std::string(ROCKETMQ_TEST_VECTORS) + "/" + archive +
                                "' -C '" + directory.text() + "'";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  std::unique_ptr<store::DefaultMessageStore> open(store::BrokerRole role, const char* root) {
    config.store_path_root_dir = directory / root;
    config.mapped_file_size_commit_log = 262'144;
    config.mapped_file_size_consume_queue = 200;
    config.max_hash_slot_num = 40;
    config.max_index_num = 60;
    config.broker_role = role;
    auto opened = store::DefaultMessageStore::open(config, clock, disk);
    EXPECT_TRUE(opened) << opened.error().remark;
    if (!opened) return nullptr;
    EXPECT_TRUE((*opened)->start());
    return *std::move(opened);
  }

  rocketmq::test::TempDir directory;
  store::StoreConfig config;
  ManualClock clock;
  /// Says that everything is in memory: what is not is sent in other pieces.
  rocketmq::test::FaultyFileSystem disk;
  std::string master_stream;
  std::string slave_stream;
  std::string log;
};

TEST_F(HaVectorsTest, ASlaveTakesAJavaMastersStreamHoweverItIsCut) {
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    std::mt19937 random(seed);
    const auto name = "slave-" + std::to_string(seed);
    const auto slave = open(store::BrokerRole::Slave, name.c_str());
    ASSERT_NE(slave, nullptr);
    ReplicaStream stream(*slave, {});
    std::string left;
    for (std::size_t at = 0; at < master_stream.size();) {
      const std::size_t count = 1 + random() % (seed == 1 ? 40 : 50'000);
      left += std::string_view(master_stream).substr(at, count);
      at += count;
      const auto taken = stream.take(left, {});
      ASSERT_TRUE(taken) << taken.error().remark;
      left.erase(0, *taken);
    }
    EXPECT_TRUE(left.empty());
    EXPECT_EQ(slave->log_bounds().begin, recorded_base);
    EXPECT_EQ(slave->log_bounds().end, recorded_end);
    const auto copied = slave->read_log(recorded_base, 262'144, INT64_MAX);
    constexpr auto bytes = static_cast<std::size_t>(recorded_end_at_first - recorded_base);
    EXPECT_TRUE(copied.bytes.substr(0, bytes) == std::string_view(log).substr(0, bytes));
  }
}

TEST_F(HaVectorsTest, AMasterSendsWhatAJavaMasterSends) {
  const auto master = open(store::BrokerRole::AsyncMaster, "store");
  ASSERT_NE(master, nullptr);
  ASSERT_EQ(master->log_bounds().end, recorded_end_at_first);
  HaServer server({.bind_address = "127.0.0.1"}, config, *master);
  ASSERT_TRUE(server.start(false));
  rocketmq::test::RawConnection link(server.port());
  std::string report;
  append_report(report, 0);
  link.send(report);
  // Up to what the Java master put itself.
  constexpr std::size_t frames = 4;
  const std::size_t bytes =
      static_cast<std::size_t>(recorded_end_at_first - recorded_base) + frames * frame_head_bytes;
  EXPECT_TRUE(link.read_bytes(bytes) == master_stream.substr(0, bytes));
}

TEST_F(HaVectorsTest, AMasterTakesAJavaSlavesReports) {
  const store::LogBounds bounds{.begin = 0, .end = recorded_end};
  SlaveFeed feed({});
  std::string frames_left = master_stream;
  for (std::size_t at = 0; at < slave_stream.size(); at += report_bytes) {
    const auto end = last_report(std::string_view(slave_stream).substr(at, report_bytes));
    const auto taken = feed.take_report(end, bounds, 262'144, {});
    ASSERT_TRUE(taken) << taken.error().remark;
    if (at == 0) {
      EXPECT_EQ(feed.next(), recorded_base);
    }
    // What it acknowledges next has been sent by then.
    const auto frame = first_frame(frames_left).value();
    if (!frame || end < feed.next()) continue;
    feed.sent(std::ssize(frame->body), {});
    frames_left.erase(0, frame->bytes());
  }
  EXPECT_EQ(feed.acknowledged(), recorded_end);
}

}  // namespace
}  // namespace rocketmq::broker::ha
