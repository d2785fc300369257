#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "fake_channel.hpp"
#include "kv_config_manager.hpp"
#include "processors/broker_registration_processor.hpp"
#include "processors/kv_config_processor.hpp"
#include "processors/namesrv_config_processor.hpp"
#include "processors/route_processor.hpp"
#include "rocketmq/common/crc32.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/namesrv_headers.hpp"
#include "route_info_manager.hpp"
#include "routes.hpp"
#include "temp_dir.hpp"

namespace rocketmq::namesrv {
namespace {

using remoting::BrokerIdentityRequestHeader;
using remoting::BrokerNameRequestHeader;
using remoting::KvConfigRequestHeader;
using remoting::PutKvConfigRequestHeader;
using remoting::RegisterBrokerRequestHeader;
using remoting::RemotingCommand;
using remoting::RequestCode;
using remoting::TopicRequestHeader;
using testing::HasSubstr;

/// Keeps the one response.
class CaptureSink final : public remoting::ResponseSink {
 public:
  void respond(RemotingCommand& response, remoting::Body body) override {
    response_ = response;
    response_->set_body(body.flatten());
  }
  std::optional<RemotingCommand> response_;
};

/// The name server's whole remote surface without sockets: requests go through the real table of
/// routes.
class ProcessorsTest : public testing::Test {
 protected:
  ProcessorsTest() {
    add_namesrv_routes(dispatcher_, {registration_, route_, kv_, config_},
                       {registration_pool_, admin_pool_, saver_pool_}, may_change_);
  }

  RemotingCommand ask(RemotingCommand request) {
    const auto sink = std::make_shared<CaptureSink>();
    const remoting::ChannelPtr channel = channel_;
    request.opaque = 7;
    dispatcher_.dispatch(channel, request, remoting::Reply(sink, request), dispatcher_.now());
    // A task of the same pool runs after the request's own: the pools of this test have one thread
    // each.
    for (WorkerPool* pool : {&registration_pool_, &admin_pool_, &saver_pool_}) {
      std::promise<void> drained;
      EXPECT_TRUE(pool->post([&] { drained.set_value(); }));
      drained.get_future().wait();
    }
    EXPECT_TRUE(sink->response_.has_value());
    return sink->response_.value_or(RemotingCommand{});
  }
  template <remoting::HasFields Header>
  RemotingCommand ask(RequestCode code, const Header& header, std::string body = {}) {
    return ask(make_request(code, header, std::move(body)));
  }
  RemotingCommand ask(RequestCode code, std::string body = {}) {
    return ask(make_request(code, std::move(body)));
  }

  static RegisterBrokerRequestHeader broker(std::int64_t id = 0) {
    return {.brokerName = "broker-a",
            .brokerAddr = id == 0 ? "10.0.0.1:10911" : "10.0.0.2:10911",
            .clusterName = "c1",
            .haServerAddr = id == 0 ? "10.0.0.1:10912" : "10.0.0.2:10912",
            .brokerId = id};
  }
  static std::string body_with(const std::string& topic) {
    remoting::RegisterBrokerBody body;
    for (const std::string& name : {topic, std::string("broker-a")})
      body.topic_config.topic_config_table[name] = {.topic_name = name};
    body.topic_config.data_version = {.timestamp_ms = 5, .counter = 1};
    return encode_body(body);
  }
  static std::optional<std::string> field(const RemotingCommand& response, std::string_view key) {
    const auto value = response.ext_fields.find(key);
    return value ? std::optional<std::string>(*value) : std::nullopt;
  }

