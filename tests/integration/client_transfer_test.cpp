// The transfer example: money moves from one bank to the other by transactional messages while
// producer, consumer and broker are killed at random.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

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
  /// Its exit status, once it has said `line`: one that has only just begun would die of the signal
  /// instead of hearing it.
  int stop_after(std::string_view line) {
    EXPECT_TRUE(process_->wait_for_line(line));
    return process_->stop().value_or(-1);
  }

 private:
  void start() { process_ = cluster_.run("examples/" + program_, arguments_); }

  const Cluster& cluster_;
  const std::string program_;
  const std::vector<std::string> arguments_;
  std::unique_ptr<Process> process_;
};

/// A number from a bank's database; 0 while it is not there.
std::int64_t ask(const std::string& database, const std::string& sql) {
  try {
    return bank::open(database)->number(sql);
  } catch (const std::runtime_error&) {
    return 0;
  }
}

/// A file's place; another database stays where it is.
std::string place(const Cluster& cluster, const std::string& database) {
  const bool is_file = database.find("://") == std::string::npos;
  return is_file ? (cluster.home() / database).string() : database;
}

bool is_long() { return std::getenv("ROCKETMQ_TEST_LONG") != nullptr; }

/// Makes transfers, kills something at random until the last one is made, and compares the
/// accounts.
void move_money_and_kill(const std::string& bank_a, const std::string& bank_b) {
  const int transfers = is_long() ? 1'000 : 60;
  const int kills_min = is_long() ? 60 : 6;
  const int pause_max_ms = is_long() ? 2'000 : 400;
  // Whatever is killed comes back at some time; with so short an interval the broker would have
  // given up asking by then.
  Cluster cluster(
      1, "transactionTimeOut=1000\ntransactionCheckInterval=1000\ntransactionCheckMax=600\n");
  const std::string account_a = place(cluster, bank_a);
  const std::string account_b = place(cluster, bank_b);
  Bank producer(cluster, "transfer_producer",
                {cluster.name_server(), account_a, std::to_string(transfers), "20"});
  Bank consumer(cluster, "transfer_consumer", {cluster.name_server(), account_b});

  const auto all_made = [&] {
    return ask(account_a, "SELECT COUNT(*) FROM transfer") >= transfers;
  };
  auto random = seeded_random();
  int kills[3] = {};
  for (int i = 0; i < kills_min || (i < 10 * kills_min && !all_made()); ++i) {
    std::this_thread::sleep_for(milliseconds(random_between(random, 0, pause_max_ms)));
    const auto victim = random_between(random, 0, 2);
    ++kills[victim];
    switch (victim) {
      case 0: producer.kill_and_restart(); break;
      case 1: consumer.kill_and_restart(); break;
      default:
        cluster.kill_broker(0);
        cluster.restart_broker(0);
        break;
    }
  }

  const auto all_applied = [&] {
    return ask(account_b, "SELECT COUNT(*) FROM applied") >= transfers;
  };
  for (int i = 0; i < 3 && !all_applied(); ++i) eventually(all_applied);
  EXPECT_EQ(ask(account_a, "SELECT COUNT(*) FROM transfer"), transfers);
  EXPECT_EQ(ask(account_b, "SELECT COUNT(*) FROM applied"), transfers);
  EXPECT_EQ(ask(account_a, "SELECT balance FROM account"), bank::opening_balance - transfers);
  EXPECT_EQ(ask(account_b, "SELECT balance FROM account"), bank::opening_balance + transfers);
  EXPECT_EQ(producer.stop_after("All transfers are made."), 0);
  EXPECT_EQ(consumer.stop_after("Consumer Started."), 0);
  std::cout << transfers << " transfers; kills of producer, consumer, broker: " << kills[0] << ", "
            << kills[1] << ", " << kills[2]
            << "; outcomes asked for or given: " << ask(account_a, "SELECT COUNT(*) FROM outcome")
            << std::endl;
}

TEST(TransferExample, MovesEachAmountOnceWhateverIsKilled) {
  move_money_and_kill("bank_a.db", "bank_b.db");
}

/// A schema of its own in a PostgreSQL database, dropped with all that is in it at the end.
class Schema {
 public:
  Schema(std::string database, std::string name)
      : database_(std::move(database)), name_(std::move(name)) {
    bank::open(database_)->run("CREATE SCHEMA " + name_);
  }
  ~Schema() {
    try {
      bank::open(database_)->run("DROP SCHEMA " + name_ + " CASCADE");
    } catch (const std::runtime_error& failure) {
      ADD_FAILURE() << "schema " << name_ << " stays behind: " << failure.what();
    }
  }
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  /// The database's address by which this schema's tables are found.
  std::string address() const {
    const bool has_options = database_.find('?') != std::string::npos;
    return database_ + (has_options ? "&" : "?") + "options=-csearch_path%3D" + name_;
  }

 private:
  const std::string database_;
  const std::string name_;
};

// ROCKETMQ_TEST_POSTGRESQL is a database to which schemas may be added: postgresql://…
TEST(TransferExample, MovesEachAmountOnceInPostgresqlAsWell) {
  const char* const database = std::getenv("ROCKETMQ_TEST_POSTGRESQL");
  if (database == nullptr) GTEST_SKIP() << "ROCKETMQ_TEST_POSTGRESQL names no database";
  const std::string name = "bank" + std::to_string(::getpid());
  const Schema bank_a(database, name + "a");
  const Schema bank_b(database, name + "b");
  move_money_and_kill(bank_a.address(), bank_b.address());
}

}  // namespace
}  // namespace rocketmq::test
