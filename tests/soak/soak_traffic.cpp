#include "soak_traffic.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "rocketmq/MQException.h"
#include "soak_cluster.hpp"

namespace rocketmq::soak {

using namespace std::chrono_literals;

namespace {

constexpr auto plain_topic = "SoakPlain";
constexpr auto retry_topic = "SoakRetry";
constexpr auto delay_topic = "SoakDelay";
constexpr auto transaction_topic = "SoakTransaction";
constexpr std::size_t body_bytes = 512;
constexpr auto level_property = "soakLevel";
constexpr auto failures_property = "soakFailures";

std::int64_t number_of(const std::string& name) {
  return std::stoll(name.substr(name.find_last_of('-') + 1));
}

/// Waits, unless it is time to stop.
void pause(const std::stop_token& stop, std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (!stop.stop_requested() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(50ms);
  }
}

}  // namespace

void Traffic::start_sending(std::function<void(std::int64_t)> send) {
  sender_ = std::jthread([this, send = std::move(send)](const std::stop_token& stop) {
    const auto gap = std::chrono::nanoseconds(1s) / std::max(options_.rate, 1);
    auto due = std::chrono::steady_clock::now();
    for (std::int64_t number = 0; !stop.stop_requested(); ++number) {
      send(number);
      due += gap;
      std::this_thread::sleep_until(due);
      // A machine that cannot keep up sends more slowly; it does not catch up in a burst.
      due = std::max(due, std::chrono::steady_clock::now() - 1s);
    }
  });
}

Message Traffic::make_message(const std::string& topic, const std::string& name) {
  Message message(topic, std::string(body_bytes, 'x'));
  message.setKeys(name);
  return message;
}

void Traffic::send(DefaultMQProducer& producer, Message message,
                   const std::vector<Ledger*>& ledgers) const {
  const std::string name = message.getKeys();
  try {
    producer.send(message);
    for (auto* ledger : ledgers) ledger->expect(name);
  } catch (const MQException& failure) {
    std::printf("%s: %s\n", name.c_str(), failure.what());
    for (auto* ledger : ledgers) ledger->allow(name);
  }
}

std::unique_ptr<DefaultMQProducer> Traffic::make_producer(const std::string& group) const {
  auto producer = std::make_unique<DefaultMQProducer>(group);
  producer->setNamesrvAddr(options_.name_server);
  // A send that is tried again may be stored twice.
  producer->setRetryTimesWhenSendFailed(0);
  producer->setSendMsgTimeout(30'000);
  producer->start();
  return producer;
}

std::unique_ptr<DefaultMQPushConsumer> Traffic::make_consumer(
    const std::string& group, const std::string& topic, const std::string& instance,
    ConsumeConcurrentlyFunction listener) const {
  auto consumer = std::make_unique<DefaultMQPushConsumer>(group);
  consumer->setNamesrvAddr(options_.name_server);
  consumer->setInstanceName(instance);
  consumer->setConsumeFromWhere(CONSUME_FROM_FIRST_OFFSET);
  consumer->setConsumeThreadMin(2);
  consumer->setConsumeThreadMax(2);
  consumer->setMaxReconsumeTimes(16);
  consumer->subscribe(topic, "*");
  consumer->registerMessageListener(std::move(listener));
  consumer->start();
  return consumer;
}

bool Traffic::report(const Ledger& ledger, bool may_double) {
  const auto balance = ledger.balance();
  const bool is_good =
      balance.lost == 0 && balance.forbidden == 0 && (may_double || balance.doubled == 0);
  std::printf("%s %s: %zu acknowledged, %zu arrived, %zu lost, %zu doubled%s, %zu not to come\n",
              is_good ? "PASS" : "FAIL", ledger.name().c_str(), balance.expected, balance.arrived,
              balance.lost, balance.doubled, may_double ? " (allowed)" : "", balance.forbidden);
  if (!is_good) {
    for (const auto& example : balance.examples) std::printf("     %s\n", example.c_str());
  }
  return is_good;
}

PlainTraffic::PlainTraffic(TrafficOptions options)
    : Traffic(std::move(options)), producer_(make_producer("soak-plain")) {
  // The queues are made by the first message, before anybody looks for them.
  send(*producer_, make_message(plain_topic, "plain-0"), {&queued_, &steady_, &churned_});
  puller_.setNamesrvAddr(options_.name_server);
  puller_.setInstanceName("soak-pull");
  puller_.start();
  steady_member_ = make_consumer("soak-steady", plain_topic, "steady", into(steady_));
  first_member_ = make_consumer("soak-churn", plain_topic, "churn-first", into(churned_));
  start_sending([this](std::int64_t number) {
    send(*producer_, make_message(plain_topic, "plain-" + std::to_string(number + 1)),
         {&queued_, &steady_, &churned_});
  });
  pull_thread_ = std::jthread([this](const std::stop_token& stop) { pull(stop); });
  churn_thread_ = std::jthread([this](const std::stop_token& stop) { churn(stop); });
}

PlainTraffic::~PlainTraffic() {
  churn_thread_ = {};
  pull_thread_ = {};
  steady_member_->shutdown();
  first_member_->shutdown();
  puller_.shutdown();
  producer_->shutdown();
}

void PlainTraffic::stop_sending() {
  Traffic::stop_sending();
  churn_thread_ = {};
}

ConsumeConcurrentlyFunction PlainTraffic::into(Ledger& ledger) {
  return [&ledger](const std::vector<MessageExt>& messages, ConsumeConcurrentlyContext&) {
    for (const auto& message : messages) ledger.arrived(message.getKeys());
    return CONSUME_SUCCESS;
  };
}

void PlainTraffic::pull(const std::stop_token& stop) {
  std::map<MessageQueue, std::int64_t> offsets;
  std::map<MessageQueue, std::int64_t> last_numbers;
  while (!stop.stop_requested()) {
    try {
      for (const auto& queue : puller_.fetchSubscribeMessageQueues(plain_topic)) {
        pull_queue(queue, offsets[queue], last_numbers.try_emplace(queue, -1).first->second);
      }
    } catch (const MQException& failure) {
      std::printf("pull: %s\n", failure.what());
    }
    pause(stop, 100ms);
  }
}

void PlainTraffic::pull_queue(const MessageQueue& queue, std::int64_t& offset,
                              std::int64_t& last_number) {
  for (;;) {
    const auto result = puller_.pull(queue, "*", offset, 32);
    if (result.getPullStatus() != FOUND) return;
    for (const auto& message : result.getMsgFoundList()) {
      queued_.arrived(message.getKeys());
      const std::int64_t number = number_of(message.getKeys());
      if (number <= last_number || message.getQueueOffset() != offset) ++out_of_order_;
      last_number = number;
      ++offset;
    }
  }
}

void PlainTraffic::churn(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pause(stop, 5s);
    const int number = ++joins_;
    try {
      const auto joiner = make_consumer("soak-churn", plain_topic,
                                        "churn-" + std::to_string(number), into(churned_));
      pause(stop, 10s);
      joiner->shutdown();
    } catch (const MQException& failure) {
      std::printf("join: %s\n", failure.what());
    }
  }
}

void PlainTraffic::settle(std::chrono::milliseconds limit) {
  for (auto* ledger : {&queued_, &steady_, &churned_}) ledger->wait_until_complete(limit);
}

bool PlainTraffic::report() const {
  const bool is_ordered = out_of_order_ == 0;
  std::printf("%s order within queues: %lld out of place; %d members joined and left\n",
              is_ordered ? "PASS" : "FAIL", static_cast<long long>(out_of_order_), joins_.load());
  bool is_good = Traffic::report(queued_);
  is_good &= Traffic::report(steady_);
  // A queue that changes hands may bring again what its last owner had not reported yet.
  is_good &= Traffic::report(churned_, true);
  return is_good && is_ordered;
}

RetryTraffic::RetryTraffic(TrafficOptions options)
    : Traffic(std::move(options)), producer_(make_producer("soak-retry")) {
  const auto listener = [this](const std::vector<MessageExt>& messages,
                               ConsumeConcurrentlyContext& context) {
    for (const auto& message : messages) {
      const int failures = std::stoi(message.getProperty(failures_property));
      if (message.getReconsumeTimes() > failures) ++wrong_counts_;
      if (message.getReconsumeTimes() < failures) {
        context.delayLevelWhenNextConsume = 1;
        return RECONSUME_LATER;
      }
      ledger_.arrived(message.getKeys());
    }
    return CONSUME_SUCCESS;
  };
  consumer_ = make_consumer("soak-retry", retry_topic, "retry", listener);
  start_sending([this](std::int64_t number) {
    auto message = make_message(retry_topic, "retry-" + std::to_string(number));
    message.putUserProperty(failures_property, std::to_string(number % 4));
    send(*producer_, std::move(message), {&ledger_});
  });
}

bool RetryTraffic::report() const {
  const bool is_good = wrong_counts_ == 0;
  std::printf("%s count of retries: %lld wrong\n", is_good ? "PASS" : "FAIL",
              static_cast<long long>(wrong_counts_));
  return Traffic::report(ledger_) && is_good;
}

DelayTraffic::DelayTraffic(TrafficOptions options)
    : Traffic(std::move(options)), producer_(make_producer("soak-delay")) {
  const auto listener = [this](const std::vector<MessageExt>& messages,
                               ConsumeConcurrentlyContext&) {
    for (const auto& message : messages) {
      ledger_.arrived(message.getKeys());
      measure(message);
    }
    return CONSUME_SUCCESS;
  };
  consumer_ = make_consumer("soak-delay", delay_topic, "delay", listener);
  start_sending([this](std::int64_t number) {
    const int level = 1 + static_cast<int>(number % 3);
    auto message = make_message(delay_topic, "delay-" + std::to_string(number));
    message.setDelayTimeLevel(level);
    message.putUserProperty(level_property, std::to_string(level));
    send(*producer_, std::move(message), {&ledger_});
  });
}

void DelayTraffic::measure(const MessageExt& message) {
  const auto level = static_cast<std::size_t>(std::stoi(message.getProperty(level_property)));
  const std::int64_t late_ms =
      message.getStoreTimestamp() - message.getBornTimestamp() - SoakCluster::level_delay_ms[level];
  if (late_ms < 0) ++early_;
  const std::lock_guard lock(mutex_);
  late_ms_.push_back(late_ms);
}

bool DelayTraffic::report() const {
  std::vector<std::int64_t> late;
  {
    const std::lock_guard lock(mutex_);
    late = late_ms_;
  }
  std::sort(late.begin(), late.end());
  if (!late.empty()) {
    std::printf("     late by: median %lld ms, 99 %% %lld ms, at most %lld ms\n",
                static_cast<long long>(late[late.size() / 2]),
                static_cast<long long>(late[late.size() * 99 / 100]),
                static_cast<long long>(late.back()));
  }
  const bool is_good = early_ == 0;
  std::printf("%s delay: %lld came too early\n", is_good ? "PASS" : "FAIL",
              static_cast<long long>(early_));
  return Traffic::report(ledger_) && is_good;
}

TransactionTraffic::TransactionTraffic(TrafficOptions options) : Traffic(std::move(options)) {
  producer_.setNamesrvAddr(options_.name_server);
  producer_.setInstanceName("transactions");
  producer_.setTransactionListener(static_cast<TransactionListener*>(this));
  producer_.setRetryTimesWhenSendFailed(0);
  producer_.setSendMsgTimeout(30'000);
  producer_.start();
  const auto listener = [this](const std::vector<MessageExt>& messages,
                               ConsumeConcurrentlyContext&) {
    for (const auto& message : messages) ledger_.arrived(message.getKeys());
    return CONSUME_SUCCESS;
  };
  consumer_ = make_consumer("soak-transactions", transaction_topic, "transactions-in", listener);
  start_sending([this](std::int64_t number) {
    const std::string name = "transaction-" + std::to_string(number);
    auto message = make_message(transaction_topic, name);
    const bool is_rolled_back = number % 5 == 1 || number % 5 == 3;
    try {
      producer_.sendMessageInTransaction(message, &number);
      is_rolled_back ? ledger_.forbid(name) : ledger_.expect(name);
    } catch (const MQException& failure) {
      std::printf("%s: %s\n", name.c_str(), failure.what());
      is_rolled_back ? ledger_.forbid(name) : ledger_.allow(name);
    }
  });
}

TransactionTraffic::~TransactionTraffic() {
  consumer_->shutdown();
  producer_.shutdown();
}

/// Of five transactions two are committed immediately, one is rolled back immediately, and of the
/// two that are left open one is rolled back and one is committed when the broker asks.
LocalTransactionState TransactionTraffic::executeLocalTransaction(const Message&, void* number) {
  switch (*static_cast<std::int64_t*>(number) % 5) {
    case 1: return ROLLBACK_MESSAGE;
    case 3:
    case 4: return UNKNOWN;
    default: return COMMIT_MESSAGE;
  }
}

LocalTransactionState TransactionTraffic::checkLocalTransaction(const MessageExt& message) {
  ++checks_;
  const std::int64_t rest = number_of(message.getKeys()) % 5;
  return rest == 1 || rest == 3 ? ROLLBACK_MESSAGE : COMMIT_MESSAGE;
}

bool TransactionTraffic::report() const {
  std::printf("     the broker asked %lld times\n", static_cast<long long>(checks_));
  return Traffic::report(ledger_);
}

}  // namespace rocketmq::soak
