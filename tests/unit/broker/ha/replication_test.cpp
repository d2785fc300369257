// A master and its slave in one process, over real links.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "default_message_store.hpp"
#include "faulty_file_system.hpp"
#include "ha/ha_client.hpp"
#include "ha/ha_protocol.hpp"
#include "ha/ha_server.hpp"
#include "raw_connection.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/clock.hpp"
#include "temp_dir.hpp"

namespace rocketmq::broker::ha {
namespace {

using namespace std::chrono_literals;
using rocketmq::test::RawConnection;
using rocketmq::test::RawListener;
using rocketmq::test::TempDir;
using store::BrokerRole;
using store::DefaultMessageStore;
using store::PutStatus;
using ::testing::HasSubstr;

constexpr std::int64_t file_bytes = 65'536;
constexpr auto patience = 30s;

store::StoreConfig config_at(const std::filesystem::path& root, BrokerRole role) {
  store::StoreConfig config;
  config.store_path_root_dir = root;
  config.mapped_file_size_commit_log = file_bytes;
  config.mapped_file_size_consume_queue = 2'000;
  config.max_hash_slot_num = 40;
  config.max_index_num = 60;
  config.broker_role = role;
  config.ha_transfer_batch_bytes = 4'000;
  return config;
}

/// A store that can be stopped, killed and opened again.
class Node {
 public:
  Node(const std::filesystem::path& root, BrokerRole role) : config(config_at(root, role)) {}

  void open() {
    auto opened = DefaultMessageStore::open(config, clock, disk);
    ASSERT_TRUE(opened) << opened.error().remark;
    store = *std::move(opened);
    ASSERT_TRUE(store->start());
  }
  void put(int count) {
    for (int i = 0; i < count; ++i) {
      const auto result = store->put_and_wait(message());
      ASSERT_TRUE(result.is_stored()) << result.remark;
    }
  }
  store::MessageToPut message() {
    body_ = std::string(100 + static_cast<std::size_t>(number_ * 37 % 900), 'b') +
            std::to_string(number_);
    return {.topic = "TopicTest",
            .queue_id = static_cast<std::int32_t>(number_++ % 4),
            .born_timestamp_ms = 1,
            .born_host = Endpoint::v4(10, 0, 0, 1, 1234),
            .store_host = Endpoint::v4(127, 0, 0, 1, 10'911),
            .body = body_};
  }
  std::int64_t end() const { return store->log_bounds().end; }
  /// Waits until the log has come to `position`.
  bool reaches(std::int64_t position) {
    std::promise<void> reached;
    const auto follower = store->follow_log([&] { reached.set_value(); });
    if (!follower->wait_beyond(position - 1)) return true;
    return reached.get_future().wait_for(patience) == std::future_status::ready;
  }
  /// The log's bytes from `begin` to its end.
  std::string log(std::int64_t begin = 0) const {
    std::string bytes;
    for (std::int64_t at = begin; at < end();) {
      EXPECT_TRUE(store->load_log(at, file_bytes));
      const auto range = store->read_log(at, file_bytes, INT64_MAX);
      if (range.bytes.empty()) {
        ADD_FAILURE() << "the log has nothing at " << at;
        break;
      }
      bytes += range.bytes;
      at += std::ssize(range.bytes);
    }
    return bytes;
  }

  store::StoreConfig config;
  ManualClock clock;
  rocketmq::test::FaultyFileSystem disk;
  std::unique_ptr<DefaultMessageStore> store;

 private:
  int number_ = 0;
  std::string body_;
};

class ReplicationTest : public ::testing::Test {
 protected:
  ~ReplicationTest() override {
    client.reset();
    server.reset();
  }

  void start_master() {
    master.open();
    listen();
  }
  void listen() {
    server = std::make_unique<HaServer>(HaServer::Options{.bind_address = "127.0.0.1"},
                                        master.config, *master.store);
    const auto started = server->start(master.config.broker_role == BrokerRole::SyncMaster);
    ASSERT_TRUE(started) << started.error().remark;
  }
  void start_slave() {
    slave.open();
    follow();
  }
  void follow() { follow("127.0.0.1:" + std::to_string(server->port())); }
  void follow(const std::string& master_address) {
    client = std::make_unique<HaClient>(slave.config, system_clock, *slave.store);
    client->set_master_address(master_address);
    client->start();
  }
  /// What a killed process leaves of the slave.
  void kill_slave() {
    client.reset();
    slave.store->abandon();
    slave.store.reset();
  }
  void expect_same_log(std::int64_t begin = 0) {
    ASSERT_TRUE(slave.reaches(master.end()));
    EXPECT_EQ(slave.end(), master.end());
    EXPECT_TRUE(slave.log(begin) == master.log(begin)) << "the logs differ";
  }
  RawConnection connect() { return RawConnection(server->port()); }
  /// Reads frames until the log has come up to `end`.
  static void receive_until(RawConnection& link, std::int64_t end) {
    for (std::int64_t at = -1; at < end;) {
      const std::string head = link.read_bytes(frame_head_bytes);
      ASSERT_EQ(head.size(), frame_head_bytes);
      const auto size = load_be<std::int32_t>(head.data() + 8);
      ASSERT_EQ(link.read_bytes(static_cast<std::size_t>(size)).size(),
                static_cast<std::size_t>(size));
      at = load_be<std::int64_t>(head.data()) + size;
    }
  }
  static std::string report(std::int64_t end) {
    std::string bytes;
    append_report(bytes, end);
    return bytes;
  }

