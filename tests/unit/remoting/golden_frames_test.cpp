// Every frame captured between published clients and a Java server, through our codec and back.

#include "golden_frames.hpp"

#include <gtest/gtest.h>

#include "rocketmq/protocol/frame_decoder.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/header.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"
#include "rocketmq/protocol/namesrv_headers.hpp"
#include "rocketmq/protocol/pull_headers.hpp"
#include "rocketmq/protocol/queue_headers.hpp"
#include "rocketmq/protocol/route_data.hpp"
#include "rocketmq/protocol/send_headers.hpp"

namespace rocketmq::remoting::test {
namespace {

std::string_view without_length(std::string_view frame) { return frame.substr(4); }

RemotingCommand decode_whole(std::string_view frame) {
  RemotingCommand command;
  const auto decoded = decode_frame(without_length(frame), command);
  EXPECT_TRUE(decoded) << decoded.error().remark;
  return command;
}

std::map<std::string, std::string> as_map(const FieldMap& fields) {
  std::map<std::string, std::string> map;
  for (std::size_t i = 0; i < fields.size(); ++i) map.emplace(fields.key_at(i), fields.value_at(i));
  return map;
}

void expect_same(const RemotingCommand& left, const RemotingCommand& right) {
  EXPECT_EQ(left.code, right.code);
  EXPECT_EQ(left.language, right.language);
  EXPECT_EQ(left.version, right.version);
  EXPECT_EQ(left.opaque, right.opaque);
  EXPECT_EQ(left.flag, right.flag);
  EXPECT_EQ(left.remark, right.remark);
  EXPECT_EQ(left.has_ext_fields, right.has_ext_fields);
  EXPECT_EQ(as_map(left.ext_fields), as_map(right.ext_fields));
  EXPECT_EQ(left.serialize_type, right.serialize_type);
  EXPECT_EQ(left.body, right.body);
}

/// Binary headers carry the language as its ordinal, and were recorded so.
std::string language_text(const nlohmann::json& recorded) {
  if (recorded.is_string()) return recorded;
  return std::string(to_string(static_cast<LanguageCode>(recorded.get<int>())));
}

/// The member's value, or an empty one when it is absent or null.
template <class T>
T recorded_or_empty(const nlohmann::json& header, const char* member) {
  const auto found = header.find(member);
  return found == header.end() || found->is_null() ? T{} : found->get<T>();
}

TEST(GoldenFrames, DecodeToTheHeadersThatWereRecorded) {
  for (const GoldenFrame& golden : golden_frames()) {
    SCOPED_TRACE(testing::Message() << golden);
    const RemotingCommand command = decode_whole(golden.bytes);
    const auto& header = golden.header;
    EXPECT_EQ(command.code, header.at("code").get<int>());
    EXPECT_EQ(to_string(command.language), language_text(header.at("language")));
    EXPECT_EQ(command.version, header.at("version").get<int>());
    EXPECT_EQ(command.opaque, header.at("opaque").get<int>());
    EXPECT_EQ(command.flag, header.at("flag").get<int>());
    EXPECT_EQ(command.remark, recorded_or_empty<std::string>(header, "remark"));
    EXPECT_EQ(command.body.size(), golden.body_bytes);
    EXPECT_EQ(command.serialize_type,
              golden.encoding == "json" ? SerializeType::Json : SerializeType::Rocketmq);
    const auto fields = recorded_or_empty<std::map<std::string, std::string>>(header, "extFields");
    EXPECT_EQ(as_map(command.ext_fields), fields);
    EXPECT_TRUE(command.has_ext_fields || fields.empty());
  }
}

TEST(GoldenFrames, ComeBackTheSameFromOurEncoder) {
  for (const GoldenFrame& golden : golden_frames()) {
    SCOPED_TRACE(testing::Message() << golden);
    const RemotingCommand command = decode_whole(golden.bytes);
    std::string encoded;
    encode_frame(command, encoded);
    const auto size = find_frame(encoded, frame_bytes_max);
    ASSERT_TRUE(size && *size);
    EXPECT_EQ(**size, encoded.size());
    expect_same(decode_whole(encoded), command);
  }
}

TEST(GoldenFrames, InBinaryFormComeBackByteForByte) {
  for (const GoldenFrame& golden : golden_frames()) {
    if (golden.encoding == "json") continue;
    std::string encoded;
    encode_frame(decode_whole(golden.bytes), encoded);
    EXPECT_EQ(encoded, golden.bytes) << golden;
  }
}

TEST(GoldenFrames, AreIncompleteOrRefusedWhenCutAtAnyLength) {
  RemotingCommand command;
  for (const GoldenFrame& golden : golden_frames()) {
    for (std::size_t kept = 0; kept < golden.bytes.size(); ++kept) {
      // A block of exactly the bytes that are kept, so that the address sanitizer sees a read
      // behind them.
      const std::vector<char> block(golden.bytes.begin(),
                                    golden.bytes.begin() + static_cast<std::ptrdiff_t>(kept));
      const std::string_view text(block.data(), block.size());
      const auto size = find_frame(text, frame_bytes_max);
      ASSERT_TRUE(size);
      EXPECT_FALSE(*size);
      if (kept >= 4) (void)decode_frame(without_length(text), command);
    }
  }
}

TEST(GoldenFrames, AreTakenOrRefusedWithAnyBitOfTheHeaderFlipped) {
  RemotingCommand command;
  RemotingCommand again;
  std::string encoded;
  for (const GoldenFrame& golden : golden_frames()) {
    if (golden.id % 4 != 0) continue;
    const std::size_t header_bytes = golden.bytes.size() - golden.body_bytes;
    for (std::size_t bit = 0; bit < header_bytes * 8; ++bit) {
      std::vector<char> block(golden.bytes.begin(), golden.bytes.end());
      block[bit / 8] = static_cast<char>(block[bit / 8] ^ (1 << (bit % 8)));
      const std::string_view text(block.data(), block.size());
      (void)find_frame(text, frame_bytes_max);
      if (!decode_frame(without_length(text), command)) continue;
      encoded.clear();
      encode_frame(command, encoded);
      EXPECT_TRUE(decode_frame(without_length(encoded), again)) << encoded;
    }
  }
}

TEST(GoldenFrameSet, HoldsBothHeaderForms) {
  const auto count_of = [](std::string_view encoding) {
    return std::count_if(
        golden_frames().begin(), golden_frames().end(),
        [encoding](const GoldenFrame& frame) { return frame.encoding == encoding; });
  };
  EXPECT_GT(count_of("json"), 100);
  EXPECT_GT(count_of("rocketmq"), 20);
}

/// Decodes the typed header of each request with that code.
template <class Header>
void expect_requests_decode(std::initializer_list<int> codes) {
  for (const int code : codes) {
    int seen = 0;
    for (const GoldenFrame& golden : golden_frames()) {
      if (!golden.has_code(code)) continue;
      ++seen;
      const auto header = decode_header<Header>(decode_whole(golden.bytes));
      EXPECT_TRUE(header) << golden << ": " << header.error().remark;
    }
    EXPECT_GT(seen, 0) << "no golden request with code " << code;
  }
}

/// Decodes the typed header of each successful answer to a request with that code.
template <class Header>
void expect_answers_decode(std::initializer_list<int> codes) {
  for (const int code : codes) {
    int seen = 0;
    for (const GoldenFrame& golden : golden_frames()) {
      if (!golden.answers(code)) continue;
      ++seen;
      const auto header = decode_header<Header>(decode_whole(golden.bytes));
      EXPECT_TRUE(header) << golden << ": " << header.error().remark;
    }
    EXPECT_GT(seen, 0) << "no golden answer to code " << code;
  }
}

TEST(GoldenHeaders, OfRequestsFillTheTypedHeaders) {
  expect_requests_decode<SendMessageRequestHeaderV2>({310, 325});
  expect_requests_decode<PullMessageRequestHeader>({11});
  expect_requests_decode<QueryMessageRequestHeader>({12});
  expect_requests_decode<QueryConsumerOffsetRequestHeader>({14});
  expect_requests_decode<UpdateConsumerOffsetRequestHeader>({15});
  expect_requests_decode<CreateTopicRequestHeader>({17});
  expect_requests_decode<SearchOffsetRequestHeader>({29});
  expect_requests_decode<QueueRequestHeader>({30, 31, 32});
  expect_requests_decode<ViewMessageRequestHeader>({33});
  expect_requests_decode<UnregisterClientRequestHeader>({35});
  expect_requests_decode<ConsumerSendMsgBackRequestHeader>({36});
  expect_requests_decode<EndTransactionRequestHeader>({37});
  expect_requests_decode<ConsumerGroupRequestHeader>({38, 40, 203});
  expect_requests_decode<CheckTransactionStateRequestHeader>({39});
  expect_requests_decode<PutKvConfigRequestHeader>({100});
  expect_requests_decode<KvConfigRequestHeader>({101, 102, 219});
  expect_requests_decode<RegisterBrokerRequestHeader>({103});
  expect_requests_decode<TopicRequestHeader>({105, 202, 215, 300});
  expect_requests_decode<ProducerGroupRequestHeader>({204});
  expect_requests_decode<DeleteTopicInNameServerRequestHeader>({216});
  expect_requests_decode<TopicsByClusterRequestHeader>({224});
  expect_requests_decode<BrokerNameRequestHeader>({327});
}

TEST(GoldenHeaders, OfAnswersFillTheTypedHeaders) {
  expect_answers_decode<SendMessageResponseHeader>({310, 320, 325});
  expect_answers_decode<PullMessageResponseHeader>({11});
  expect_answers_decode<QueryMessageResponseHeader>({12});
  expect_answers_decode<OffsetResponseHeader>({14, 29, 30, 31});
  expect_answers_decode<TimestampResponseHeader>({32});
  expect_answers_decode<RegisterBrokerResponseHeader>({103});
  expect_answers_decode<AddWritePermResponseHeader>({327});
}

/// Calls check(body) for each frame that `wanted` picks; there has to be one.
template <class Wanted, class Check>
void for_bodies(Wanted&& wanted, Check&& check) {
  int seen = 0;
  for (const GoldenFrame& golden : golden_frames()) {
    if (!wanted(golden)) continue;
    const RemotingCommand command = decode_whole(golden.bytes);
    if (command.body.empty()) continue;
    SCOPED_TRACE(testing::Message() << golden);
    ++seen;
    check(command.body);
  }
  EXPECT_GT(seen, 0);
}

TEST(GoldenBodies, OfRoutesKeepTheirContentThroughOurCodec) {
  for_bodies([](const GoldenFrame& frame) { return frame.answers(105); },
             [](std::string_view body) {
               const auto route = decode_topic_route(body);
               ASSERT_TRUE(route) << route.error().remark;
               EXPECT_FALSE(route->queue_datas.empty());
               ASSERT_FALSE(route->broker_datas.empty());
               EXPECT_FALSE(route->broker_datas.front().broker_addrs.empty());
               const auto again = decode_topic_route(encode_body(*route));
               ASSERT_TRUE(again);
               EXPECT_EQ(*again, *route);
             });
}

TEST(GoldenBodies, OfClusterInfoHoldTheBroker) {
  for_bodies([](const GoldenFrame& frame) { return frame.answers(106); },
             [](std::string_view body) {
               const auto info = decode_cluster_info(body);
               ASSERT_TRUE(info) << info.error().remark;
               ASSERT_TRUE(info->broker_addr_table.contains("broker-a"));
               EXPECT_FALSE(info->broker_addr_table.at("broker-a").broker_addrs.at(0).empty());
               EXPECT_TRUE(info->cluster_addr_table.contains("DefaultCluster"));
               const auto again = decode_cluster_info(encode_body(*info));
               ASSERT_TRUE(again);
               EXPECT_EQ(again->broker_addr_table, info->broker_addr_table);
               EXPECT_EQ(again->cluster_addr_table, info->cluster_addr_table);
             });
}

TEST(GoldenBodies, OfRegistrationsHoldTheTopics) {
  for_bodies([](const GoldenFrame& frame) { return frame.has_code(103); },
             [](std::string_view body) {
               const auto registration = decode_register_broker_body(body, false, version::own);
               ASSERT_TRUE(registration) << registration.error().remark;
               EXPECT_FALSE(registration->topic_config.topic_config_table.empty());
               EXPECT_GT(registration->topic_config.data_version.timestamp_ms, 0);
               EXPECT_TRUE(registration->filter_server_list);
             });
}

TEST(GoldenBodies, OfHeartbeatsNameTheClient) {
  for_bodies([](const GoldenFrame& frame) { return frame.has_code(34); },
             [](std::string_view body) {
               const auto heartbeat = decode_heartbeat(body);
               ASSERT_TRUE(heartbeat) << heartbeat.error().remark;
               EXPECT_NE(heartbeat->client_id.find('@'), std::string::npos);
               const auto again = decode_heartbeat(encode_body(*heartbeat));
               ASSERT_TRUE(again);
               EXPECT_EQ(again->producer_groups, heartbeat->producer_groups);
               ASSERT_EQ(again->consumers.size(), heartbeat->consumers.size());
               for (std::size_t i = 0; i < again->consumers.size(); ++i) {
                 EXPECT_EQ(again->consumers[i].subscriptions,
                           heartbeat->consumers[i].subscriptions);
               }
             });
}

TEST(GoldenBodies, OfLocksNameQueues) {
  for_bodies([](const GoldenFrame& frame) { return frame.has_code(41) || frame.has_code(42); },
             [](std::string_view body) {
               const auto request = decode_lock_batch_request(body);
               ASSERT_TRUE(request) << request.error().remark;
               EXPECT_FALSE(request->client_id.empty());
               EXPECT_FALSE(request->consumer_group.empty());
               ASSERT_FALSE(request->queues.empty());
               EXPECT_EQ(request->queues.front().broker_name, "broker-a");
             });
  for_bodies([](const GoldenFrame& frame) { return frame.answers(41); },
             [](std::string_view body) {
               const auto locked = decode_locked_queues(body);
               ASSERT_TRUE(locked) << locked.error().remark;
               EXPECT_FALSE(locked->empty());
             });
}

TEST(GoldenBodies, OfListsAndTablesAreRead) {
  for_bodies([](const GoldenFrame& frame) { return frame.answers(38); },
             [](std::string_view body) {
               const auto ids = decode_consumer_id_list(body);
               ASSERT_TRUE(ids) << ids.error().remark;
               EXPECT_FALSE(ids->empty());
             });
  for_bodies([](const GoldenFrame& frame) { return frame.answers(206) || frame.answers(305); },
             [](std::string_view body) {
               const auto topics = decode_topic_list(body);
               ASSERT_TRUE(topics) << topics.error().remark;
               EXPECT_FALSE(topics->topics.empty());
             });
  for_bodies([](const GoldenFrame& frame) { return frame.answers(28) || frame.answers(219); },
             [](std::string_view body) {
               const auto table = decode_kv_table(body);
               ASSERT_TRUE(table) << table.error().remark;
               EXPECT_FALSE(table->table.empty());
             });
}

}  // namespace
}  // namespace rocketmq::remoting::test
