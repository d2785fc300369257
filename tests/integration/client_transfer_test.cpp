// The transfer example: money moves from one bank to the other by transactional messages while
// producer, consumer and broker are killed at random.
#include <gtest/gtest.h>

#include <cstdlib>

#include "bank.hpp"
#include "client_cluster.hpp"
#include "seed.hpp"

namespace rocketmq::test {
namespace {

using std::chrono::milliseconds;

/// One of the two banks' programs, which is killed and started again.
class Bank {
 public:
  Bank(const Cluster& cluster, std::string program, std::vector<std::string> arguments)
      : cluster_(cluster), program_(std::move(program)), arguments_(std::move(arguments)) {
    start();
  }
  void kill_and_restart() {
    process_->kill();
    start();
  }
  int stop() { return process_->stop().value_or(-1); }

 private:
  void start() { process_ = cluster_.run("examples/" + program_, arguments_); }

  const Cluster& cluster_;
  const std::string program_;
  const std::vector<std::string> arguments_;
  std::unique_ptr<Process> process_;
};

/// A number from a bank's database; 0 while it is not there.
std::int64_t ask(const std::string& file, const std::string& sql) {
  try {
    bank::Database database(file);
    return database.number(sql);
  } catch (const std::runtime_error&) {
    return 0;
  }
}

TEST(TransferExample, MovesEachAmountOnceWhateverIsKilled) {
  const bool is_long = std::getenv("ROCKETMQ_TEST_LONG") != nullptr;
  const int transfers = is_long ? 1'000 : 60;
  const int kills = is_long ? 60 : 6;
  Cluster cluster(1, "transactionTimeOut=1000\ntransactionCheckInterval=1000\n");
  const std::string bank_a = (cluster.home() / "bank_a.db").string();
  const std::string bank_b = (cluster.home() / "bank_b.db").string();
  Bank producer(cluster, "transfer_producer",
                {cluster.name_server(), bank_a, std::to_string(transfers), "20"});
  Bank consumer(cluster, "transfer_consumer", {cluster.name_server(), bank_b});

  auto random = seeded_random();
  for (int i = 0; i < kills; ++i) {
    std::this_thread::sleep_for(milliseconds(random_between(random, 0, 400)));
    switch (random_between(random, 0, 2)) {
      case 0:
        producer.kill_and_restart();
        break;
      case 1:
        consumer.kill_and_restart();
        break;
      default:
        cluster.kill_broker(0);
        cluster.restart_broker(0);
        break;
    }
  }

  const auto all_applied = [&] { return ask(bank_b, "SELECT COUNT(*) FROM applied") >= transfers; };
  for (int i = 0; i < 3 && !all_applied(); ++i) eventually(all_applied);
  EXPECT_EQ(ask(bank_a, "SELECT COUNT(*) FROM transfer"), transfers);
  EXPECT_EQ(ask(bank_b, "SELECT COUNT(*) FROM applied"), transfers);
  EXPECT_EQ(ask(bank_a, "SELECT balance FROM account"), bank::opening_balance - transfers);
  EXPECT_EQ(ask(bank_b, "SELECT balance FROM account"), bank::opening_balance + transfers);
  EXPECT_EQ(producer.stop(), 0);
  EXPECT_EQ(consumer.stop(), 0);
}

}  // namespace
}  // namespace rocketmq::test
