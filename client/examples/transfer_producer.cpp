// Bank A: takes money from its account and notifies bank B by transactional messages. Kill it at
// any point and start it again: it resumes, and no transfer is lost or made twice.
//
//   transfer_producer NAME_SERVERS DATABASE TRANSFERS [PAUSE_MS]
//
// DATABASE is an SQLite file, or postgresql://… where that was built in.
//
// Makes the transfers 1…TRANSFERS of 1 each that the database does not have yet, PAUSE_MS apart,
// then stays, because brokers may ask for transactions that were interrupted.
#include <rocketmq/TransactionMQProducer.h>

#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "bank.hpp"
#include "example.hpp"

namespace {

/// Transfer n is made when its row is in `transfer`. `outcome` says for each message whether it
/// carries a transfer that was made: the broker must get the same outcome whenever it asks.
class BankA : public rocketmq::TransactionListener {
 public:
  explicit BankA(const std::string& database) : database_(bank::open(database)) {
    bank::open_account(*database_);
    database_->run("CREATE TABLE IF NOT EXISTS transfer(id TEXT PRIMARY KEY)");
    database_->run("CREATE TABLE IF NOT EXISTS outcome(message TEXT PRIMARY KEY, made INTEGER)");
  }

  bool is_made(const std::string& transfer) {
    const std::scoped_lock lock(mutex_);
    return database_->number("SELECT COUNT(*) FROM transfer WHERE id = $1", transfer) > 0;
  }

  rocketmq::LocalTransactionState executeLocalTransaction(const rocketmq::Message& message,
                                                          void*) override {
    const std::scoped_lock lock(mutex_);
    try {
      database_->transaction([&] {
        // Each insertion fails when the row exists: the broker has asked meanwhile and got
        // that nothing was done, or another message carries this transfer.
        database_->run("INSERT INTO outcome VALUES($1, 1)", message.getProperty("UNIQ_KEY"));
        database_->run("INSERT INTO transfer VALUES($1)", message.getKeys());
        database_->run("UPDATE account SET balance = balance - 1");
      });
      return rocketmq::COMMIT_MESSAGE;
    } catch (const std::exception& failure) {
      std::cerr << failure.what() << '\n';
      return rocketmq::UNKNOWN;  // the check decides by what the database says
    }
  }

  rocketmq::LocalTransactionState checkLocalTransaction(
      const rocketmq::MessageExt& message) override {
    const std::scoped_lock lock(mutex_);
    bool made = false;
    database_->transaction([&] {
      // What was not done until now must not be done later.
      database_->run("INSERT INTO outcome VALUES($1, 0) ON CONFLICT DO NOTHING",
                     message.getMsgId());
      made =
          database_->number("SELECT made FROM outcome WHERE message = $1", message.getMsgId()) > 0;
    });
    return made ? rocketmq::COMMIT_MESSAGE : rocketmq::ROLLBACK_MESSAGE;
  }

 private:
  std::mutex mutex_;
  const std::unique_ptr<bank::Database> database_;  // its use is guarded by mutex_
};

/// False when there was nothing left to do.
bool make_transfer(rocketmq::TransactionMQProducer& producer, BankA& bank, const std::string& id) {
  if (bank.is_made(id)) return false;
  do {
    try {
      rocketmq::Message message("TopicTransfer", "TagA", id, "1");
      producer.sendMessageInTransaction(message, nullptr);
    } catch (const rocketmq::MQException& failure) {
      std::cerr << failure.what() << '\n';
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  } while (!bank.is_made(id));
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: transfer_producer NAME_SERVERS DATABASE TRANSFERS [PAUSE_MS]\n";
    return 1;
  }
  const example::StopSignal stop;
  const int transfers = std::atoi(argv[3]);
  const std::chrono::milliseconds pause(argc > 4 ? std::atoi(argv[4]) : 0);
  try {
    BankA bank(argv[2]);
    rocketmq::TransactionMQProducer producer("transfer_producer");
    producer.setNamesrvAddr(argv[1]);
    producer.setTransactionListener(&bank);
    producer.start();
    for (int i = 1; i <= transfers && !stop.has_come(); ++i) {
      if (make_transfer(producer, bank, std::to_string(i))) std::this_thread::sleep_for(pause);
    }
    std::cout << "All transfers are made." << std::endl;
    stop.wait();
    producer.shutdown();
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
