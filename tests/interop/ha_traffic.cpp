// Traffic of our client for the tests with Java brokers as peers of replication.
//
//   ha_traffic create NAMESRV TOPIC                  the topic at every broker, 4 queues each
//   ha_traffic send NAMESRV TOPIC COUNT BYTES        each acknowledged; BYTES random bytes a
//                                                    message; every 100th is delayed
//   ha_traffic consume NAMESRV TOPIC GROUP COUNT     until COUNT different messages have come;
//                                                    their progress is stored
//
// Exit status: 0 done, 1 not so: a step took minutes.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <iostream>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/DefaultMQPushConsumer.h"

namespace {

using namespace std::chrono_literals;

/// A client that missed a broker's registration looks again after 30 s, and then waits for its next
/// rebalance.
constexpr std::chrono::minutes patience{3};

/// Tries again until brokers and topic are known.
template <class Action>
void patiently(const Action& action) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    try {
      return action();
    } catch (const rocketmq::MQException&) {
      if (std::chrono::steady_clock::now() > until) throw;
    }
    std::this_thread::sleep_for(100ms);
  }
}

void create(rocketmq::DefaultMQProducer& producer, const std::string& topic) {
  patiently([&] { producer.createTopic("TBW102", topic, 4); });
}

void send(rocketmq::DefaultMQProducer& producer, const std::string& topic, int count,
          std::size_t bytes) {
  std::mt19937 random(static_cast<unsigned>(count));
  for (int i = 0; i < count; ++i) {
    std::string body(bytes, '\0');
    std::generate(body.begin(), body.end(), [&] { return static_cast<char>(random()); });
    rocketmq::Message message(topic, "TagA", "KEY" + std::to_string(i), body);
    if (i % 100 == 99) message.setDelayTimeLevel(1);
    patiently([&] { producer.send(message); });
  }
}

bool consume(const std::string& name_servers, const std::string& topic, const std::string& group,
             std::size_t count) {
  std::mutex mutex;
  std::condition_variable arrived;
  std::set<std::string> ids;
  rocketmq::DefaultMQPushConsumer consumer(group);
  consumer.setNamesrvAddr(name_servers);
  consumer.setConsumeFromWhere(rocketmq::CONSUME_FROM_FIRST_OFFSET);
  consumer.subscribe(topic, "*");
  consumer.registerMessageListener([&](const std::vector<rocketmq::MessageExt>& messages,
                                       rocketmq::ConsumeConcurrentlyContext&) {
    const std::scoped_lock lock(mutex);
    for (const rocketmq::MessageExt& message : messages) ids.insert(message.getMsgId());
    arrived.notify_all();
    return rocketmq::CONSUME_SUCCESS;
  });
  consumer.start();
  std::unique_lock lock(mutex);
  const bool all = arrived.wait_for(lock, patience, [&] { return ids.size() >= count; });
  if (!all) std::cerr << ids.size() << " messages of " << count << " have come\n";
  lock.unlock();
  consumer.shutdown();
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words.size() == 5 && words[0] == "consume")
      return consume(words[1], words[2], words[3], std::stoul(words[4])) ? 0 : 1;
    if (words.size() < 3) return 1;
    rocketmq::DefaultMQProducer producer("ha_traffic");
    producer.setNamesrvAddr(words[1]);
    producer.start();
    if (words[0] == "create") {
      create(producer, words[2]);
    } else if (words.size() == 5 && words[0] == "send") {
      send(producer, words[2], std::stoi(words[3]), std::stoul(words[4]));
    } else {
      return 1;
    }
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
  return 0;
}
