// How late a broker delivers delayed messages: sends one-second messages at a steady rate, and
// compares with the time at which each was due.
//
//   delay_lateness NAME_SERVERS [--messages N] [--rate MSGS_PER_S] [--topic T]
//
// "stored": when the broker put the message into its topic. "consumed": when the listener of a push
// consumer in this process had it. Both are counted from before the send, and from its response:
// the delay begins in between, when the broker stores the message. Delay level 1 has to be one
// second, as it is by default.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/DefaultMQPushConsumer.h"

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t delay_ms = 1'000;

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Times of one message, in ms of this machine's clock; 0 while they are not known.
struct Times {
  std::int64_t sent_ms = 0;
  std::int64_t answered_ms = 0;
  std::int64_t stored_ms = 0;
  std::int64_t consumed_ms = 0;
};

void report(const char* what, const std::vector<Times>& times, std::int64_t Times::*from,
            std::int64_t Times::*to) {
  std::vector<std::int64_t> values;
  for (const Times& message : times) {
    if (message.*to != 0) values.push_back(message.*to - message.*from - delay_ms);
  }
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
  };
  std::cout << what << ": ms late: p50 " << at(0.5) << ", p99 " << at(0.99) << ", p99.9 "
            << at(0.999) << ", max " << values.back() << "; min " << values.front() << '\n';
}

int measure(const std::string& name_servers, const std::string& topic, long messages, long rate) {
  rocketmq::DefaultMQProducer producer("lateness_producer");
  producer.setNamesrvAddr(name_servers);
  producer.start();
  producer.send(rocketmq::Message(topic, "makes the topic"));

  std::mutex mutex;
  std::vector<Times> times(static_cast<std::size_t>(messages));  // guarded by mutex
  long left = messages;                                          // guarded by mutex
  std::latch done(1);
  rocketmq::DefaultMQPushConsumer consumer("lateness_consumer_" + std::to_string(::getpid()));
  consumer.setNamesrvAddr(name_servers);
  consumer.setConsumeFromWhere(rocketmq::CONSUME_FROM_FIRST_OFFSET);
  consumer.subscribe(topic, "delayed");
  consumer.registerMessageListener(
      [&](const std::vector<rocketmq::MessageExt>& got, rocketmq::ConsumeConcurrentlyContext&) {
        const std::int64_t now_ms = wall_ms();
        const std::lock_guard lock(mutex);
        for (const auto& message : got) {
          Times& time = times.at(std::stoul(message.getBody()));
          time.stored_ms = message.getStoreTimestamp();
          time.consumed_ms = now_ms;
          if (--left == 0) done.count_down();
        }
        return rocketmq::CONSUME_SUCCESS;
      });
  consumer.start();

  auto next = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < times.size(); ++i) {
    std::this_thread::sleep_until(next);
    next += std::chrono::microseconds(1'000'000 / rate);
    rocketmq::Message message(topic, "delayed", std::to_string(i));
    message.setDelayTimeLevel(1);
    {
      const std::lock_guard lock(mutex);
      times[i].sent_ms = wall_ms();
    }
    producer.send(
        std::move(message),
        [&, i](const rocketmq::SendResult&) {
          const std::lock_guard lock(mutex);
          times[i].answered_ms = wall_ms();
        },
        [&](const rocketmq::MQException& failure) {
          std::cerr << failure.what() << '\n';
          const std::lock_guard lock(mutex);
          if (--left == 0) done.count_down();
        });
  }
  done.wait();
  consumer.shutdown();
  producer.shutdown();
  const auto delivered = std::count_if(times.begin(), times.end(),
                                       [](const Times& time) { return time.consumed_ms != 0; });
  std::cout << delivered << " of " << messages << " messages, " << rate << " a second\n";
  if (delivered == 0) return 1;
  report("stored, from before the send", times, &Times::sent_ms, &Times::stored_ms);
  report("stored, from its answer", times, &Times::answered_ms, &Times::stored_ms);
  report("consumed, from before the send", times, &Times::sent_ms, &Times::consumed_ms);
  report("consumed, from its answer", times, &Times::answered_ms, &Times::consumed_ms);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Lateness of delayed messages");
  std::string name_servers;
  std::string topic = "LatenessTopic";
  long messages = 2'000;
  long rate = 200;
  app.add_option("name_servers", name_servers, "host:port;host:port")->required();
  app.add_option("--messages", messages, "how many")->check(CLI::PositiveNumber);
  app.add_option("--rate", rate, "a second")->check(CLI::Range(1L, 1'000'000L));
  app.add_option("--topic", topic, "topic");
  CLI11_PARSE(app, argc, argv);
  try {
    return measure(name_servers, topic, messages, rate);
  } catch (const rocketmq::MQException& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
}
