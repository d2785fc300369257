#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "fixture.hpp"
#include "processors/end_transaction.hpp"
#include "processors/send_message.hpp"
#include "rocketmq/common/message_id.hpp"
#include "rocketmq/protocol/send_headers.hpp"

namespace rocketmq::broker::test {

/// A broker's part in transactions, and a producer of group "pg" that sends to topic T.
class TransactionFixture : public BrokerFixture {
 protected:
  using Pairs = std::initializer_list<std::pair<std::string_view, std::string_view>>;
  using Header = remoting::EndTransactionRequestHeader;

  TransactionFixture() { add_topic("T", 4); }

  /// Sends one half message to queue 2 of T.
  Answer send_half(const std::string& body, Pairs more = {}) {
    std::string text;
    append_property(text, property::transaction_prepared, "TRUE");
    append_property(text, property::producer_group, "pg");
    append_property(text, property::unique_key, "KEY-" + body);
    for (const auto& [name, value] : more) append_property(text, name, value);
    const remoting::SendMessageRequestHeader header{.producerGroup = "pg",
                                                    .topic = "T",
                                                    .defaultTopic = "TBW102",
                                                    .queueId = 2,
                                                    .sysFlag = 4,
                                                    .bornTimestamp = clock.now_ms(),
                                                    .flag = 7,
                                                    .properties = text};
    return ask([this](const auto& context, auto& command,
                      auto reply) { send.process(context, command, std::move(reply)); },
               remoting::make_request(remoting::RequestCode::SendMessage, header, body))
        .value();
  }
  /// The end of the half message that `sent` was the answer to.
  static Header end_of(const Answer& sent, std::int32_t commit_or_rollback) {
    return {
        .producerGroup = "pg",
        .tranStateTableOffset = std::stoll(sent.field("queueOffset")),
        .commitLogOffset = decode_offset_message_id(sent.field("msgId")).value().physical_offset,
        .commitOrRollback = commit_or_rollback,
        .msgId = "KEY"};
  }
  std::optional<Answer> end(const Header& header) { return end(header, processor); }
  std::optional<Answer> end(const Header& header, EndTransactionProcessor& by) {
    return ask([&by](const auto& context, auto& command,
                     auto reply) { by.process(context, command, std::move(reply)); },
               remoting::make_request(remoting::RequestCode::EndTransaction, header));
  }
  std::vector<std::string> bodies_of(std::string_view topic) const {
    std::vector<std::string> bodies;
    for (const auto* stored : store.messages_of(topic)) bodies.emplace_back(stored->record().body);
    return bodies;
  }
  using Bodies = std::vector<std::string>;

  static constexpr std::string_view half_topic = "RMQ_SYS_TRANS_HALF_TOPIC";
  static constexpr std::string_view op_topic = "RMQ_SYS_TRANS_OP_HALF_TOPIC";
  static constexpr std::int32_t undecided = 0;
  static constexpr std::int32_t commit = 8;
  static constexpr std::int32_t rollback = 12;

  SendMessageProcessor send{config, clock, delay_levels, topics, groups, store};
  EndTransactionProcessor processor{config, clock, topics, store, store, set_aside};
};

}  // namespace rocketmq::broker::test
