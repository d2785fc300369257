// Sends a file's lines as messages, gets them back, and says whether the same came back: the first
// thing to run against a new installation.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/DefaultMQPushConsumer.h"
#include "rocketmq/Version.h"

namespace {

using Clock = std::chrono::steady_clock;

/// Carries the run's name, so that messages of other senders and of earlier runs are recognised.
constexpr const char* run_property = "quickstartRun";

struct Arguments {
  std::string namesrv = "127.0.0.1:9876";
  std::string topic = "QuickStart";
  std::string file;
  int timeout_seconds = 60;
};

/// How many messages with this text, or in this queue.
using Counts = std::map<std::string, std::int64_t>;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string run_name() {
  std::random_device random;
  const std::uint64_t number = (std::uint64_t{random()} << 32) | random();
  return "quickstart_" + std::to_string(number);
}

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  if (lines.empty()) throw std::runtime_error(file + " has no line with text");
  return lines;
}

/// What the consumer got of this run. Its listener runs on several threads.
class Received {
 public:
  Received(std::string run, std::size_t expected) : run_(std::move(run)), expected_(expected) {}

  void add(const std::vector<rocketmq::MessageExt>& messages) {
    const std::lock_guard lock(mutex_);
    for (const auto& message : messages) {
      if (message.getProperty(run_property) != run_) {
        ++of_others_;
        continue;
      }
      ++count_;
      ++bodies_[message.getBody()];
      ++queues_[message.getBrokerName() + " queue " + std::to_string(message.getQueueId())];
    }
    if (count_ >= expected_) complete_.notify_all();
  }

  /// False when the time was over before as many had come as were sent.
  bool wait(std::chrono::seconds timeout) {
    std::unique_lock lock(mutex_);
    return complete_.wait_for(lock, timeout, [this] { return count_ >= expected_; });
  }

  // Only once the consumer has been shut down:
  std::size_t count() const { return count_; }
  std::size_t of_others() const { return of_others_; }
  const Counts& bodies() const { return bodies_; }
  const Counts& queues() const { return queues_; }

 private:
  const std::string run_;
  const std::size_t expected_;
  std::mutex mutex_;
  std::condition_variable complete_;
  std::size_t count_ = 0;  // guarded by mutex_, as all below
  std::size_t of_others_ = 0;
  Counts bodies_;
  Counts queues_;
};

/// Sends one message after the other. Returns how many went to each queue.
Counts send_all(const Arguments& arguments, const std::string& run,
                const std::vector<std::string>& lines) {
  rocketmq::DefaultMQProducer producer(run);
  producer.setNamesrvAddr(arguments.namesrv);
  producer.start();

  Counts queues;
  std::string sample;
  const auto begin = Clock::now();
  for (const std::string& line : lines) {
    rocketmq::Message message(arguments.topic, "quickstart", line);
    message.putUserProperty(run_property, run);
    const rocketmq::SendResult result = producer.send(message);
    if (result.getSendStatus() != rocketmq::SEND_OK) {
      std::cout << "  not SEND_OK: " << result.toString() << '\n';
    }
    const auto& queue = result.getMessageQueue();
    ++queues[queue.getBrokerName() + " queue " + std::to_string(queue.getQueueId())];
    if (sample.empty()) sample = result.toString();
  }
  const double seconds = seconds_since(begin);
  producer.shutdown();

  std::cout << "Sent      " << lines.size() << " messages to topic " << arguments.topic << " in "
            << seconds << " s ("
            << static_cast<std::int64_t>(static_cast<double>(lines.size()) / seconds)
            << " a second), each after the answer to the one before\n"
            << "          first answer: " << sample << std::endl;
  return queues;
}

