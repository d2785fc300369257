#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ports.hpp"
#include "process.hpp"
#include "raw_connection.hpp"
#include "rocketmq/common/message_record.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/header.hpp"
#include "rocketmq/protocol/pull_headers.hpp"
#include "rocketmq/protocol/queue_headers.hpp"
#include "rocketmq/protocol/request_signature.hpp"
#include "rocketmq/protocol/send_headers.hpp"
#include "temp_dir.hpp"

namespace rocketmq::test {

/// A client that speaks raw frames with a broker.
class BrokerClient {
 public:
  explicit BrokerClient(std::uint16_t port) : connection_(port) {}
  explicit BrokerClient(RawConnection connection) : connection_(std::move(connection)) {}

  RawConnection& connection() { return connection_; }
  /// Signs every request from now on.
  void sign_as(const std::string& access_key, const std::string& secret_key) {
    credentials_ = std::make_unique<remoting::RequestCredentials>(access_key, secret_key);
  }

  /// Sends without waiting; returns the opaque.
  std::int32_t post(remoting::RemotingCommand request) {
    request.opaque = ++opaque_;
    if (credentials_ != nullptr) credentials_->sign(request);
    connection_.send(request);
    return request.opaque;
  }
  /// Sends and waits for the answer; what the broker pushes meanwhile is dropped.
  remoting::RemotingCommand ask(remoting::RemotingCommand request) {
    return answer_to(post(std::move(request)));
  }
  remoting::RemotingCommand answer_to(std::int32_t opaque) {
    for (;;) {
      auto command = connection_.read_command();
      if (!command) throw std::runtime_error("the broker did not answer");
      if (command->is_response() && command->opaque == opaque) return *std::move(command);
    }
  }

  static remoting::RemotingCommand send_request(std::string_view topic, std::int32_t queue_id,
                                                std::string body,
                                                std::string_view properties = {}) {
    remoting::SendMessageRequestHeader header{.producerGroup = "pg",
                                              .topic = topic,
                                              .defaultTopic = "TBW102",
                                              .queueId = queue_id,
                                              .bornTimestamp = 1,
                                              .properties = properties};
    return remoting::make_request(remoting::RequestCode::SendMessageV2,
                                  remoting::SendMessageRequestHeaderV2::compact(header),
                                  std::move(body));
  }
  remoting::RemotingCommand send(std::string_view topic, std::int32_t queue_id, std::string body) {
    return ask(send_request(topic, queue_id, std::move(body)));
  }

  static remoting::RemotingCommand pull_request(std::string_view topic, std::int32_t queue_id,
                                                std::int64_t offset, std::int64_t suspend_ms = 0,
                                                std::string_view subscription = "*") {
    const remoting::PullMessageRequestHeader header{.consumerGroup = "cg",
                                                    .topic = topic,
                                                    .queueId = queue_id,
                                                    .queueOffset = offset,
                                                    .maxMsgNums = 32,
                                                    .sysFlag = suspend_ms > 0 ? 4 | 2 : 4,
                                                    .suspendTimeoutMillis = suspend_ms,
                                                    .subscription = subscription};
    return remoting::make_request(remoting::RequestCode::PullMessage, header);
  }
  /// Every body of a queue from `offset` on, pulled until the broker has no more. A message that
  /// was just acknowledged may not be in its queue yet: waits for `count_min` of them.
  std::vector<std::string> pull_all(std::string_view topic, std::int32_t queue_id,
                                    std::size_t count_min, std::int64_t offset = 0) {
    std::vector<std::string> bodies;
    while (bodies.size() < count_min) {
      const auto answer = ask(pull_request(topic, queue_id, offset, 10'000));
      if (answer.response_code() != ResponseCode::Success) break;
      for (const auto& record :
           message_record::decode_all(answer.body, message_record::Check::BodyCrc).value()) {
        EXPECT_EQ(record.queue_offset, offset++);
        bodies.emplace_back(record.body);
      }
    }
    return bodies;
  }

  remoting::RemotingCommand create_topic(const std::string& topic, std::int32_t queues) {
    const remoting::CreateTopicRequestHeader header{.topic = topic,
                                                    .defaultTopic = "TBW102",
                                                    .readQueueNums = queues,
                                                    .writeQueueNums = queues,
                                                    .order = false};
    return ask(remoting::make_request(remoting::RequestCode::UpdateAndCreateTopic, header));
  }

 private:
  RawConnection connection_;
  std::unique_ptr<remoting::RequestCredentials> credentials_;
  std::int32_t opaque_ = 0;
};

inline std::string field_of(const remoting::RemotingCommand& command, std::string_view name) {
  return std::string(command.ext_fields.find(name).value_or("(none)"));
}

/// Starts real brokers on free ports, with a store below a temporary directory.
class BrokerDaemonTest : public testing::Test {
 protected:
  static constexpr std::string_view boot_text = "boot success. serializeType=JSON";

  std::unique_ptr<Process> run(std::vector<std::string> arguments) const {
    auto environment = more_environment_;
    environment["HOME"] = home_.text();
    return std::make_unique<Process>(
        std::string(ROCKETMQ_BIN_DIR) + "/mqbroker",
        ProcessOptions{.arguments = std::move(arguments),
                       .environment = std::move(environment),
                       .without_environment = {"ROCKETMQ_HOME", "NAMESRV_ADDR"}});
  }
  /// A configuration file for a broker on `port`, with small files.
  std::string configure(std::uint16_t port, const std::string& more_keys = {}) const {
    return home_
        .write(
            "broker-" + std::to_string(port) + ".properties",
            "brokerName=broker-a\nbrokerIP1=127.0.0.1\nbrokerIP2=127.0.0.1\nbindAddress=127.0.0.1\n"
            "mappedFileSizeCommitLog=16777216\nmaxHashSlotNum=1000\nmaxIndexNum=4000\n"
            "storePathRootDir=" +
                (home_ / "store").string() + "\nlistenPort=" + std::to_string(port) + "\n" +
                more_keys)
        .string();
  }
  /// Starts a broker on port_ and waits until it serves.
  std::unique_ptr<Process> start(const std::string& more_keys = {}) {
    if (port_ == 0) port_ = free_broker_port();
    auto broker = run({"-c", configure(port_, more_keys)});
    EXPECT_TRUE(broker->wait_for_line(boot_text)) << broker->error_output();
    return broker;
  }

  TempDir home_;
  std::map<std::string, std::string> more_environment_;
  std::uint16_t port_ = 0;
};

}  // namespace rocketmq::test
