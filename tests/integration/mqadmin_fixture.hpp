#pragma once

#include <gmock/gmock.h>

#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "client_cluster.hpp"

namespace rocketmq::test {

/// A name server and a broker, and mqadmin as people run it.
class MqadminTest : public testing::Test {
 protected:
  struct Ran {
    std::optional<int> status;
    std::string out;
    std::string error_output;

    std::vector<std::string> lines() const {
      std::vector<std::string> lines;
      std::istringstream text(out);
      for (std::string line; std::getline(text, line);) lines.push_back(line);
      return lines;
    }
    friend void PrintTo(const Ran& ran, std::ostream* out) { *out << ran.out << ran.error_output; }
  };

  explicit MqadminTest(int brokers = 1, const std::string& more_broker_keys = {})
      : cluster(brokers, more_broker_keys) {}

  /// With -n.
  Ran mqadmin(std::vector<std::string> words) const {
    words.insert(words.end(), {"-n", cluster.name_server()});
    return mqadmin_alone(std::move(words));
  }
  Ran mqadmin_alone(std::vector<std::string> words) const {
    const auto process = cluster.run("mqadmin", std::move(words));
    Ran ran;
    ran.status = process->wait();
    ran.out = process->output();
    ran.error_output = process->error_output();
    return ran;
  }
  /// A topic, until the name server knows it.
  void make_topic(const std::string& topic, const std::string& queues = "4") const {
    const Ran ran =
        mqadmin({"updateTopic", "-c", "DefaultCluster", "-t", topic, "-r", queues, "-w", queues});
    ASSERT_EQ(ran.status, 0) << ran.error_output;
    cluster.wait_for_routes(topic);
  }
  void send(const std::string& topic, int count = 1, const std::string& tags = "TagA") const {
    DefaultMQProducer producer("mqadmin_test");
    producer.setNamesrvAddr(cluster.name_server());
    producer.start();
    for (int i = 0; i < count; ++i) producer.send(Message(topic, tags, "body" + std::to_string(i)));
  }
  std::string broker() const { return cluster.broker_address(0); }

  Cluster cluster;
};

/// Nothing was done: exit status 2, and `CODE: n  DESC: …` with this code.
MATCHER_P(FailedWith, code, "") {
  *result_listener << "status " << arg.status.value_or(-1);
  return arg.status == 2 &&
         arg.error_output.find("CODE: " + std::to_string(code) + "  DESC: ") != std::string::npos;
}
/// A command line that cannot be carried out: exit status 1, the reason, and the usage.
MATCHER_P(RefusedWith, reason, "") {
  *result_listener << "status " << arg.status.value_or(-1);
  return arg.status == 1 && arg.error_output.find(reason) != std::string::npos &&
         arg.out.find("usage: mqadmin ") != std::string::npos;
}
/// Exit status 0, and this text on standard output.
MATCHER_P(Printed, text, "") {
  *result_listener << "status " << arg.status.value_or(-1);
  return arg.status == 0 && arg.out.find(text) != std::string::npos;
}

}  // namespace rocketmq::test
