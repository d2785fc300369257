#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/DefaultMQPullConsumer.h"
#include "rocketmq/DefaultMQPushConsumer.h"
#include "rocketmq/TransactionMQProducer.h"
#include "soak_ledger.hpp"

namespace rocketmq::soak {

/// What all kinds of traffic share.
struct TrafficOptions {
  std::string name_server;
  /// Messages that each kind sends in a second.
  int rate = 100;
};

/// One kind of traffic: sends on a thread of its own from its construction until stop_sending(),
/// and consumes until it is destroyed. What it sends and gets is in its ledgers.
class Traffic {
 public:
  explicit Traffic(TrafficOptions options) : options_(std::move(options)) {}
  virtual ~Traffic() = default;
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  virtual void stop_sending() { sender_ = {}; }
  /// Waits until everything that is to arrive has arrived, or time is up.
  virtual void settle(std::chrono::milliseconds limit) = 0;
  /// Prints one line for each ledger, and what was measured; true when nothing is wrong.
  virtual bool report() const = 0;

 protected:
  /// Calls `send` with 0, 1, 2, … at the rate of the options.
  void start_sending(std::function<void(std::int64_t)> send);
  /// A message with 512 bytes, named by its key.
  static Message make_message(const std::string& topic, const std::string& name);
  /// Sends, and enters the outcome into the ledgers.
  void send(DefaultMQProducer& producer, Message message,
            const std::vector<Ledger*>& ledgers) const;
  std::unique_ptr<DefaultMQProducer> make_producer(const std::string& group) const;
  /// `instance` keeps members of one group apart.
  std::unique_ptr<DefaultMQPushConsumer> make_consumer(const std::string& group,
                                                       const std::string& topic,
                                                       const std::string& instance,
                                                       ConsumeConcurrentlyFunction listener) const;
  /// Prints what a ledger says; true when nothing is lost, forbidden, or doubled without leave.
  static bool report(const Ledger& ledger, bool may_double = false);

  const TrafficOptions options_;
  std::jthread sender_;
};

/// Messages that are consumed by a group with one member, by one whose members join and leave, and
/// by a reader that pulls every queue from its beginning.
class PlainTraffic final : public Traffic {
 public:
  explicit PlainTraffic(TrafficOptions options);
  ~PlainTraffic() override;
  void stop_sending() override;
  void settle(std::chrono::milliseconds limit) override;
  bool report() const override;

 private:
  void pull(const std::stop_token& stop);
  void pull_queue(const MessageQueue& queue, std::int64_t& offset, std::int64_t& last_number);
  void churn(const std::stop_token& stop);
  static ConsumeConcurrentlyFunction into(Ledger& ledger);

  Ledger queued_{"plain, pulled"};
  Ledger steady_{"plain, one member"};
  Ledger churned_{"plain, members join and leave"};
  std::atomic<std::int64_t> out_of_order_{0};
  std::atomic<int> joins_{0};
  std::unique_ptr<DefaultMQProducer> producer_;
  DefaultMQPullConsumer puller_{"soak-pull"};
  std::unique_ptr<DefaultMQPushConsumer> steady_member_;
  std::unique_ptr<DefaultMQPushConsumer> first_member_;
  std::jthread pull_thread_;
  std::jthread churn_thread_;
};

/// Messages that fail up to three times before they are taken.
class RetryTraffic final : public Traffic {
 public:
  explicit RetryTraffic(TrafficOptions options);
  ~RetryTraffic() override { consumer_->shutdown(); }
  void settle(std::chrono::milliseconds limit) override { ledger_.wait_until_complete(limit); }
  bool report() const override;

 private:
  Ledger ledger_{"retried"};
  std::atomic<std::int64_t> wrong_counts_{0};
  std::unique_ptr<DefaultMQProducer> producer_;
  std::unique_ptr<DefaultMQPushConsumer> consumer_;
};

/// Messages of all delay levels.
class DelayTraffic final : public Traffic {
 public:
  explicit DelayTraffic(TrafficOptions options);
  ~DelayTraffic() override { consumer_->shutdown(); }
  void settle(std::chrono::milliseconds limit) override { ledger_.wait_until_complete(limit); }
  bool report() const override;

 private:
  void measure(const MessageExt& message);

  Ledger ledger_{"delayed"};
  std::atomic<std::int64_t> early_{0};
  mutable std::mutex mutex_;
  std::vector<std::int64_t> late_ms_;  // guarded by mutex_
  std::unique_ptr<DefaultMQProducer> producer_;
  std::unique_ptr<DefaultMQPushConsumer> consumer_;
};

/// Transactions: committed immediately, rolled back immediately, or decided when the broker asks.
class TransactionTraffic final : public Traffic, private TransactionListener {
 public:
  explicit TransactionTraffic(TrafficOptions options);
  ~TransactionTraffic() override;
  void settle(std::chrono::milliseconds limit) override { ledger_.wait_until_complete(limit); }
  bool report() const override;

 private:
  LocalTransactionState executeLocalTransaction(const Message& message, void* number) override;
  LocalTransactionState checkLocalTransaction(const MessageExt& message) override;

  Ledger ledger_{"transactions"};
  std::atomic<std::int64_t> checks_{0};
  TransactionMQProducer producer_{"soak-transactions"};
  std::unique_ptr<DefaultMQPushConsumer> consumer_;
};

}  // namespace rocketmq::soak
