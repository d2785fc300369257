// Bank B: adds to its account what bank A has taken from its own. A message may come more than
// once; the table `applied` makes sure that it counts once. Kill it at any point and start it
// again.
//
//   transfer_consumer NAME_SERVERS DATABASE
//
// DATABASE is an SQLite file, or postgresql://… where that was built in.
#include <rocketmq/DefaultMQPushConsumer.h>

#include <iostream>
#include <memory>
#include <mutex>
#include <string>

#include "bank.hpp"
#include "example.hpp"

namespace {

class BankB : public rocketmq::MessageListenerConcurrently {
 public:
  explicit BankB(const std::string& database) : database_(bank::open(database)) {
    bank::open_account(*database_);
    database_->run("CREATE TABLE IF NOT EXISTS applied(id TEXT PRIMARY KEY)");
  }

  rocketmq::ConsumeConcurrentlyStatus consumeMessage(
      const std::vector<rocketmq::MessageExt>& messages,
      rocketmq::ConsumeConcurrentlyContext&) override {
    // What is thrown makes the messages come again.
    const std::scoped_lock lock(mutex_);
    for (const rocketmq::MessageExt& message : messages) {
      database_->transaction([&] {
        const auto is_new = database_->changed_by(
            "INSERT INTO applied VALUES($1) ON CONFLICT DO NOTHING", message.getKeys());
        if (is_new == 0) return;
        database_->run("UPDATE account SET balance = balance + CAST($1 AS INTEGER)",
                       message.getBody());
      });
    }
    return rocketmq::CONSUME_SUCCESS;
  }

 private:
  std::mutex mutex_;
  const std::unique_ptr<bank::Database> database_;  // its use is guarded by mutex_
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: transfer_consumer NAME_SERVERS DATABASE\n";
    return 1;
  }
  const example::StopSignal stop;
  try {
    BankB bank(argv[2]);
    rocketmq::DefaultMQPushConsumer consumer("transfer_consumer");
    consumer.setNamesrvAddr(argv[1]);
    consumer.setConsumeFromWhere(rocketmq::CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe("TopicTransfer", "*");
    consumer.registerMessageListener(&bank);
    consumer.start();
    std::cout << "Consumer Started." << std::endl;
    stop.wait();
    consumer.shutdown();
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
