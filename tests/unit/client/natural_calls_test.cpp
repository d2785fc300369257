// The calls that a program writes first, in the forms in which they come to mind. What this test
// holds is that they compile, with -Woverloaded-virtual; most need a server, so few are made.
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <future>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "rocketmq/DefaultLitePullConsumer.h"
#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/DefaultMQPullConsumer.h"
#include "rocketmq/DefaultMQPushConsumer.h"
#include "rocketmq/MQPullConsumerScheduleService.h"
#include "rocketmq/TransactionMQProducer.h"
#include "rocketmq/Version.h"

namespace rocketmq {
namespace {

using namespace std::chrono_literals;

template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

class LongFormListener : public MessageListenerConcurrently {
 public:
  ConsumeConcurrentlyStatus consumeMessage(const std::vector<MessageExt>&,
                                           ConsumeConcurrentlyContext&) override {
    return CONSUME_SUCCESS;
  }
};
class ShortFormListener : public MessageListenerConcurrently {
 public:
  ConsumeStatus consumeMessage(const std::vector<MessageExt>&) override { return CONSUME_SUCCESS; }
};
class LongFormOrderlyListener : public MessageListenerOrderly {
 public:
  ConsumeOrderlyStatus consumeMessage(const std::vector<MessageExt>&,
                                      ConsumeOrderlyContext&) override {
    return ConsumeOrderlyStatus::SUCCESS;
  }
};
class ShortFormOrderlyListener : public MessageListenerOrderly {
 public:
  ConsumeStatus consumeMessage(const std::vector<MessageExt>&) override { return CONSUME_SUCCESS; }
};

[[maybe_unused]] void send_in_each_form(DefaultMQProducer& producer, SendCallback* callback,
                                        MessageQueueSelector* selector, Message& message,
                                        const Message& constant) {
  const MessageQueue queue("T", "broker-a", 0);
  const auto select = [](const std::vector<MessageQueue>& queues, const Message&) {
    return queues.front();
  };
  const auto select_by = [](const std::vector<MessageQueue>& queues, const Message&, void* arg) {
    return queues.at(*static_cast<std::size_t*>(arg) % queues.size());
  };
  std::size_t order = 7;
  const auto succeeded = [](const SendResult&) {};
  const auto failed = [](const MQException&) {};
  std::vector<Message> messages{Message("T", "a"), Message("T", "b")};
  const std::vector<Message> constants = messages;

  producer.send(message);
  producer.send(constant);
  producer.send(Message("T", "body"));
  producer.send({"T", "body"});
  producer.send(constant, 3s);
  producer.send(Message("T", "body"), 3s);
  producer.send(constant, queue);
  producer.send(Message("T", "body"), queue);
  producer.send(Message("T", "body"), queue, 3s);
  producer.send(Message("T", "body"), selector, nullptr);
  producer.send(Message("T", "body"), selector, nullptr, 3s);
  producer.send(Message("T", "body"), select);
  producer.send(constant, select, 3s);
  producer.send(Message("T", "body"), select_by, &order);
  producer.send(Message("T", "body"), select_by, &order, 3s);

  producer.send(messages);
  producer.send(constants);
  producer.send(std::vector<Message>{Message("T", "a"), Message("T", "b")});
  producer.send({Message("T", "a"), Message("T", "b")});
  producer.send(std::vector<Message>{Message("T", "a")}, 3s);
  producer.send(std::vector<Message>{Message("T", "a")}, queue);

  producer.send(Message("T", "body"), callback);
  producer.send(constant, callback, 3s);
  producer.send(Message("T", "body"), queue, callback);
  producer.send(Message("T", "body"), selector, nullptr, callback);
  producer.send(Message("T", "body"), select_by, &order, callback);
  producer.send(Message("T", "body"), select, callback);
  producer.send(Message("T", "body"), succeeded, failed);
  producer.send(constant, succeeded, failed);
  producer.send(message, succeeded, failed, 3s);
  producer.send(Message("T", "body"), succeeded);
  producer.send(Message("T", "body"), queue, succeeded, failed);
  producer.send(Message("T", "body"), select, succeeded, failed);
  producer.send(Message("T", "body"), select_by, &order, succeeded, failed);
  producer.send(Message("T", "body"), selector, nullptr, succeeded, failed);
  producer.send(std::vector<Message>{Message("T", "a")}, callback);
  producer.send(std::vector<Message>{Message("T", "a")}, succeeded, failed);
  producer.send(constants, succeeded, failed);

  std::future<SendResult> future = producer.sendAsync(Message("T", "body"));
  future = producer.sendAsync(constant);
  future = producer.sendAsync(message, 3s);
  future = producer.sendAsync(Message("T", "body"), queue);
  future = producer.sendAsync(Message("T", "body"), select);
  future = producer.sendAsync(std::vector<Message>{Message("T", "a")});

  producer.sendOneway(constant);
  producer.sendOneway(Message("T", "body"));
  producer.sendOneway({"T", "body"});
  producer.sendOneway(Message("T", "body"), queue);
  producer.sendOneway(message, select);
  producer.sendOneway(Message("T", "body"), select_by, &order);
  producer.sendOneway(constant, selector, nullptr);
}

[[maybe_unused]] void request_in_each_form(DefaultMQProducer& producer, RequestCallback* callback,
                                           MessageQueueSelector* selector, Message& message) {
  const MessageQueue queue("T", "broker-a", 0);
  const auto select = [](const std::vector<MessageQueue>& queues, const Message&) {
    return queues.front();
  };
  const auto replied = [](const MessageExt&) {};
  const auto failed = [](const MQException&) {};
  (void)producer.request(message, 3s);
  (void)producer.request(Message("T", "body"), 3s);
  (void)producer.request(Message("T", "body"), queue, 3s);
  (void)producer.request(Message("T", "body"), selector, nullptr, 3s);
  (void)producer.request(Message("T", "body"), select, 3s);
  producer.request(Message("T", "body"), callback, 3s);
  producer.request(message, replied, 3s);
  producer.request(Message("T", "body"), replied, failed, 3s);
}

[[maybe_unused]] void send_in_transactions(TransactionMQProducer& producer, Message& message) {
  producer.setTransactionListener([](const Message&) { return COMMIT_MESSAGE; },
                                  [](const MessageExt&) { return COMMIT_MESSAGE; });
  producer.setTransactionListener([](const Message&, void*) { return COMMIT_MESSAGE; },
                                  [](const MessageExt&) { return ROLLBACK_MESSAGE; });
  producer.sendMessageInTransaction(message, nullptr);
  producer.sendMessageInTransaction(Message("T", "body"), nullptr);
  producer.sendMessageInTransaction(Message("T", "body"));
  producer.sendMessageInTransaction(Message("T", "body"), [](const Message&) { return UNKNOWN; });
  const Message constant("T", "body");
  (void)producer.sendMessageInTransaction(constant, nullptr).getLocalTransactionState();
}

TEST(NaturalCalls, RegisterListenersOfEachForm) {
  DefaultMQPushConsumer consumer("natural_calls");
  consumer.registerMessageListener(
      [](const std::vector<MessageExt>&, ConsumeConcurrentlyContext&) { return CONSUME_SUCCESS; });
  consumer.registerMessageListener([](const std::vector<MessageExt>&) { return RECONSUME_LATER; });
  consumer.registerMessageListener([](const std::vector<MessageExt>&, ConsumeOrderlyContext&) {
    return ConsumeOrderlyStatus::SUCCESS;
  });
  consumer.registerMessageListener(
      [](const std::vector<MessageExt>&, ConsumeOrderlyContext&) { return CONSUME_SUCCESS; });
  consumer.registerMessageListener(
      [](const std::vector<MessageExt>&) { return ConsumeOrderlyStatus::SUCCESS; });
  LongFormListener long_form;
  consumer.registerMessageListener(&long_form);
  ShortFormListener short_form;
  consumer.registerMessageListener(&short_form);
  LongFormOrderlyListener long_form_orderly;
  consumer.registerMessageListener(&long_form_orderly);
  consumer.registerMessageListener(std::make_shared<ShortFormOrderlyListener>());
  consumer.setErrorListener([](const MQException&) {});
}

TEST(NaturalCalls, TakeTimesOfTheStandardLibrary) {
  DefaultMQProducer producer("natural_calls");
  producer.setSendMsgTimeout(5s);
  EXPECT_EQ(producer.getSendMsgTimeout(), 5'000);
  producer.setSendMsgTimeout(2'000);
  EXPECT_EQ(producer.getSendMsgTimeout(), 2'000);
  producer.setHeartbeatBrokerInterval(1min);
  EXPECT_EQ(producer.getHeartbeatBrokerInterval(), 60'000);
  producer.setPollNameServerInterval(10s);
  producer.setPersistConsumerOffsetInterval(2s);
  producer.setMqClientApiTimeout(1s);
  producer.setPullTimeDelayMillsWhenException(500ms);
  EXPECT_THROW(producer.setSendMsgTimeout(std::chrono::hours(1'000)), MQClientException)
      << "more milliseconds than the number holds";

  DefaultMQPushConsumer push("natural_calls");
  push.setConsumeTimeout(20min);
  EXPECT_EQ(push.getConsumeTimeout(), 20);
  push.setPullInterval(10ms);
  push.setSuspendCurrentQueueTimeMillis(1s);
  push.setAwaitTerminationMillisWhenShutdown(3s);
  EXPECT_EQ(push.getAwaitTerminationMillisWhenShutdown(), 3'000);

  DefaultMQPullConsumer pull("natural_calls");
  pull.setBrokerSuspendMaxTimeMillis(20s);
  pull.setConsumerTimeoutMillisWhenSuspend(30s);
  pull.setConsumerPullTimeoutMillis(10s);
  EXPECT_EQ(pull.getConsumerPullTimeoutMillis(), 10'000);

  DefaultLitePullConsumer lite("natural_calls");
  lite.setAutoCommitIntervalMillis(5s);
  lite.setPollTimeoutMillis(5s);
  lite.setBrokerSuspendMaxTimeMillis(20s);
  lite.setConsumerTimeoutMillisWhenSuspend(30s);
  EXPECT_EQ(lite.getPollTimeoutMillis(), 5'000);

  PullTaskContext context(pull);
  context.setPullNextDelayTimeMillis(1s);
  EXPECT_EQ(context.getPullNextDelayTimeMillis(), 1'000);
}

TEST(NaturalCalls, PrintResultsAndStatesByTheirNames) {
  const MessageQueue queue("T", "broker-a", 2);
  const SendResult sent(SEND_OK, "ID", "OFFSETID", queue, 9);
  EXPECT_EQ(printed(sent), sent.toString());
  EXPECT_EQ(
      printed(TransactionSendResult(sent, ROLLBACK_MESSAGE)),
      "TransactionSendResult [" + sent.toString() + ", localTransactionState=ROLLBACK_MESSAGE]");
  EXPECT_EQ(printed(queue), "MessageQueue [topic=T, brokerName=broker-a, queueId=2]");
  const PullResult pulled(NO_NEW_MSG, 1, 0, 1, {});
  EXPECT_EQ(printed(pulled), pulled.toString());
  const Message message("T", "TagA", "body");
  EXPECT_EQ(printed(message), message.toString());
  EXPECT_EQ(printed(MessageExt()), MessageExt().toString());
  EXPECT_EQ(printed(SEND_FLUSH_DISK_TIMEOUT), "FLUSH_DISK_TIMEOUT");
  EXPECT_EQ(printed(NO_MATCHED_MSG), "NO_MATCHED_MSG");
  EXPECT_EQ(printed(COMMIT_MESSAGE), "COMMIT_MESSAGE");
  EXPECT_STREQ(toString(UNKNOWN), "UNKNOW");
  EXPECT_EQ(printed(RECONSUME_LATER), "RECONSUME_LATER");
  EXPECT_EQ(printed(ConsumeOrderlyStatus::SUSPEND_CURRENT_QUEUE_A_MOMENT),
            "SUSPEND_CURRENT_QUEUE_A_MOMENT");
  EXPECT_EQ(printed(BROADCASTING), "BROADCASTING");
  EXPECT_EQ(printed(CONSUME_FROM_FIRST_OFFSET), "CONSUME_FROM_FIRST_OFFSET");
  EXPECT_EQ(printed(CompressionType::ZSTD), "ZSTD");
}

TEST(NaturalCalls, MakeAMessageOfBytes) {
  const std::vector<std::byte> bytes{std::byte{0x00}, std::byte{0xFF}};
  const Message plain("T", bytes);
  EXPECT_EQ(plain.getBody(), std::string("\x00\xFF", 2));
  const Message with_keys("T", "TagA", "key", std::span<const std::byte>(bytes));
  EXPECT_EQ(with_keys.getBody(), plain.getBody());
  EXPECT_EQ(with_keys.getTags(), "TagA");
  Message changed("T", "TagA", std::as_bytes(std::span("abc", 3)));
  changed.setBody(bytes);
  EXPECT_EQ(changed.getBodyBytes().size(), 2U);
  EXPECT_EQ(changed.getBodyBytes()[1], std::byte{0xFF});
}

TEST(NaturalCalls, NameTheVersion) {
  static_assert(ROCKETMQ_CPP_VERSION_NUMBER >= 100);
  EXPECT_EQ(std::string(ROCKETMQ_CPP_VERSION), std::to_string(ROCKETMQ_CPP_VERSION_MAJOR) + "." +
                                                   std::to_string(ROCKETMQ_CPP_VERSION_MINOR) +
                                                   "." +
                                                   std::to_string(ROCKETMQ_CPP_VERSION_PATCH));
}

TEST(NaturalCalls, LeaveAMessageItsIdAndAConstOneAsItWas) {
  DefaultMQProducer producer("natural_calls");
  const Message constant("T", "body");
  EXPECT_THROW(producer.send(constant), MQClientException) << "the producer does not run";
  EXPECT_EQ(constant.getBody(), "body");
  std::future<SendResult> sent = producer.sendAsync(Message("T", "body"));
  EXPECT_THROW(sent.get(), MQClientException) << "a future tells of every failure";
}

}  // namespace
}  // namespace rocketmq
