#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv is POSIX
#include <sys/wait.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "ports.hpp"
#include "process.hpp"
#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/DefaultMQPushConsumer.h"
#include "temp_dir.hpp"

namespace rocketmq::test {

/// The client's log and offsets of this test program go into a directory of their own, and nothing
/// in the environment names servers.
inline const TempDir& client_home() {
  static const TempDir home;
  return home;
}
inline const bool home_is_set = [] {
  ::setenv("HOME", client_home().text().c_str(), 1);
  ::unsetenv("NAMESRV_ADDR");
  return true;
}();

/// A name server and brokers as processes of their own, for tests of the client.
class Cluster {
 public:
  explicit Cluster(int brokers = 1, const std::string& more_broker_keys = {}) {
    name_server_port_ = free_port();
    const auto ns_file =
        home_.write("ns.conf", "listenPort=" + std::to_string(name_server_port_) + "\n");
    name_server_ = start("mqnamesrv", ns_file.string());
    for (int i = 0; i < brokers; ++i) {
      broker_ports_.push_back(free_broker_port());
      const std::string name = "broker-" + std::string(1, static_cast<char>('a' + i));
      const std::string keys =
          "brokerName=" + name +
          "\nbrokerId=0\nbrokerIP1=127.0.0.1\nlistenPort=" + std::to_string(broker_ports_.back()) +
          "\nnamesrvAddr=" + name_server() + "\nstorePathRootDir=" + (home_ / name).string() +
          "\nmapedFileSizeCommitLog=67108864\n" + more_broker_keys;
      broker_files_.push_back(home_.write(name + ".conf", keys).string());
      brokers_.push_back(start("mqbroker", broker_files_.back()));
    }
    if (more_broker_keys.find("autoCreateTopicEnable=false") == std::string::npos)
      wait_for_routes();
  }

  std::string name_server() const { return "127.0.0.1:" + std::to_string(name_server_port_); }
  std::uint16_t broker_port(std::size_t index) const { return broker_ports_.at(index); }
  std::string broker_address(std::size_t index) const {
    return "127.0.0.1:" + std::to_string(broker_port(index));
  }
  const TempDir& home() const { return home_; }
  void kill_broker(std::size_t index) { brokers_.at(index)->kill(); }
  /// Starts a broker that was killed, on what it has stored.
  void restart_broker(std::size_t index) {
    brokers_.at(index) = start("mqbroker", broker_files_.at(index));
  }
  /// Makes a broker one that is connected and does not answer; returns when it has stopped.
  void pause_broker(std::size_t index) {
    brokers_.at(index)->signal(SIGSTOP);
    siginfo_t stopped{};
    ::waitid(P_PID, static_cast<id_t>(brokers_.at(index)->pid()), &stopped, WSTOPPED);
  }
  void continue_broker(std::size_t index) { brokers_.at(index)->signal(SIGCONT); }

  /// A program of the build that is to talk to this cluster.
  std::unique_ptr<Process> run(const std::string& program,
                               std::vector<std::string> arguments) const {
    return std::make_unique<Process>(
        std::string(ROCKETMQ_BIN_DIR) + "/" + program,
        ProcessOptions{.arguments = std::move(arguments),
                       .environment = {{"HOME", home_.text()}},
                       .without_environment = {"ROCKETMQ_HOME", "NAMESRV_ADDR"}});
  }

  /// Until the name server knows of a topic at all brokers; they tell it a moment after they have
  /// booted, and after they have made a topic. By the template topic it knows the brokers.
  void wait_for_routes(const std::string& topic = "TBW102") const {
    DefaultMQProducer probe("cluster_probe");
    probe.setNamesrvAddr(name_server());
    probe.start();
    for (int i = 0; i < 1'000; ++i) {
      try {
        std::set<std::string> known;
        for (const MessageQueue& queue : probe.fetchPublishMessageQueues(topic))
          known.insert(queue.getBrokerName());
        if (known.size() >= brokers_.size()) return;
      } catch (const MQException&) {
        // not yet
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    throw std::runtime_error("the name server does not know all brokers");
  }

 private:
  std::unique_ptr<Process> start(const std::string& program, const std::string& file) const {
    auto process = run(program, {"-c", file});
    if (!process->wait_for_line("boot success")) {
      throw std::runtime_error(program + " did not start: " + process->output() +
                               process->error_output());
    }
    return process;
  }

  TempDir home_;
  std::uint16_t name_server_port_ = 0;
  std::unique_ptr<Process> name_server_;
  std::vector<std::uint16_t> broker_ports_;
  std::vector<std::string> broker_files_;
  std::vector<std::unique_ptr<Process>> brokers_;
};

/// Asks again until the answer is as wanted: brokers tell the name server of new topics, and build
/// queues and indexes, a moment after they have acknowledged the send.
inline bool eventually(const std::function<bool()>& is_so) {
  for (int i = 0; i < 800; ++i) {
    try {
      if (is_so()) return true;
    } catch (const MQException&) {
      // not yet
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return is_so();
}

/// Keeps what a listener got, and lets a test wait for it. Any thread.
class Inbox {
 public:
  /// How long a test waits for what must come.
  static constexpr std::chrono::seconds patience{40};

  void add(const MessageExt& message) {
    const std::scoped_lock lock(mutex_);
    messages_.push_back(message);
    arrived_.notify_all();
  }
  /// True when `count` different bodies have come.
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return arrived_.wait_for(lock, patience, [&] { return different() >= count; });
  }
  std::vector<MessageExt> messages() const {
    const std::scoped_lock lock(mutex_);
    return messages_;
  }
  std::vector<std::string> bodies() const {
    std::vector<std::string> bodies;
    for (const MessageExt& message : messages()) bodies.push_back(message.getBody());
    return bodies;
  }
  std::set<MessageQueue> queues() const {
    std::set<MessageQueue> queues;
    for (const MessageExt& message : messages()) {
      queues.emplace(message.getTopic(), message.getBrokerName(), message.getQueueId());
    }
    return queues;
  }
  std::size_t size() const { return messages().size(); }
  void clear() {
    const std::scoped_lock lock(mutex_);
    messages_.clear();
  }

 private:
  std::size_t different() const {
    std::set<std::string> bodies;
    for (const MessageExt& message : messages_) bodies.insert(message.getBody());
    return bodies.size();
  }

  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<MessageExt> messages_;  // guarded by mutex_
};

/// A push consumer that fills an inbox.
class TestConsumer {
 public:
  TestConsumer(const std::string& name_servers, const std::string& group, const std::string& topic,
               const std::string& expression = "*",
               const std::function<void(DefaultMQPushConsumer&)>& configure = {})
      : consumer(group) {
    consumer.setNamesrvAddr(name_servers);
    consumer.setConsumeFromWhere(CONSUME_FROM_FIRST_OFFSET);
    consumer.setConsumeThreadCount(4);
    consumer.subscribe(topic, expression);
    consumer.registerMessageListener(
        [this](const std::vector<MessageExt>& messages, ConsumeConcurrentlyContext&) {
          for (const MessageExt& message : messages) inbox.add(message);
          return CONSUME_SUCCESS;
        });
    if (configure) configure(consumer);
    consumer.start();
  }

  Inbox inbox;
  DefaultMQPushConsumer consumer;
};

}  // namespace rocketmq::test