/// Writes what is in `counts` more often than in `others`. Returns how much that is.
std::int64_t print_surplus(const char* title, const Counts& counts, const Counts& others) {
  constexpr int shown_max = 5;
  std::int64_t surplus = 0;
  int shown = 0;
  for (const auto& [body, count] : counts) {
    const auto other = others.find(body);
    const std::int64_t difference = count - (other == others.end() ? 0 : other->second);
    if (difference <= 0) continue;
    surplus += difference;
    if (++shown <= shown_max)
      std::cout << "  " << title << " (" << difference << " times): " << body << '\n';
  }
  if (shown > shown_max) std::cout << "  " << title << ": " << shown - shown_max << " more texts\n";
  return surplus;
}

void print_queues(const Counts& sent, const Counts& received) {
  std::cout << "Queues\n";
  for (const auto& [queue, count] : sent) {
    const auto got = received.find(queue);
    std::cout << "          " << queue << ": " << count << " sent, "
              << (got == received.end() ? 0 : got->second) << " received\n";
  }
}

/// True when exactly what was sent came back.
bool run(const Arguments& arguments) {
  const std::vector<std::string> lines = lines_of(arguments.file);
  Counts sent_bodies;
  for (const std::string& line : lines) ++sent_bodies[line];
  const std::string run = run_name();
  std::cout << "File      " << arguments.file << ": " << lines.size() << " lines with text, "
            << sent_bodies.size() << " different\nServers   " << arguments.namesrv << '\n';

  const Counts sent_queues = send_all(arguments, run, lines);

  Received received(run, lines.size());
  rocketmq::DefaultMQPushConsumer consumer(run);
  consumer.setNamesrvAddr(arguments.namesrv);
  consumer.setConsumeFromWhere(rocketmq::CONSUME_FROM_FIRST_OFFSET);
  consumer.subscribe(arguments.topic, "*");
  consumer.registerMessageListener([&received](const std::vector<rocketmq::MessageExt>& messages,
                                               rocketmq::ConsumeConcurrentlyContext&) {
    received.add(messages);
    return rocketmq::CONSUME_SUCCESS;
  });
  const auto begin = Clock::now();
  consumer.start();
  const bool in_time = received.wait(std::chrono::seconds(arguments.timeout_seconds));
  const double seconds = seconds_since(begin);
  consumer.shutdown();

  std::cout << "Received  " << received.count() << " messages in " << seconds
            << " s, the time to start the consumer included\n";
  if (received.of_others() > 0) {
    std::cout << "          " << received.of_others()
              << " other messages of this topic were passed over\n";
  }
  print_queues(sent_queues, received.queues());
  if (!in_time) std::cout << "Time-out  after " << arguments.timeout_seconds << " s\n";
  const std::int64_t missing = print_surplus("missing", sent_bodies, received.bodies());
  const std::int64_t surplus = print_surplus("too often", received.bodies(), sent_bodies);
  if (missing != 0 || surplus != 0) {
    std::cout << "FAILED    " << missing << " messages missing, " << surplus << " too many\n";
    return false;
  }
  std::cout << "OK        what was received is exactly what was sent\n";
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Sends every line of a file as a message, gets the messages back and compares.");
  app.set_version_flag("-v,--version", "rocketmq-quickstart " ROCKETMQ_CPP_VERSION);
  app.add_option("-n,--namesrv", arguments.namesrv, "Name servers, host:port;host:port")
      ->capture_default_str();
  app.add_option("-t,--topic", arguments.topic, "Topic; made by the first message if need be")
      ->capture_default_str();
  app.add_option("-f,--file", arguments.file, "Text file, one message a line")->required();
  app.add_option("--timeout", arguments.timeout_seconds, "How long to wait for the messages, s")
      ->capture_default_str()
      ->check(CLI::Range(1, 86'400));
  CLI11_PARSE(app, argc, argv);
  std::cout << std::fixed << std::setprecision(3);
  try {
    return run(arguments) ? 0 : 1;
  } catch (const std::exception& failure) {
    std::cerr << "rocketmq-quickstart: " << failure.what() << '\n';
    return 1;
  }
}