  test::TempDir directory_;
  ManualClock clock_;
  NamesrvSettings settings_{directory_.path(), directory_.path()};
  RouteInfoManager routes_{clock_};
  KvConfigManager kv_config_{settings_.config().kv_config_path};
  BrokerRegistrationProcessor registration_{routes_, kv_config_};
  RouteProcessor route_{routes_, kv_config_, settings_};
  KvConfigProcessor kv_{kv_config_};
  NamesrvConfigProcessor config_{settings_};
  remoting::Dispatcher dispatcher_;
  WorkerPool registration_pool_{"register", 1, 16};
  WorkerPool admin_pool_{"admin", 1, 16};
  WorkerPool saver_pool_{"saver", 1, 16};
  AddressList may_change_;
  std::shared_ptr<FakeChannel> channel_ = std::make_shared<FakeChannel>(1);
};

TEST_F(ProcessorsTest, ABrokerRegistersAndItsTopicIsRouted) {
  EXPECT_EQ(ask(RequestCode::RegisterBroker, broker(), body_with("T")).response_code(),
            ResponseCode::Success);

  const auto route = ask(RequestCode::GetRouteInfoByTopic, TopicRequestHeader{.topic = "T"});

  ASSERT_EQ(route.response_code(), ResponseCode::Success);
  EXPECT_EQ(remoting::decode_topic_route(route.body)->broker_datas.at(0).broker_addrs.at(0),
            "10.0.0.1:10911");
}

TEST_F(ProcessorsTest, AWrongChecksumIsRefusedAndARightOneTaken) {
  auto header = broker();
  const std::string body = body_with("T");
  header.bodyCrc32 = masked_crc32(body) ^ 1;
  const auto refused = ask(RequestCode::RegisterBroker, header, body);
  EXPECT_EQ(refused.response_code(), ResponseCode::SystemError);
  EXPECT_EQ(refused.remark, "crc32 not match");
  EXPECT_TRUE(refused.has_ext_fields)
      << "old clients read the header of this answer whatever its code";

  header.bodyCrc32 = masked_crc32(body);
  EXPECT_EQ(ask(RequestCode::RegisterBroker, header, body).response_code(), ResponseCode::Success);
}

TEST_F(ProcessorsTest, AMissingFieldIsNamed) {
  RemotingCommand request = make_request(RequestCode::RegisterBroker);
  request.ext_fields.add("brokerName", "broker-a");

  const auto answer = ask(request);

  EXPECT_EQ(answer.response_code(), ResponseCode::SystemError);
  EXPECT_THAT(answer.remark, HasSubstr("brokerAddr"));
}

TEST_F(ProcessorsTest, ABodyThatDoesNotParseIsRefused) {
  const auto answer =
      ask(RequestCode::RegisterBroker, broker(), "{\"topicConfigSerializeWrapper\":");

  EXPECT_EQ(answer.response_code(), ResponseCode::SystemError);
  EXPECT_FALSE(answer.remark.empty());
}

TEST_F(ProcessorsTest, AnEmptyBodyRegistersABrokerWithoutTopics) {
  EXPECT_EQ(ask(RequestCode::RegisterBroker, broker()).response_code(), ResponseCode::Success);
  EXPECT_TRUE(routes_.cluster_info().broker_addr_table.contains("broker-a"));
}

TEST_F(ProcessorsTest, ASlaveIsToldItsMasterAndTheOrderConfiguration) {
  ask(RequestCode::RegisterBroker, broker(0));
  EXPECT_TRUE(ask(RequestCode::RegisterBroker, broker(0)).body.empty());
  ASSERT_TRUE(kv_config_.put("ORDER_TOPIC_CONFIG", "T", "broker-a:4"));

  const auto answer = ask(RequestCode::RegisterBroker, broker(1));

  EXPECT_EQ(field(answer, "masterAddr"), "10.0.0.1:10911");
  EXPECT_EQ(field(answer, "haServerAddr"), "10.0.0.1:10912");
  EXPECT_EQ(answer.body, R"({"table":{"T":"broker-a:4"}})");
}

TEST_F(ProcessorsTest, TheRouteSaysWhatABrokerSaysOfActingMasters) {
  auto header = broker();
  ask(RequestCode::RegisterBroker, header, body_with("T"));
  const auto says = [&] {
    const auto route = ask(RequestCode::GetRouteInfoByTopic, TopicRequestHeader{.topic = "T"});
    return remoting::decode_topic_route(route.body)->broker_datas.at(0).enable_acting_master;
  };
  EXPECT_FALSE(says());

  header.enableActingMaster = true;
  ask(RequestCode::RegisterBroker, header, body_with("T"));

  EXPECT_TRUE(says());
}

TEST_F(ProcessorsTest, ABrokerLearnsThatItTookAnothersPlace) {
  const auto first_connection = channel_;
  EXPECT_EQ(ask(RequestCode::RegisterBroker, broker(), body_with("T")).remark, "");
  auto other = broker();
  other.brokerAddr = "10.0.0.7:10911";
  channel_ = std::make_shared<FakeChannel>(2);

  const auto response = ask(RequestCode::RegisterBroker, other, body_with("T"));

  EXPECT_EQ(response.response_code(), ResponseCode::Success);
  EXPECT_THAT(response.remark, HasSubstr("10.0.0.1:10911"));
}

TEST_F(ProcessorsTest, ABrokerThatUnregistersIsGone) {
  ask(RequestCode::RegisterBroker, broker(), body_with("T"));
  const BrokerIdentityRequestHeader identity{
      .brokerName = "broker-a", .brokerAddr = "10.0.0.1:10911", .clusterName = "c1", .brokerId = 0};

  EXPECT_EQ(ask(RequestCode::UnregisterBroker, identity).response_code(), ResponseCode::Success);

  EXPECT_EQ(ask(RequestCode::GetRouteInfoByTopic, TopicRequestHeader{.topic = "T"}).response_code(),
            ResponseCode::TopicNotExist);
}

TEST_F(ProcessorsTest, ADataVersionIsComparedAndTheHeldOneReturned) {
  ask(RequestCode::RegisterBroker, broker(), body_with("T"));
  const BrokerIdentityRequestHeader identity{
      .brokerName = "broker-a", .brokerAddr = "10.0.0.1:10911", .clusterName = "c1", .brokerId = 0};

  const auto equal = ask(RequestCode::QueryDataVersion, identity, R"({"counter":1,"timestamp":5})");
  const auto other = ask(RequestCode::QueryDataVersion, identity, R"({"counter":2,"timestamp":5})");

  EXPECT_EQ(field(equal, "changed"), "false");
  EXPECT_EQ(field(other, "changed"), "true");
  EXPECT_EQ(remoting::decode_data_version(other.body)->counter, 1);
}

TEST_F(ProcessorsTest, TheOrderConfigurationIsInTheRouteOnlyWhenEnabled) {
  ask(RequestCode::RegisterBroker, broker(), body_with("T"));
  ASSERT_TRUE(kv_config_.put("ORDER_TOPIC_CONFIG", "T", "broker-a:4"));
  const TopicRequestHeader header{.topic = "T"};

  EXPECT_FALSE(remoting::decode_topic_route(ask(RequestCode::GetRouteInfoByTopic, header).body)
                   ->order_topic_conf);
  ASSERT_EQ(ask(RequestCode::UpdateNameServerConfig, "orderMessageEnable=true").response_code(),
            ResponseCode::Success);
  EXPECT_EQ(remoting::decode_topic_route(ask(RequestCode::GetRouteInfoByTopic, header).body)
                ->order_topic_conf,
            "broker-a:4");
}

TEST_F(ProcessorsTest, PermissionsAreWipedAndAddedWithTheNumberOfTopics) {
  ask(RequestCode::RegisterBroker, broker(), body_with("T"));
  const BrokerNameRequestHeader name{.brokerName = "broker-a"};

  EXPECT_EQ(field(ask(RequestCode::WipeWritePermOfBroker, name), "wipeTopicCount"), "2");
  EXPECT_EQ(routes_.route("T").value().queue_datas.at(0).perm, 4);
  EXPECT_EQ(field(ask(RequestCode::AddWritePermOfBroker, name), "addTopicCount"), "2");
  EXPECT_EQ(routes_.route("T").value().queue_datas.at(0).perm, 6);
}

TEST_F(ProcessorsTest, ListsAndClusterAreAnswered) {
  ask(RequestCode::RegisterBroker, broker(), body_with("T"));

  EXPECT_EQ(ask(RequestCode::GetAllTopicListFromNameServer).body,
            R"({"topicList":["T","broker-a"]})");
  EXPECT_EQ(ask(RequestCode::GetUnitTopicList).body, R"({"topicList":[]})");
  EXPECT_EQ(ask(RequestCode::GetHasUnitSubTopicList).body, R"({"topicList":[]})");
  EXPECT_EQ(ask(RequestCode::GetHasUnitSubUnUnitTopicList).body, R"({"topicList":[]})");
  EXPECT_EQ(
      ask(RequestCode::GetTopicsByCluster, remoting::TopicsByClusterRequestHeader{.cluster = "c1"})
          .body,
      R"({"topicList":["T","broker-a"]})");
  const auto system =
      remoting::decode_topic_list(ask(RequestCode::GetSystemTopicListFromNameServer).body);
  EXPECT_THAT(system->topics, testing::UnorderedElementsAre("c1", "broker-a"));
  EXPECT_EQ(system->broker_addr, "10.0.0.1:10911");
  const auto cluster = remoting::decode_cluster_info(ask(RequestCode::GetBrokerClusterInfo).body);
  EXPECT_THAT(cluster->cluster_addr_table.at("c1"), testing::ElementsAre("broker-a"));
}

TEST_F(ProcessorsTest, ATopicIsDeleted) {
  ask(RequestCode::RegisterBroker, broker(), body_with("T"));

  ask(RequestCode::DeleteTopicInNameServer,
      remoting::DeleteTopicInNameServerRequestHeader{.topic = "T"});

  EXPECT_TRUE(routes_.route("T").has_error());
}

TEST_F(ProcessorsTest, KvPairsArePutReadAndDeleted) {
  EXPECT_EQ(ask(RequestCode::PutKvConfig,
                PutKvConfigRequestHeader{.namespace_ = "ns", .key = "k", .value = "v"})
                .response_code(),
            ResponseCode::Success);
  const KvConfigRequestHeader key{.namespace_ = "ns", .key = "k"};

  EXPECT_EQ(field(ask(RequestCode::GetKvConfig, key), "value"), "v");
  EXPECT_EQ(ask(RequestCode::GetKvListByNamespace, KvConfigRequestHeader{.namespace_ = "ns"}).body,
            R"({"table":{"k":"v"}})");
  const KvConfigRequestHeader by_value{.namespace_ = "ns", .key = "v"};
  EXPECT_EQ(field(ask(RequestCode::GetKvConfigByValue, by_value), "value"), "k");
  EXPECT_EQ(ask(RequestCode::DeleteKvConfigByValue, by_value).response_code(),
            ResponseCode::Success);
  const auto gone = ask(RequestCode::GetKvConfig, key);
  EXPECT_EQ(gone.response_code(), ResponseCode::QueryNotFound);
  EXPECT_TRUE(gone.has_ext_fields) << "3.2.6 reads the header of this answer whatever its code";
  EXPECT_EQ(ask(RequestCode::DeleteKvConfig, key).response_code(), ResponseCode::Success);
}

TEST_F(ProcessorsTest, AKvRequestWithoutNamespaceOrKeyIsRefused) {
  for (const auto code :
       {RequestCode::PutKvConfig, RequestCode::GetKvConfig, RequestCode::DeleteKvConfig}) {
    const auto without_namespace = ask(code, KvConfigRequestHeader{.key = "k"});
    const auto empty_key = ask(code, KvConfigRequestHeader{.namespace_ = "ns", .key = ""});
    EXPECT_EQ(without_namespace.response_code(), ResponseCode::SystemError);
    EXPECT_EQ(without_namespace.remark, "namespace or key is null");
    EXPECT_EQ(empty_key.remark, "namespace or key is null");
  }
}

TEST_F(ProcessorsTest, TheConfigurationIsListedAndGuarded) {
  EXPECT_THAT(std::string(ask(RequestCode::GetNameServerConfig).body),
              HasSubstr("listenPort=9876\n"));
  EXPECT_EQ(ask(RequestCode::UpdateNameServerConfig, "configStorePath=/tmp/x").response_code(),
            ResponseCode::NoPermission);
  EXPECT_EQ(ask(RequestCode::UpdateNameServerConfig, "listenPort=1").response_code(),
            ResponseCode::NoPermission);
}

TEST_F(ProcessorsTest, ABrokersCodeIsNotServed) {
  EXPECT_EQ(ask(RequestCode::SendMessage).response_code(), ResponseCode::RequestCodeNotSupported);
}

}  // namespace
}  // namespace rocketmq::namesrv
