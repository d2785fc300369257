#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rocketmq/CompressionType.h"
#include "rocketmq/MQAdmin.h"
#include "rocketmq/Message.h"
#include "rocketmq/MessageQueueSelector.h"
#include "rocketmq/MessageToSend.h"
#include "rocketmq/RequestCallback.h"
#include "rocketmq/SendCallback.h"
#include "rocketmq/SendResult.h"

namespace rocketmq {

namespace client {
class ProducerImpl;
struct ProducerSettings;
}  // namespace client

/// Sends messages. Set it up, start() it, send from any number of threads, shutdown() it; the
/// destructor shuts down what still runs.
///
/// Sends throw MQClientException (not running, illegal message, no route, all tries failed),
/// RemotingException and MQBrokerException. Every message gets a unique id (property UNIQ_KEY)
/// unless it has one; it stays on the message, so that sending the same object again can be
/// recognised. The first message to a topic asks a name server for its route and may wait for that,
/// also in the asynchronous and one-way forms.
class DefaultMQProducer : public MQAdmin {
 public:
  explicit DefaultMQProducer(const std::string& producerGroup);
  ~DefaultMQProducer() override;

  /// Throws MQClientException when the group's name is not acceptable, when the group already
  /// exists in this client instance, and when it was started before. Succeeds without a reachable
  /// name server.
  void start();
  /// Refuses further sends, waits for the asynchronous ones under way up to sendMsgTimeout (3 s),
  /// lets those fail that have no response then, and leaves the group, which takes
  /// mqClientApiTimeout (3 s) at most. No callback runs after it has returned; the time that
  /// callbacks themselves take comes on top, and up to 8 s with message trace where the brokers do
  /// not reply. In an instance that other clients share, a send with a longer time-out of its own
  /// is waited for. Idempotent. Throws MQClientException in a callback of this producer, where it
  /// would wait for itself.
  void shutdown();

  // A message may be an object, a const one or a temporary (MessageToSend). Where a function is
  // taken, a lambda will do. Where no time-out is given, sendMsgTimeout counts.

  /// Sends, waits for the broker's response, and tries other brokers within the time-out when one
  /// fails.
  SendResult send(MessageToSend message);
  SendResult send(Message&& message) { return send(MessageToSend(std::move(message))); }
  SendResult send(MessageToSend message, std::chrono::milliseconds timeout);
  /// Sends to one queue; no other is tried.
  SendResult send(MessageToSend message, const MessageQueue& queue);
  SendResult send(MessageToSend message, const MessageQueue& queue,
                  std::chrono::milliseconds timeout);
  /// Sends to the queue that the selector chooses; no other is tried.
  SendResult send(MessageToSend message, MessageQueueSelector* selector, void* arg);
  SendResult send(MessageToSend message, MessageQueueSelector* selector, void* arg,
                  std::chrono::milliseconds timeout);
  SendResult send(MessageToSend message, const SelectQueueFunction& select);
  SendResult send(MessageToSend message, const SelectQueueFunction& select,
                  std::chrono::milliseconds timeout);
  SendResult send(MessageToSend message, const SelectQueueByFunction& select, void* arg);
  SendResult send(MessageToSend message, const SelectQueueByFunction& select, void* arg,
                  std::chrono::milliseconds timeout);
  /// Sends messages of one topic in one request: all are stored, or none. Not for delayed messages
  /// and retry topics. The whole batch must fit maxMessageSize.
  SendResult send(MessagesToSend messages);
  SendResult send(MessagesToSend messages, std::chrono::milliseconds timeout);
  SendResult send(MessagesToSend messages, const MessageQueue& queue);