  TempDir directory;
  SystemClock system_clock;
  Node master{directory / "master", BrokerRole::AsyncMaster};
  Node slave{directory / "slave", BrokerRole::Slave};
  std::unique_ptr<HaServer> server;
  std::unique_ptr<HaClient> client;
};

TEST_F(ReplicationTest, ASlaveGetsWhatIsThereAndWhatComes) {
  start_master();
  master.put(20);
  ASSERT_LT(master.end(), file_bytes);
  start_slave();
  ASSERT_TRUE(slave.reaches(master.end()));
  master.put(300);
  ASSERT_GT(master.end(), 2 * file_bytes) << "files are rolled over";
  expect_same_log();
  slave.store->wait_until_dispatched();
  EXPECT_EQ(slave.store->queue_bounds("TopicTest", 0).max_offset, 80);
}

TEST_F(ReplicationTest, ASlaveWithoutALogBeginsWithTheMastersLastFile) {
  start_master();
  master.put(300);
  const std::int64_t base = master.end() - master.end() % file_bytes;
  ASSERT_GT(base, 0);
  start_slave();
  expect_same_log(base);
  EXPECT_EQ(slave.store->log_bounds().begin, base);
  master.put(200);
  expect_same_log(base);
}

TEST_F(ReplicationTest, ASlaveThatIsRestartedAnywhereInTheStreamHasTheSameLog) {
  start_master();
  master.put(3);
  std::mt19937 random(4711);
  for (int round = 0; round < 12; ++round) {
    slave.config.flush_disk_type =
        round % 2 == 0 ? store::FlushDiskType::AsyncFlush : store::FlushDiskType::SyncFlush;
    start_slave();
    const std::int64_t before = slave.end();
    master.put(20);
    // Somewhere in what has just been put.
    const auto to = before + static_cast<std::int64_t>(random() % 8'000);
    ASSERT_TRUE(slave.reaches(std::min(to, master.end())));
    kill_slave();
  }
  start_slave();
  expect_same_log();
}

TEST_F(ReplicationTest, ASlaveFollowsItsMasterAgainWhenThatIsRestarted) {
  start_master();
  start_slave();
  master.put(50);
  ASSERT_TRUE(slave.reaches(master.end()));
  server.reset();
  client.reset();
  master.store.reset();
  start_master();
  follow();
  master.put(50);
  expect_same_log();
}

TEST_F(ReplicationTest, AStopLeavesTheSlaveWithTheWholeLog) {
  start_master();
  start_slave();
  ASSERT_TRUE(slave.reaches(0));
  master.put(1);
  ASSERT_TRUE(slave.reaches(master.end()));
  master.put(400);
  server->stop(20s);
  EXPECT_EQ(slave.end(), master.end());
}

TEST_F(ReplicationTest, WhatOnlyTheDiskHasIsReadForASlave) {
  start_master();
  master.put(300);
  master.disk.set_cached(
      [](const auto& path) { return path.string().find("commitlog") == std::string::npos; });
  auto link = connect();
  link.send(report(1));
  const auto bytes = static_cast<std::size_t>(master.end() - 1);
  ASSERT_GT(bytes, std::size_t{2 * file_bytes});
  // With the heads of the frames.
  EXPECT_EQ(link.read_bytes(bytes).size(), bytes);
}

TEST_F(ReplicationTest, SlavesAreShownWithTheirLag) {
  start_master();
  master.put(20);
  auto link = connect();
  EXPECT_TRUE(server->slaves().empty()) << "it has not said where it is";
  link.send(report(1));
  ASSERT_EQ(link.read_bytes(1).size(), 1U);
  const auto slaves = server->slaves();
  ASSERT_EQ(slaves.size(), 1U);
  EXPECT_EQ(slaves[0].acknowledged, 1);
  EXPECT_EQ(slaves[0].began_at, 1);
  EXPECT_EQ(slaves[0].lag_bytes, master.end() - 1);
  EXPECT_TRUE(slaves[0].is_in_sync);
  EXPECT_THAT(slaves[0].address, HasSubstr("127.0.0.1:"));
}

// What a peer may send.

TEST_F(ReplicationTest, NothingIsSentBeforeTheFirstReport) {
  master.config.ha_send_heartbeat_interval_ms = 20;
  start_master();
  master.put(1);
  auto link = connect();
  EXPECT_EQ(link.read_bytes(1, 200ms), "");
  link.send(report(0));
  const std::string head = link.read_bytes(frame_head_bytes);
  ASSERT_EQ(head.size(), frame_head_bytes);
  EXPECT_EQ(load_be<std::int64_t>(head.data()), 0);
  EXPECT_EQ(link.read_bytes(static_cast<std::size_t>(master.end())), master.log());
  EXPECT_EQ(link.read_bytes(frame_head_bytes), [&] {
    std::string heartbeat;
    append_frame_head(heartbeat, master.end(), 0);
    return heartbeat;
  }());
}

TEST_F(ReplicationTest, FramesAreOfTheConfiguredSizeAndOfOneFile) {
  start_master();
  master.put(300);
  auto link = connect();
  link.send(report(1));
  std::int64_t at = 1;
  while (at < master.end()) {
    const std::string head = link.read_bytes(frame_head_bytes);
    ASSERT_EQ(head.size(), frame_head_bytes);
    const auto position = load_be<std::int64_t>(head.data());
    const auto size = load_be<std::int32_t>(head.data() + 8);
    ASSERT_EQ(position, at);
    ASSERT_GT(size, 0);
    ASSERT_LE(size, 4'000);
    ASSERT_EQ(position / file_bytes, (position + size - 1) / file_bytes) << "crosses a file";
    ASSERT_EQ(
        link.read_bytes(static_cast<std::size_t>(size)),
        master.log().substr(static_cast<std::size_t>(position), static_cast<std::size_t>(size)));
    at += size;
  }
}

TEST_F(ReplicationTest, ASlaveThatHasMoreThanTheMasterIsRefused) {
  start_master();
  master.put(1);
  auto link = connect();
  link.send(report(master.end() + 1));
  EXPECT_TRUE(link.is_closed_by_peer());
  EXPECT_TRUE(server->slaves().empty());
}

TEST_F(ReplicationTest, ASlaveThatNeedsDeletedFilesIsRefused) {
  master.config.flush_disk_type = store::FlushDiskType::SyncFlush;
  start_master();
  master.put(300);
  master.store->wait_until_dispatched();
  master.clock.set_wall(system_clock.now_ms() + 1'000);
  master.config.file_reserved_time_hours = 0;
  master.store->delete_expired_files();
  master.store->clean_files();
  ASSERT_GT(master.store->log_bounds().begin, 0);
  auto link = connect();
  link.send(report(1));
  EXPECT_TRUE(link.is_closed_by_peer());
}

TEST_F(ReplicationTest, ASilentPeerIsGivenUp) {
  master.config.ha_housekeeping_interval_ms = 50;
  start_master();
  auto link = connect();
  EXPECT_TRUE(link.is_closed_by_peer());
}

TEST_F(ReplicationTest, ReportsThatComeInPiecesAreReports) {
  start_master();
  master.put(5);
  auto link = connect();
  const std::string first = report(0);
  for (const char byte : first) link.send(std::string_view(&byte, 1));
  EXPECT_EQ(link.read_bytes(frame_head_bytes).size(), frame_head_bytes);
}

TEST_F(ReplicationTest, AMasterThatSendsNoFramesIsLeftAlone) {
  slave.open();
  RawListener listener;
  follow(listener.address());
  auto link = listener.accept();
  EXPECT_EQ(link.read_bytes(report_bytes), report(0)) << "it reports at once";
  link.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_TRUE(link.is_closed_by_peer());
  EXPECT_EQ(slave.end(), 0);
}

TEST_F(ReplicationTest, AMasterThatContinuesElsewhereIsLeft) {
  start_master();
  master.put(30);
  start_slave();
  expect_same_log();
  client.reset();
  RawListener listener;
  follow(listener.address());
  auto link = listener.accept();
  EXPECT_EQ(link.read_bytes(report_bytes), report(slave.end()));
  std::string heartbeat;
  append_frame_head(heartbeat, slave.end() - 1, 0);
  link.send(heartbeat);
  EXPECT_TRUE(link.is_closed_by_peer());
  while (client->state().last_failure.empty()) std::this_thread::yield();
  EXPECT_THAT(client->state().last_failure, HasSubstr("continues at"));
}

TEST_F(ReplicationTest, ASilentMasterIsGivenUp) {
  slave.config.ha_housekeeping_interval_ms = 50;
  slave.open();
  RawListener listener;
  follow(listener.address());
  auto link = listener.accept();
  EXPECT_TRUE(link.is_closed_by_peer());
}

// Sync double write.

class SyncMasterTest : public ReplicationTest {
 protected:
  SyncMasterTest() { master.config.broker_role = BrokerRole::SyncMaster; }

  std::future<PutStatus> put_one(bool waits = true) {
    auto outcome = std::make_shared<std::promise<PutStatus>>();
    auto message = master.message();
    message.wait_store_ok = waits;
    master.store->put(
        message, [outcome](const store::PutResult& result) { outcome->set_value(result.status); });
    return outcome->get_future();
  }
  static bool is_done(std::future<PutStatus>& outcome, std::chrono::milliseconds within = 0ms) {
    return outcome.wait_for(within) == std::future_status::ready;
  }
  /// A slave that says only what the test says.
  RawConnection follow_by_hand() {
    auto link = connect();
    link.send(report(master.end()));
    while (server->slaves().empty()) std::this_thread::yield();
    return link;
  }
};

TEST_F(SyncMasterTest, WithoutASlaveAPutSaysSo) {
  start_master();
  EXPECT_EQ(put_one().get(), PutStatus::SlaveNotAvailable);
  EXPECT_EQ(put_one(false).get(), PutStatus::Ok) << "it does not ask for a slave";
}

TEST_F(SyncMasterTest, APutIsDoneWhenTheSlaveHasIt) {
  start_master();
  auto link = follow_by_hand();
  auto put = put_one();
  const std::int64_t end = master.end();
  EXPECT_EQ(link.read_bytes(frame_head_bytes + static_cast<std::size_t>(end)).size(),
            frame_head_bytes + static_cast<std::size_t>(end));
  link.send(report(end - 1));
  EXPECT_FALSE(is_done(put, 50ms));
  link.send(report(end));
  EXPECT_EQ(put.get(), PutStatus::Ok);
}

TEST_F(SyncMasterTest, APutThatTheSlaveDoesNotAcknowledgeInTimeSaysSo) {
  start_master();
  auto link = follow_by_hand();
  auto put = put_one();
  EXPECT_FALSE(is_done(put, 100ms));
  master.clock.advance(3'000ms);
  EXPECT_EQ(put.get(), PutStatus::FlushSlaveTimeout);
}

TEST_F(SyncMasterTest, ASlaveThatHasNotReportedIsNone) {
  start_master();
  auto link = connect();
  EXPECT_EQ(put_one().get(), PutStatus::SlaveNotAvailable);
}

TEST_F(SyncMasterTest, ALyingSlaveAcknowledgesNothing) {
  start_master();
  auto link = follow_by_hand();
  auto put = put_one();
  link.send(report(INT64_MAX));
  EXPECT_TRUE(link.is_closed_by_peer());
  EXPECT_FALSE(is_done(put, 50ms));
  while (!server->slaves().empty()) std::this_thread::yield();
  EXPECT_EQ(put_one().get(), PutStatus::SlaveNotAvailable);
}

TEST_F(SyncMasterTest, ASlaveThatIsTooFarBehindIsNotWaitedFor) {
  master.config.ha_slave_fallbehind_max_bytes = 10'000;
  start_master();
  auto link = follow_by_hand();
  auto put = put_one();
  while (master.end() < 20'000) (void)put_one(false);
  EXPECT_EQ(put_one().get(), PutStatus::SlaveNotAvailable);
  EXPECT_EQ(server->slaves().at(0).is_in_sync, false);
  receive_until(link, master.end());
  link.send(report(master.end()));
  EXPECT_EQ(put.get(), PutStatus::Ok);
}

TEST_F(SyncMasterTest, EveryAcknowledgedMessageIsOnTheSlaveWhenTheMastersDiskIsThrownAway) {
  master.config.flush_disk_type = store::FlushDiskType::SyncFlush;
  slave.config.flush_disk_type = store::FlushDiskType::SyncFlush;
  start_master();
  start_slave();
  while (server->slaves().empty()) std::this_thread::yield();
  std::vector<std::int64_t> acknowledged;
  for (int i = 0; i < 150; ++i) {
    const auto result = master.store->put_and_wait(master.message());
    ASSERT_EQ(result.status, PutStatus::Ok) << result.remark;
    acknowledged.push_back(result.physical_offset);
  }
  const std::string log = master.log();
  server.reset();
  master.store->abandon();
  master.store.reset();
  std::filesystem::remove_all(master.config.store_path_root_dir);

  kill_slave();
  slave.config.broker_role = BrokerRole::SyncMaster;
  slave.open();
  for (const std::int64_t position : acknowledged)
    EXPECT_TRUE(slave.store->message_at(position)) << position;
  EXPECT_TRUE(slave.log() == log);
}

}  // namespace
}  // namespace rocketmq::broker::ha
