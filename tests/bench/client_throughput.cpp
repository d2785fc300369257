// How many messages a second one process of the client sends asynchronously and consumes, and what
// CPU time it takes for each.
//
//   client_throughput NAME_SERVERS send    [--messages N] [--bytes N] [--topic T] [--in-flight N]
//   client_throughput NAME_SERVERS consume [--messages N] [--topic T] [--threads N] [--per-call N]
//                                          [--pull-batch N] [--cached N]
//
// `consume` reads the first N messages of the topic from the beginning, in a group of its own; its
// listener looks at every body. --threads 20 --per-call 1 --cached 1000 are the client's defaults.
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <latch>
#include <mutex>
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

/// From its construction, or the last begin(), on.
class Measurement {
 public:
  void begin() { *this = Measurement(); }
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

/// Keeps a program from having more than this many sends under way; 0 leaves that to the client.
class Window {
 public:
  explicit Window(long size) : size_(size) {}

  void enter() {
    if (size_ == 0 || under_way_.fetch_add(1) + 1 < size_) return;
    std::unique_lock lock(mutex_);
    // Half of it, so that there is one wait for many sends.
    drained_.wait(lock, [this] { return under_way_ <= size_ / 2; });
  }
  void leave() {
    if (size_ == 0 || under_way_.fetch_sub(1) - 1 != size_ / 2) return;
    const std::scoped_lock lock(mutex_);
    drained_.notify_one();
  }

 private:
  const long size_;
  std::atomic<long> under_way_{0};
  std::mutex mutex_;
  std::condition_variable drained_;
};

int send(const std::string& name_servers, const std::string& topic, long messages,
         std::size_t bytes, long in_flight) {
  rocketmq::DefaultMQProducer producer("throughput_producer");
  producer.setNamesrvAddr(name_servers);
  producer.setSendMsgTimeout(30'000);
  producer.start();
  producer.send(rocketmq::Message(topic, "makes the topic"));
  const std::string body(bytes, 'x');
  std::atomic<long> failed{0};
  Window window(in_flight);
  const Measurement measurement;
  for (long i = 0; i < messages; ++i) {
    window.enter();
    producer.send(
        rocketmq::Message(topic, body), [&window](const rocketmq::SendResult&) { window.leave(); },
        [&](const rocketmq::MQException&) {
          failed.fetch_add(1);
          window.leave();
        });
  }
  producer.shutdown();  // waits for those under way
  measurement.report("sent", messages - failed);
  if (failed > 0) std::cout << failed << " sends failed\n";
  return failed == 0 ? 0 : 1;
}

/// Settings of the consumer.
struct Consuming {
  int threads = 2;
  int per_call = 32;
  int pull_batch = 32;
  int cached = 20'000;
};

int consume(const std::string& name_servers, const std::string& topic, long messages,
            const Consuming& settings) {
  rocketmq::DefaultMQPushConsumer consumer("throughput_consumer_" + std::to_string(::getpid()));
  consumer.setNamesrvAddr(name_servers);
  consumer.setConsumeFromWhere(rocketmq::CONSUME_FROM_FIRST_OFFSET);
  consumer.setConsumeMessageBatchMaxSize(settings.per_call);
  consumer.setConsumeThreadCount(settings.threads);
  consumer.setPullBatchSize(settings.pull_batch);
  consumer.setPullThresholdForQueue(settings.cached);
  consumer.setConsumeConcurrentlyMaxSpan(2 * settings.cached);
  consumer.subscribe(topic, "*");
  std::atomic<long> left{messages};
  std::atomic<std::size_t> body_bytes{0};
  std::latch done(1);
  Measurement measurement;
  std::once_flag first;
  consumer.registerMessageListener(
      [&](const std::vector<rocketmq::MessageExt>& got, rocketmq::ConsumeConcurrentlyContext&) {
        // The second that passes before a new group has its queues is not counted.
        std::call_once(first, [&] { measurement.begin(); });
        std::size_t bytes = 0;
        for (const rocketmq::MessageExt& message : got) bytes += message.getBody().size();
        body_bytes.fetch_add(bytes, std::memory_order_relaxed);
        const auto count = static_cast<long>(got.size());
        const long before = left.fetch_sub(count);
        if (before > 0 && before <= count) done.count_down();
        return rocketmq::CONSUME_SUCCESS;
      });
  consumer.start();
  done.wait();
  measurement.report("consumed", messages);
  std::cout << body_bytes << " bytes of bodies\n";
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
  long in_flight = 0;
  app.add_option("name_servers", name_servers, "host:port;host:port")->required();
  app.add_option("mode", mode, "send or consume")
      ->required()
      ->check(CLI::IsMember({"send", "consume"}));
  app.add_option("--messages", messages, "how many")->check(CLI::PositiveNumber);
  app.add_option("--bytes", bytes, "size of a body")->check(CLI::PositiveNumber);
  app.add_option("--topic", topic, "topic");
  app.add_option("--in-flight", in_flight, "most sends under way; 0: as many as the client allows")
      ->check(CLI::NonNegativeNumber);
  Consuming consuming;
  app.add_option("--threads", consuming.threads, "threads that call the listener");
  app.add_option("--per-call", consuming.per_call, "most messages of a listener call");
  app.add_option("--pull-batch", consuming.pull_batch, "most messages of a pull");
  app.add_option("--cached", consuming.cached, "most messages of a queue in memory");
  CLI11_PARSE(app, argc, argv);
  try {
    return mode == "send" ? send(name_servers, topic, messages, bytes, in_flight)
                          : consume(name_servers, topic, messages, consuming);
  } catch (const rocketmq::MQException& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
}