  /// Sends without waiting; the outcome goes to the callback, which must live until then (one made
  /// as AutoDeleteSendCallback is deleted afterwards). Waits, within the time-out, while too many
  /// sends are under way, and while the broker does not take what is to be sent to it. When this
  /// throws, the callback is not called.
  void send(MessageToSend message, SendCallback* callback);
  void send(MessageToSend message, SendCallback* callback, std::chrono::milliseconds timeout);
  void send(MessageToSend message, const MessageQueue& queue, SendCallback* callback);
  void send(MessageToSend message, MessageQueueSelector* selector, void* arg,
            SendCallback* callback);
  void send(MessageToSend message, const SelectQueueFunction& select, SendCallback* callback);
  void send(MessageToSend message, const SelectQueueByFunction& select, void* arg,
            SendCallback* callback);
  void send(MessagesToSend messages, SendCallback* callback);
  /// The same with functions. Without `failed` a failure is in the log only.
  void send(MessageToSend message, SendSuccessFunction succeeded,
            SendFailureFunction failed = nullptr);
  void send(MessageToSend message, SendSuccessFunction succeeded, SendFailureFunction failed,
            std::chrono::milliseconds timeout);
  void send(MessageToSend message, const MessageQueue& queue, SendSuccessFunction succeeded,
            SendFailureFunction failed);
  void send(MessageToSend message, MessageQueueSelector* selector, void* arg,
            SendSuccessFunction succeeded, SendFailureFunction failed);
  void send(MessageToSend message, const SelectQueueFunction& select, SendSuccessFunction succeeded,
            SendFailureFunction failed);
  void send(MessageToSend message, const SelectQueueByFunction& select, void* arg,
            SendSuccessFunction succeeded, SendFailureFunction failed);
  void send(MessagesToSend messages, SendSuccessFunction succeeded, SendFailureFunction failed);

  /// The same with a future, which gets every failure, also that of a wrong argument. It may be
  /// thrown away: its destructor does not wait.
  std::future<SendResult> sendAsync(MessageToSend message);
  std::future<SendResult> sendAsync(MessageToSend message, std::chrono::milliseconds timeout);
  std::future<SendResult> sendAsync(MessageToSend message, const MessageQueue& queue);
  std::future<SendResult> sendAsync(MessageToSend message, const SelectQueueFunction& select);
  std::future<SendResult> sendAsync(MessagesToSend messages);

  /// The same, and never waits: a route that is not known is searched for on a callback thread, and
  /// when too many sends are under way this one fails immediately. Throws nothing; every failure,
  /// also that of a wrong argument, goes to `failed`, on the caller's thread or a callback thread.
  void sendNoWait(Message message, SendSuccessFunction succeeded, SendFailureFunction failed);
  /// For Boost.Asio, with any completion token; defined in rocketmq/asio.hpp.
  template <class CompletionToken>
  auto async_send(Message message, CompletionToken&& token);

  /// Sends, and waits for the reply of the consumer of the message (createReplyMessage). Throws
  /// RequestTimeoutException when the message was sent and no reply came in time.
  MessageExt request(MessageToSend message, std::chrono::milliseconds timeout);
  MessageExt request(MessageToSend message, const MessageQueue& queue,
                     std::chrono::milliseconds timeout);
  MessageExt request(MessageToSend message, MessageQueueSelector* selector, void* arg,
                     std::chrono::milliseconds timeout);
  MessageExt request(MessageToSend message, const SelectQueueFunction& select,
                     std::chrono::milliseconds timeout);
  /// The same without waiting; the callback must live until it was called. The time-out is noticed
  /// up to a second late.
  void request(MessageToSend message, RequestCallback* callback, std::chrono::milliseconds timeout);
  /// Without `failed` a failure is in the log only.
  void request(MessageToSend message, RequestSuccessFunction replied,
               std::chrono::milliseconds timeout);
  void request(MessageToSend message, RequestSuccessFunction replied, SendFailureFunction failed,
               std::chrono::milliseconds timeout);

  /// Sends without a response: a loss goes unnoticed.
  void sendOneway(MessageToSend message);
  void sendOneway(Message&& message) { sendOneway(MessageToSend(std::move(message))); }
  void sendOneway(MessageToSend message, const MessageQueue& queue);
  void sendOneway(MessageToSend message, MessageQueueSelector* selector, void* arg);
  void sendOneway(MessageToSend message, const SelectQueueFunction& select);
  void sendOneway(MessageToSend message, const SelectQueueByFunction& select, void* arg);

