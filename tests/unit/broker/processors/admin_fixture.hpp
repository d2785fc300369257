#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "fixture.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/message_id.hpp"

namespace rocketmq::broker::test {

/// What the tests of the administrators' processors share.
class AdminFixture : public BrokerFixture {
 protected:
  template <class P>
  using Member = void (P::*)(const remoting::RequestContext&, remoting::RemotingCommand&,
                             remoting::Reply);

  /// The response that came immediately; a test fails without one.
  template <class P>
  Answer ask(P& processor, Member<P> member, remoting::RemotingCommand request) {
    auto answer = BrokerFixture::ask(
        [&](const auto& context, auto& command, auto reply) {
          (processor.*member)(context, command, std::move(reply));
        },
        std::move(request));
    EXPECT_TRUE(answer.has_value()) << "no answer yet";
    return answer.value_or(Answer{});
  }
  template <class P, remoting::HasFields Header>
  Answer ask(P& processor, Member<P> member, const Header& header, std::int32_t version = 409) {
    auto request = remoting::make_request(remoting::RequestCode::GetBrokerRuntimeInfo, header);
    request.version = version;
    return ask(processor, member, std::move(request));
  }
  /// Sends a request with a later response: nothing may have come yet.
  template <class P, remoting::HasFields Header>
  void ask_later(P& processor, Member<P> member, const Header& header) {
    auto answer = BrokerFixture::ask(
        [&](const auto& context, auto& command, auto reply) {
          (processor.*member)(context, command, std::move(reply));
        },
        remoting::make_request(remoting::RequestCode::GetBrokerRuntimeInfo, header));
    EXPECT_FALSE(answer.has_value());
  }

  /// A body as Java reads it; whole objects as keys become their own text.
  static nlohmann::json parse(const std::string& body) {
    auto parsed = parse_fastjson(body);
    EXPECT_TRUE(parsed) << body;
    return parsed ? *parsed : nlohmann::json();
  }
  static std::string key(const std::string& topic, int queue_id) {
    return R"({"brokerName":"broker-a","queueId":)" + std::to_string(queue_id) + R"(,"topic":")" +
           topic + R"("})";
  }

  std::int64_t put(const std::string& topic, std::int32_t queue_id, const std::string& tags = {}) {
    std::string properties;
    if (!tags.empty()) append_property(properties, property::tags, tags);
    std::int64_t offset = -1;
    store.put({.topic = topic, .queue_id = queue_id, .body = "x", .properties = properties},
              [&](const store::PutResult& result) { offset = result.physical_offset; });
    return offset;
  }

  /// A consumer that is online.
  std::shared_ptr<FakeChannel> add_consumer(const std::string& group, const std::string& client_id,
                                            const std::string& topic, std::int32_t version = 409) {
    const auto connection = make_channel();
    const ClientChannel client{.channel = connection,
                               .client_id = client_id,
                               .language = remoting::LanguageCode::Java,
                               .version = version};
    EXPECT_TRUE(consumers.register_consumer(
        client, {.group_name = group, .subscriptions = {{.topic = topic, .sub_version = 1}}}));
    return connection;
  }
  void commit(const std::string& group, const std::string& topic, std::int32_t queue_id,
              std::int64_t offset) {
    ASSERT_TRUE(offsets.commit({.group = group, .topic = topic, .queue_id = queue_id}, offset));
  }
  std::int64_t committed(const std::string& group, const std::string& topic,
                         std::int32_t queue_id) const {
    return offsets.query({.group = group, .topic = topic, .queue_id = queue_id}).value_or(-1);
  }
};

}  // namespace rocketmq::broker::test
