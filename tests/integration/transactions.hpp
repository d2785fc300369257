#pragma once

#include <cstdint>
#include <string>

#include "broker_daemon.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"

namespace rocketmq::test {

/// A transaction of the producer group "pg" as its producer sees it: a half message, by its places
/// in the half queue and in the log.
struct Transaction {
  std::int64_t queue_offset = 0;
  std::int64_t log_offset = 0;
};

inline remoting::RemotingCommand send_half(BrokerClient& client, std::string_view topic,
                                           std::int32_t queue_id, const std::string& body) {
  std::string properties;
  append_property(properties, property::transaction_prepared, "true");
  append_property(properties, property::producer_group, "pg");
  append_property(properties, property::unique_key, body);
  auto request = BrokerClient::send_request(topic, queue_id, body, properties);
  request.ext_fields.set("g", std::to_string(SystemClock().now_ms()));
  return client.ask(std::move(request));
}
/// Of the reply to a half message.
inline Transaction begun_by(const remoting::RemotingCommand& reply) {
  return {.queue_offset = std::stoll(field_of(reply, "queueOffset")),
          .log_offset = std::stoll(field_of(reply, "msgId").substr(16), nullptr, 16)};
}
/// Of a broker's question.
inline Transaction asked_for_by(const remoting::RemotingCommand& check) {
  return {.queue_offset = std::stoll(field_of(check, "tranStateTableOffset")),
          .log_offset = std::stoll(field_of(check, "commitLogOffset"))};
}

enum class Decision : std::int32_t { Commit = 8, Rollback = 12 };
inline remoting::RemotingCommand end(BrokerClient& client, const Transaction& transaction,
                                     Decision decision, bool is_asked_for = false) {
  return client.ask(remoting::make_request(
      remoting::RequestCode::EndTransaction,
      remoting::EndTransactionRequestHeader{.producerGroup = "pg",
                                            .tranStateTableOffset = transaction.queue_offset,
                                            .commitLogOffset = transaction.log_offset,
                                            .commitOrRollback = static_cast<std::int32_t>(decision),
                                            .fromTransactionCheck = is_asked_for,
                                            .msgId = "id"}));
}

/// The broker may ask producers on this connection from now on.
inline void beat_as_producer(BrokerClient& client) {
  const remoting::HeartbeatData data{.client_id = "127.0.0.1@1", .producer_groups = {"pg"}};
  ASSERT_EQ(client
                .ask(remoting::make_request(remoting::RequestCode::HeartBeat,
                                            remoting::encode_body(data)))
                .response_code(),
            ResponseCode::Success);
}

}  // namespace rocketmq::test