  /// The topic's writable queues, asked from a name server now.
  std::vector<MessageQueue> fetchPublishMessageQueues(const std::string& topic);

  std::string getProducerGroup() const;
  void setProducerGroup(const std::string& group);
  /// Time-out of a send, all tries included, ms. Default 3000.
  void setSendMsgTimeout(int milliseconds);
  void setSendMsgTimeout(std::chrono::milliseconds time) {
    setSendMsgTimeout(wholeMilliseconds(time));
  }
  int getSendMsgTimeout() const;
  /// Further tries of a synchronous send. Default 2.
  void setRetryTimesWhenSendFailed(int times);
  int getRetryTimesWhenSendFailed() const;
  void setRetryTimes(int times) { setRetryTimesWhenSendFailed(times); }
  int getRetryTimes() const { return getRetryTimesWhenSendFailed(); }
  /// Further tries of an asynchronous send, after failures of the network only. Default 2.
  void setRetryTimesWhenSendAsyncFailed(int times);
  int getRetryTimesWhenSendAsyncFailed() const;
  void setRetryTimes4Async(int times) { setRetryTimesWhenSendAsyncFailed(times); }
  int getRetryTimes4Async() const { return getRetryTimesWhenSendAsyncFailed(); }
  /// Whether another broker is tried when a message was stored with another status than SEND_OK.
  /// Default false.
  void setRetryAnotherBrokerWhenNotStoreOK(bool retry);
  bool isRetryAnotherBrokerWhenNotStoreOK() const;
  /// A further response code of a broker after which a synchronous send tries another
  /// broker. Known from the start: topic not there, no permission, system error, service not
  /// available and the like.
  void addRetryResponseCode(int code);
  /// Whether brokers that respond slowly or not at all are avoided for a while: 30 s after a
  /// response that took 550 ms, up to 10 min after one that took 15 s or a failure. Default false.
  void setSendLatencyFaultEnable(bool enable);
  bool isSendLatencyFaultEnable() const;
  /// Whether records of what is done with each message are sent to the trace topic, by a producer
  /// and a thread of their own. Default false. Records are dropped rather than waited for.
  void setEnableMsgTrace(bool enable);
  bool isEnableMsgTrace() const;
  /// Instead of RMQ_SYS_TRACE_TOPIC.
  void setCustomizedTraceTopic(const std::string& topic);
  std::string getCustomizedTraceTopic() const;
  /// Largest body, bytes, before compression. Default 4194304.
  void setMaxMessageSize(int bytes);
  int getMaxMessageSize() const;
  /// Bodies of this size, bytes, and more are compressed. Default 4096.
  void setCompressMsgBodyOverHowmuch(int bytes);
  int getCompressMsgBodyOverHowmuch() const;
  /// Default ZLIB, which clients of every age read.
  void setCompressType(CompressionType type);
  CompressionType getCompressType() const;
  /// 0…9 as zlib counts, 0…22 for ZSTD; LZ4 does not look at it. Default 5.
  void setCompressLevel(int level);
  int getCompressLevel() const;
  /// The topic whose brokers and permissions a topic made by the first send takes over. Default
  /// "TBW102".
  void setCreateTopicKey(const std::string& topic);
  std::string getCreateTopicKey() const;
  /// Queues per broker of a topic made by the first send. Default 4.
  void setDefaultTopicQueueNums(int queues);
  int getDefaultTopicQueueNums() const;

 protected:
  DefaultMQProducer(std::shared_ptr<client::ProducerSettings> settings,
                    std::shared_ptr<client::ProducerImpl> impl);
  std::shared_ptr<client::ClientInstance> runningInstance() const override;
  client::ProducerImpl& impl() const;

 private:
  std::shared_ptr<client::ProducerSettings> settings_;
  std::shared_ptr<client::ProducerImpl> impl_;
};

}  // namespace rocketmq
