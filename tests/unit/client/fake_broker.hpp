#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "fake_server.hpp"
#include "rocketmq/common/message_record.hpp"
#include "rocketmq/protocol/pull_headers.hpp"
#include "rocketmq/protocol/queue_headers.hpp"
#include "rocketmq/protocol/route_data.hpp"
#include "rocketmq/protocol/send_headers.hpp"

namespace rocketmq::test {

/// A name server and its only broker, for clients in the same process: knows every topic, with one
/// queue each, takes every message, and has one member in every group, `member`.
class FakeBroker {
 public:
  using Handler = FakeServer::Handler;

  /// `pull` replies to pulls.
  explicit FakeBroker(Handler pull = nullptr, std::string member = {}) {
    using remoting::RemotingCommand;
    using remoting::Reply;
    using remoting::RequestCode;
    server_.on(RequestCode::GetRouteInfoByTopic, [this](RemotingCommand&, Reply reply) {
      remoting::TopicRouteData route;
      route.queue_datas.push_back({"broker-a", 1, 1, 6, 0});
      route.broker_datas.push_back({"c", "broker-a", {{0, server_.address()}}});
      reply.body(encode_body(route));
    });
    for (const auto code : {RequestCode::HeartBeat, RequestCode::UnregisterClient,
                            RequestCode::UpdateConsumerOffset, RequestCode::CheckClientConfig}) {
      server_.on(code, [](RemotingCommand&, Reply reply) { reply(); });
    }
    server_.on(RequestCode::SendMessageV2, [](RemotingCommand&, Reply reply) {
      reply(remoting::SendMessageResponseHeader{.msgId = "M", .queueId = 0, .queueOffset = 0});
    });
    server_.on(RequestCode::GetConsumerListByGroup,
               [member = std::move(member)](RemotingCommand&, Reply reply) {
                 reply.body("{\"consumerIdList\":[\"" + member + "\"]}");
               });
    server_.on(RequestCode::QueryConsumerOffset, [](RemotingCommand&, Reply reply) {
      reply(remoting::OffsetResponseHeader{.offset = 0});
    });
    if (pull) server_.on(RequestCode::PullMessage, std::move(pull));
    server_.start();
  }

  std::string address() const { return server_.address(); }

 private:
  FakeServer server_;
};

/// Replies to a pull with one message of `topic`, and with the id of a broker to pull from next.
inline void reply_one_message(const std::string& topic, std::int64_t queue_offset,
                              std::int64_t suggested, remoting::Reply reply) {
  MessageRecord record;
  record.topic = topic;
  record.queue_offset = queue_offset;
  record.body = "body";
  std::string bytes(message_record::encoded_size(record), '\0');
  message_record::encode(record, bytes.data());
  reply(remoting::PullMessageResponseHeader{.suggestWhichBrokerId = suggested,
                                            .nextBeginOffset = queue_offset + 1,
                                            .minOffset = 0,
                                            .maxOffset = queue_offset + 1},
        std::move(bytes));
}

inline void reply_one_message(const std::string& topic, std::int64_t queue_offset,
                              remoting::Reply reply) {
  reply_one_message(topic, queue_offset, 0, std::move(reply));
}

}  // namespace rocketmq::test
