// Our client's main scenarios against servers that run already, of any origin.
//
//   client_scenarios NAME_SERVERS
//
// Prints PASS or FAIL and the name of each; exit status 0 when all have passed. Topics and groups
// carry the time, so that the servers need not be empty.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/DefaultMQPullConsumer.h"
#include "rocketmq/DefaultMQPushConsumer.h"

namespace {

using rocketmq::Message;
using rocketmq::MessageExt;

std::string name_servers;
const std::string run =
    std::to_string(std::chrono::system_clock::now().time_since_epoch().count() / 1'000'000);

constexpr std::chrono::minutes patience{2};

void require(bool condition, const std::string& what) {
  if (!condition) throw std::runtime_error(what);
}

/// Asks again when the reply of a busy server is late; not for what changes something.
template <class Question>
auto patiently(const Question& question) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    try {
      return question();
    } catch (const rocketmq::MQException&) {
      if (std::chrono::steady_clock::now() > deadline) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

/// What listeners got.
class Inbox {
 public:
  void add(const MessageExt& message) {
    const std::scoped_lock lock(mutex_);
    messages_.push_back(message);
    arrived_.notify_all();
  }
  std::vector<MessageExt> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    require(
        arrived_.wait_for(lock, patience, [&] { return messages_.size() >= count; }),
        std::to_string(messages_.size()) + " messages came instead of " + std::to_string(count));
    return messages_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<MessageExt> messages_;  // guarded by mutex_
};

void start_producer(rocketmq::DefaultMQProducer& producer) {
  producer.setNamesrvAddr(name_servers);
  // A Java broker that has just begun replies to its first sends slowly.
  producer.setSendMsgTimeout(10'000);
  producer.start();
}

void start_consumer(rocketmq::DefaultMQPushConsumer& consumer, const std::string& topic) {
  consumer.setNamesrvAddr(name_servers);
  consumer.setConsumeFromWhere(rocketmq::CONSUME_FROM_FIRST_OFFSET);
  consumer.subscribe(topic, "*");
  consumer.start();
}

std::vector<std::string> send_numbered(const std::string& topic, int count) {
  rocketmq::DefaultMQProducer producer("producers_" + run);
  start_producer(producer);
  std::vector<std::string> bodies;
  for (int i = 0; i < count; ++i) {
    bodies.push_back("Hello RocketMQ " + std::to_string(i));
    const auto result = producer.send(Message(topic, "TagA", bodies.back()));
    require(result.getSendStatus() == rocketmq::SEND_OK, result.toString());
  }
  return bodies;
}

rocketmq::ConsumeConcurrentlyFunction into(Inbox& inbox) {
  return [&inbox](const std::vector<MessageExt>& messages, rocketmq::ConsumeConcurrentlyContext&) {
    for (const MessageExt& message : messages) inbox.add(message);
    return rocketmq::CONSUME_SUCCESS;
  };
}

void require_each_once(const std::vector<MessageExt>& got, std::vector<std::string> sent) {
  std::vector<std::string> bodies;
  for (const MessageExt& message : got) bodies.push_back(message.getBody());
  std::sort(bodies.begin(), bodies.end());
  std::sort(sent.begin(), sent.end());
  require(bodies == sent, "not every message came exactly once");
}

void quick_start() {
  const std::string topic = "QuickStart_" + run;
  const auto sent = send_numbered(topic, 100);
  Inbox inbox;
  rocketmq::DefaultMQPushConsumer consumer("quick_start_" + run);
  consumer.registerMessageListener(into(inbox));
  start_consumer(consumer, topic);
  require_each_once(inbox.wait_for(sent.size()), sent);
}

class OrderlyInbox final : public rocketmq::MessageListenerOrderly {
 public:
  rocketmq::ConsumeOrderlyStatus consumeMessage(const std::vector<MessageExt>& messages,
                                                rocketmq::ConsumeOrderlyContext&) override {
    for (const MessageExt& message : messages) inbox.add(message);
    return rocketmq::ConsumeOrderlyStatus::SUCCESS;
  }
  Inbox inbox;
};

void ordered() {
  const std::string topic = "Ordered_" + run;
  rocketmq::DefaultMQProducer producer("producers_" + run);
  start_producer(producer);
  for (int i = 0; i < 60; ++i) {
    Message message(topic, "Tag" + std::to_string(i % 3), std::to_string(i));
    producer.send(message, [i](const std::vector<rocketmq::MessageQueue>& queues, const Message&) {
      return queues[static_cast<std::size_t>(i % 3) % queues.size()];
    });
  }
  OrderlyInbox listener;
  rocketmq::DefaultMQPushConsumer consumer("ordered_" + run);
  consumer.registerMessageListener(&listener);
  start_consumer(consumer, topic);
  std::map<std::string, int> last;
  for (const MessageExt& message : listener.inbox.wait_for(60)) {
    const int number = std::stoi(message.getBody());
    require(!last.contains(message.getTags()) || last[message.getTags()] < number,
            "out of order: " + message.getBody());
    last[message.getTags()] = number;
  }
  consumer.shutdown();
}

void broadcast() {
  const std::string topic = "Broadcast_" + run;
  const auto sent = send_numbered(topic, 20);
  Inbox inboxes[2];
  std::vector<std::unique_ptr<rocketmq::DefaultMQPushConsumer>> consumers;
  for (Inbox& inbox : inboxes) {
    auto& consumer = *consumers.emplace_back(
        std::make_unique<rocketmq::DefaultMQPushConsumer>("broadcast_" + run));
    consumer.setInstanceName("member_" + std::to_string(consumers.size()) + "_" + run);
    consumer.setMessageModel(rocketmq::BROADCASTING);
    consumer.registerMessageListener(into(inbox));
    start_consumer(consumer, topic);
  }
  for (Inbox& inbox : inboxes) require_each_once(inbox.wait_for(sent.size()), sent);
}

void pull() {
  const std::string topic = "Pull_" + run;
  const auto sent = send_numbered(topic, 40);
  rocketmq::DefaultMQPullConsumer consumer("pull_" + run);
  consumer.setNamesrvAddr(name_servers);
  consumer.start();
  std::vector<MessageExt> got;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::map<rocketmq::MessageQueue, std::int64_t> offsets;
  while (got.size() < sent.size() && std::chrono::steady_clock::now() < deadline) {
    for (const auto& queue :
         patiently([&] { return consumer.fetchSubscribeMessageQueues(topic); })) {
      const auto result = patiently([&] { return consumer.pull(queue, "*", offsets[queue], 32); });
      offsets[queue] = result.getNextBeginOffset();
      const auto& messages = result.getMsgFoundList();
      got.insert(got.end(), messages.begin(), messages.end());
    }
  }
  require_each_once(got, sent);
  const auto& [queue, offset] = *offsets.begin();
  const auto beyond =
      patiently([&] { return consumer.pull(queue, "*", offset + 1'000, 32).getPullStatus(); });
  require(beyond == rocketmq::OFFSET_ILLEGAL, "an offset far beyond the queue is illegal");
}

void retry() {
  const std::string topic = "Retry_" + run;
  const auto sent = send_numbered(topic, 3);
  Inbox inbox;
  rocketmq::DefaultMQPushConsumer consumer("retry_" + run);
  consumer.registerMessageListener(
      [&](const std::vector<MessageExt>& messages, rocketmq::ConsumeConcurrentlyContext& context) {
        if (messages.front().getReconsumeTimes() == 0) {
          context.delayLevelWhenNextConsume = 1;
          return rocketmq::RECONSUME_LATER;
        }
        for (const MessageExt& message : messages) inbox.add(message);
        return rocketmq::CONSUME_SUCCESS;
      });
  start_consumer(consumer, topic);
  const auto got = inbox.wait_for(sent.size());
  require_each_once(got, sent);
  for (const MessageExt& message : got) {
    require(message.getTopic() == topic, "a retried message shows its topic");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: client_scenarios NAME_SERVERS\n";
    return 1;
  }
  name_servers = argv[1];
  const std::pair<const char*, void (*)()> scenarios[] = {{"quick start", quick_start},
                                                          {"ordered", ordered},
                                                          {"broadcast", broadcast},
                                                          {"pull", pull},
                                                          {"retry", retry}};
  int failed = 0;
  for (const auto& [name, scenario] : scenarios) {
    try {
      scenario();
      std::cout << "PASS " << name << std::endl;
    } catch (const std::exception& failure) {
      std::cout << "FAIL " << name << ": " << failure.what() << std::endl;
      ++failed;
    }
  }
  return failed == 0 ? 0 : 1;
}
