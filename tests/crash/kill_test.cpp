// A broker under load is killed at random moments, restarted, and compared with a ledger of what it
// has acknowledged, which was kept outside of it.
//
// Short form: 50 kills for each way of flushing. ROCKETMQ_TEST_LONG=1: 1,000 kills. The seed is
// printed; ROCKETMQ_TEST_SEED repeats the choices, though not the moments to the microsecond.

#include <cstdlib>
#include <thread>

#include "check_queues.hpp"
#include "ledger.hpp"
#include "rocketmq/protocol/queue_headers.hpp"
#include "seed.hpp"
#include "writer.hpp"

namespace rocketmq::test {
namespace {

using remoting::RequestCode;

constexpr std::int32_t writers = 4;
constexpr std::int32_t queues = 6;
const std::string topic = "Killed";

int kills_wanted() { return std::getenv("ROCKETMQ_TEST_LONG") != nullptr ? 1'000 : 50; }

class KillTest : public BrokerDaemonTest, public testing::WithParamInterface<const char*> {
 protected:
  KillTest() {
    port_ = free_broker_port();
    const std::uint64_t seed = random_();
    for (std::int32_t i = 0; i < writers; ++i)
      writers_.emplace_back(i, seed + static_cast<std::uint64_t>(i));
  }

  /// Files roll over and checkpoints are made all the time, so that kills meet them.
  std::unique_ptr<Process> begin_start() {
    return run({"-c", configure(port_, std::string("flushDiskType=") + GetParam() +
                                           "\nflushIntervalCommitLog=20\n"
                                           "flushIntervalConsumeQueue=10\n"
                                           "flushConsumeQueueThoroughInterval=50\n"
                                           "mappedFileSizeCommitLog=1048576\n"
                                           "mappedFileSizeConsumeQueue=20000\n"
                                           "maxMessageSize=65536\n"
                                           "syncFlushTimeout=30000\n")});
  }
  std::unique_ptr<Process> start_broker() {
    auto broker = begin_start();
    EXPECT_TRUE(broker->wait_for_line(boot_text)) << broker->error_output();
    return broker;
  }
  void nap_up_to(std::size_t microseconds) {
    std::this_thread::sleep_for(
        std::chrono::microseconds(random_between(random_, 0, microseconds)));
  }

  /// Lets all writers write for a while, kills the broker, and enters what it had acknowledged.
  void write_and_kill(Process& broker) {
    std::vector<std::thread> threads;
    const auto requests = static_cast<int>(random_between(random_, 20, 500));
    for (Writer& writer : writers_)
      threads.emplace_back(
          [&writer, requests, port = port_] { writer.run(port, topic, queues, requests); });
    nap_up_to(60'000);
    EXPECT_EQ(broker.kill(), -SIGKILL);
    for (std::thread& thread : threads) thread.join();
    for (Writer& writer : writers_) {
      const Writer::Outcome outcome = writer.take_outcome();
      for (const auto& answer : outcome.acknowledged)
        ledger_.acknowledged(answer.queue_id, answer.queue_offset, answer.promise);
      for (const MessageName& name : outcome.refused) ledger_.refused(name);
      if (!outcome.refusal.empty()) std::cout << "refused: " << outcome.refusal << '\n';
    }
  }

  /// Looks some messages up by their key and by their place.
  static void check_lookups(BrokerClient& client, const std::vector<Ledger::Promise>& promises) {
    for (const Ledger::Promise& promise : promises) {
      const auto by_key = client.ask(
          remoting::make_request(RequestCode::QueryMessage,
                                 remoting::QueryMessageRequestHeader{.topic = topic,
                                                                     .key = promise.name.text(),
                                                                     .maxNum = 32,
                                                                     .endTimestamp = 1LL << 50}));
      ASSERT_EQ(by_key.response_code(), ResponseCode::Success)
          << promise.name.text() << ": " << by_key.remark;
      const auto found = message_record::decode_all(by_key.body, message_record::Check::BodyCrc);
      ASSERT_TRUE(found) << found.error().remark;
      const auto matching = std::count_if(found->begin(), found->end(), [&](const auto& record) {
        return record.body == body_of(promise.name) &&
               record.physical_offset == promise.physical_offset;
      });
      ASSERT_EQ(matching, 1) << promise.name.text() << " by its key";
      const auto by_place = client.ask(remoting::make_request(
          RequestCode::ViewMessageById,
          remoting::ViewMessageRequestHeader{.offset = promise.physical_offset}));
      ASSERT_EQ(by_place.response_code(), ResponseCode::Success) << by_place.remark;
      const auto record = message_record::decode(by_place.body, message_record::Check::BodyCrc);
      ASSERT_TRUE(record) << record.error().remark;
      ASSERT_EQ(name_of(record->body), promise.name);
    }
  }

  std::mt19937_64 random_ = seeded_random();
  std::vector<Writer> writers_;
  Ledger ledger_;
};

TEST_P(KillTest, NothingAcknowledgedIsLostDoubledOrOutOfOrder) {
  auto broker = start_broker();
  ASSERT_EQ(BrokerClient(port_).create_topic(topic, queues).response_code(), ResponseCode::Success);
  const int kills = kills_wanted();
  for (int done = 0; done < kills; ++done) {
    SCOPED_TRACE("after kill " + std::to_string(done + 1));
    write_and_kill(*broker);
    // Recovery may be killed as well, and then once more.
    while (random_between(random_, 0, 4) == 0) {
      broker = begin_start();
      nap_up_to(40'000);
      (void)broker->kill();
    }
    broker = start_broker();
    BrokerClient client(port_);
    ASSERT_NO_FATAL_FAILURE(check_queues(client, ledger_, topic, queues, done + 1 == kills));
    ASSERT_NO_FATAL_FAILURE(check_lookups(client, ledger_.sample(done + 1 == kills ? 2'000 : 10)));
  }
  EXPECT_GT(ledger_.count(), static_cast<std::size_t>(kills)) << "hardly anything was written";
  std::cout << ledger_.count() << " messages were acknowledged\n";
  EXPECT_EQ(broker->stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(FlushDiskType, KillTest, testing::Values("ASYNC_FLUSH", "SYNC_FLUSH"),
                         [](const auto& mode) { return std::string(mode.param); });

}  // namespace
}  // namespace rocketmq::test
