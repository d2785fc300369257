// How many messages a second one process of the client sends asynchronously and consumes, and what
// CPU time it takes for each.
//
//   client_throughput NAME_SERVERS send    [--messages N] [--bytes N] [--topic T]
//   client_throughput NAME_SERVERS consume [--messages N] [--topic T]
//
// `consume` reads the first N messages of the topic from the beginning, in a group of its own.
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <iostream>
#include <latch>
#include <string>

#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/DefaultMQPushConsumer.h"

namespace {

using Clock = std::chrono::steady_clock;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// From its construction on.
class Measurement {
 public:
  void report(const std::string& what, long count) const {
    const double wall = std::chrono::duration<double>(Clock::now() - begin_).count();
    const double cpu = cpu_seconds() - cpu_begin_;
    const auto number = static_cast<double>(count);
    std::cout << what << ": " << count << " messages in " << wall << " s = " << number / wall
              << " msgs/s; " << number / cpu << " msgs per CPU-second of this process" << std::endl;
  }

 private:
  Clock::time_point begin_ = Clock::now();
  double cpu_begin_ = cpu_seconds();
};

int send(const std::string& name_servers, const std::string& topic, long messages,
         std::size_t bytes) {
  rocketmq::DefaultMQProducer producer("throughput_producer");
  producer.setNamesrvAddr(name_servers);
  producer.setSendMsgTimeout(30'000);
  producer.start();
  producer.send(rocketmq::Message(topic, "makes the topic"));
  const std::string body(bytes, 'x');
  std::atomic<long> failed{0};
  const Measurement measurement;
  for (long i = 0; i < messages; ++i) {
    producer.send(rocketmq::Message(topic, body), nullptr,
                  [&failed](const rocketmq::MQException&) { failed.fetch_add(1); });
  }
  producer.shutdown();  // waits for those under way
  measurement.report("sent", messages - failed);
  if (failed > 0) std::cout << failed << " sends failed\n";
  return failed == 0 ? 0 : 1;
}

int consume(const std::string& name_servers, const std::string& topic, long messages) {
  rocketmq::DefaultMQPushConsumer consumer("throughput_consumer_" + std::to_string(::getpid()));
  consumer.setNamesrvAddr(name_servers);
  consumer.setConsumeFromWhere(rocketmq::CONSUME_FROM_FIRST_OFFSET);
  consumer.setConsumeMessageBatchMaxSize(32);
  consumer.setConsumeThreadCount(2);
  consumer.setPullThresholdForQueue(20'000);
  consumer.setConsumeConcurrentlyMaxSpan(20'000);
  consumer.subscribe(topic, "*");
  std::atomic<long> left{messages};
  std::latch done(1);
  consumer.registerMessageListener(
      [&](const std::vector<rocketmq::MessageExt>& got, rocketmq::ConsumeConcurrentlyContext&) {
        const auto count = static_cast<long>(got.size());
        const long before = left.fetch_sub(count);
        if (before > 0 && before <= count) done.count_down();
        return rocketmq::CONSUME_SUCCESS;
      });
  const Measurement measurement;
  consumer.start();
  done.wait();
  measurement.report("consumed", messages);
  consumer.shutdown();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Throughput of the client");
  std::string name_servers;
  std::string mode;
  std::string topic = "ThroughputTopic";
  long messages = 1'000'000;
  std::size_t bytes = 1024;
  app.add_option("name_servers", name_servers, "host:port;host:port")->required();
  app.add_option("mode", mode, "send or consume")
      ->required()
      ->check(CLI::IsMember({"send", "consume"}));
  app.add_option("--messages", messages, "how many")->check(CLI::PositiveNumber);
  app.add_option("--bytes", bytes, "size of a body")->check(CLI::PositiveNumber);
  app.add_option("--topic", topic, "topic");
  CLI11_PARSE(app, argc, argv);
  try {
    return mode == "send" ? send(name_servers, topic, messages, bytes)
                          : consume(name_servers, topic, messages);
  } catch (const rocketmq::MQException& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
}
