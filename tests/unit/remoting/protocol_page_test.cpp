// The second part of docs/protocol.md is made from the header tables. After a change of a table,
// run this program with ROCKETMQ_WRITE_DOCS=1 in the environment: it writes that part again. The
// first part, the tables of requests, is made by daemon_tables_test.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "rocketmq/protocol/acl_headers.hpp"
#include "rocketmq/protocol/admin_headers.hpp"
#include "rocketmq/protocol/filter_headers.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/namesrv_headers.hpp"
#include "rocketmq/protocol/pull_headers.hpp"
#include "rocketmq/protocol/queue_headers.hpp"
#include "rocketmq/protocol/send_headers.hpp"

namespace rocketmq::remoting {
namespace {

const std::filesystem::path source_dir = ROCKETMQ_SOURCE_DIR;
const std::filesystem::path page = source_dir / "docs/protocol.md";

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

template <class Value>
std::string type_name() {
  if constexpr (detail::is_optional<Value>) {
    return type_name<typename Value::value_type>();
  } else if constexpr (std::is_same_v<Value, bool>) {
    return "boolean";
  } else if constexpr (std::is_integral_v<Value>) {
    return sizeof(Value) == sizeof(std::int64_t) ? "i64" : "i32";
  } else {
    return "text";
  }
}

template <class Header, class Value>
std::string row_of(const Field<Header, Value>& line) {
  std::string row = "| ";
  row.append(line.key).append(" | ").append(type_name<Value>());
  row.append(detail::is_optional<Value> ? " | | " : " | yes | ").append(line.meaning);
  return row + " |\n";
}

/// The name of the struct, and the piece of the page that describes it.
struct Section {
  std::string type;
  std::string text;
};

template <HasFields Header>
Section section(std::string type, const std::string& title) {
  std::string text =
      "\n### " + title + "\n\n| field | type | required | meaning |\n|---|---|---|---|\n";
  std::apply([&text](const auto&... lines) { (text.append(row_of(lines)), ...); }, Header::fields);
  return {std::move(type), std::move(text)};
}

std::vector<Section> sections() {
  return {
      section<SendMessageRequestHeader>("SendMessageRequestHeader",
                                        "SEND_MESSAGE (10), SEND_REPLY_MESSAGE (324)"),
      section<SendMessageRequestHeaderV2>(
          "SendMessageRequestHeaderV2",
          "SEND_MESSAGE_V2 (310), SEND_BATCH_MESSAGE (320), SEND_REPLY_MESSAGE_V2 (325)"),
      section<SendMessageResponseHeader>("SendMessageResponseHeader",
                                         "Response to 10, 310, 320, 324, 325"),
      section<PullMessageRequestHeader>("PullMessageRequestHeader",
                                        "PULL_MESSAGE (11), LITE_PULL_MESSAGE (361)"),
      section<PullMessageResponseHeader>("PullMessageResponseHeader", "Response to 11"),
      section<QueryMessageRequestHeader>("QueryMessageRequestHeader", "QUERY_MESSAGE (12)"),
      section<QueryMessageResponseHeader>("QueryMessageResponseHeader", "Response to 12"),
      section<QueryConsumerOffsetRequestHeader>("QueryConsumerOffsetRequestHeader",
                                                "QUERY_CONSUMER_OFFSET (14)"),
      section<UpdateConsumerOffsetRequestHeader>("UpdateConsumerOffsetRequestHeader",
                                                 "UPDATE_CONSUMER_OFFSET (15)"),
      section<CreateTopicRequestHeader>("CreateTopicRequestHeader", "UPDATE_AND_CREATE_TOPIC (17)"),
      section<SearchOffsetRequestHeader>("SearchOffsetRequestHeader",
                                         "SEARCH_OFFSET_BY_TIMESTAMP (29)"),
      section<QueueRequestHeader>(
          "QueueRequestHeader",
          "GET_MAX_OFFSET (30), GET_MIN_OFFSET (31), GET_EARLIEST_MSG_STORETIME (32)"),
      section<OffsetResponseHeader>("OffsetResponseHeader", "Response to 14, 29, 30, 31"),
      section<TimestampResponseHeader>("TimestampResponseHeader", "Response to 32"),
      section<ViewMessageRequestHeader>("ViewMessageRequestHeader", "VIEW_MESSAGE_BY_ID (33)"),
      section<UnregisterClientRequestHeader>("UnregisterClientRequestHeader",
                                             "UNREGISTER_CLIENT (35)"),
      section<ConsumerSendMsgBackRequestHeader>("ConsumerSendMsgBackRequestHeader",
                                                "CONSUMER_SEND_MSG_BACK (36)"),
      section<EndTransactionRequestHeader>("EndTransactionRequestHeader", "END_TRANSACTION (37)"),
      section<ConsumerGroupRequestHeader>(
          "ConsumerGroupRequestHeader",
          "GET_CONSUMER_LIST_BY_GROUP (38), NOTIFY_CONSUMER_IDS_CHANGED (40), "
          "GET_CONSUMER_CONNECTION_LIST (203)"),
      section<CheckTransactionStateRequestHeader>(
          "CheckTransactionStateRequestHeader", "CHECK_TRANSACTION_STATE (39), broker to producer"),
      section<UpdateAclConfigRequestHeader>("UpdateAclConfigRequestHeader",
                                            "UPDATE_AND_CREATE_ACL_CONFIG (50)"),
      section<DeleteAclConfigRequestHeader>("DeleteAclConfigRequestHeader",
                                            "DELETE_ACL_CONFIG (51)"),
      section<AclVersionsResponseHeader>("AclVersionsResponseHeader", "Response to 52"),
      section<UpdateGlobalWhiteAddrsRequestHeader>("UpdateGlobalWhiteAddrsRequestHeader",
                                                   "UPDATE_GLOBAL_WHITE_ADDRS_CONFIG (53)"),
      section<PushReplyMessageRequestHeader>(
          "PushReplyMessageRequestHeader",
          "PUSH_REPLY_MESSAGE_TO_CLIENT (326), broker to requester"),
      section<PutKvConfigRequestHeader>("PutKvConfigRequestHeader", "PUT_KV_CONFIG (100)"),
      section<KvConfigRequestHeader>(
          "KvConfigRequestHeader",
          "GET_KV_CONFIG (101), DELETE_KV_CONFIG (102), GET_KV_CONFIG_BY_VALUE (217), "
          "DELETE_KV_CONFIG_BY_VALUE (218), GET_KVLIST_BY_NAMESPACE (219)"),
      section<KvConfigResponseHeader>("KvConfigResponseHeader", "Response to 101 and 217"),
      section<RegisterBrokerRequestHeader>("RegisterBrokerRequestHeader", "REGISTER_BROKER (103)"),
      section<RegisterBrokerResponseHeader>("RegisterBrokerResponseHeader", "Response to 103"),
      section<BrokerIdentityRequestHeader>("BrokerIdentityRequestHeader",
                                           "UNREGISTER_BROKER (104), QUERY_DATA_VERSION (322)"),
      section<QueryDataVersionResponseHeader>("QueryDataVersionResponseHeader", "Response to 322"),
      section<TopicRequestHeader>(
          "TopicRequestHeader",
          "GET_ROUTEINFO_BY_TOPIC (105), GET_TOPIC_STATS_INFO (202), DELETE_TOPIC_IN_BROKER (215), "
          "QUERY_TOPIC_CONSUME_BY_WHO (300), GET_TOPIC_CONFIG (351)"),
      section<ProducerGroupRequestHeader>("ProducerGroupRequestHeader",
                                          "GET_PRODUCER_CONNECTION_LIST (204)"),
      section<DeleteSubscriptionGroupRequestHeader>("DeleteSubscriptionGroupRequestHeader",
                                                    "DELETE_SUBSCRIPTIONGROUP (207)"),
      section<GetConsumeStatsRequestHeader>("GetConsumeStatsRequestHeader",
                                            "GET_CONSUME_STATS (208)"),
      section<ResetOffsetRequestHeader>(
          "ResetOffsetRequestHeader",
          "INVOKE_BROKER_TO_RESET_OFFSET (222), RESET_CONSUMER_CLIENT_OFFSET (220)"),
      section<GetConsumerStatusRequestHeader>("GetConsumerStatusRequestHeader",
                                              "INVOKE_BROKER_TO_GET_CONSUMER_STATUS (223)"),
      section<TopicGroupRequestHeader>(
          "TopicGroupRequestHeader",
          "GET_CONSUMER_STATUS_FROM_CLIENT (221), QUERY_CONSUME_TIME_SPAN (303)"),
      section<ConsumerRunningInfoRequestHeader>("ConsumerRunningInfoRequestHeader",
                                                "GET_CONSUMER_RUNNING_INFO (307)"),
      section<CorrectionOffsetRequestHeader>("CorrectionOffsetRequestHeader",
                                             "QUERY_CORRECTION_OFFSET (308)"),
      section<ConsumeMessageDirectlyRequestHeader>("ConsumeMessageDirectlyRequestHeader",
                                                   "CONSUME_MESSAGE_DIRECTLY (309)"),
      section<CloneGroupOffsetRequestHeader>("CloneGroupOffsetRequestHeader",
                                             "CLONE_GROUP_OFFSET (314)"),
      section<ViewBrokerStatsRequestHeader>("ViewBrokerStatsRequestHeader",
                                            "VIEW_BROKER_STATS_DATA (315)"),
      section<GetBrokerConsumeStatsRequestHeader>("GetBrokerConsumeStatsRequestHeader",
                                                  "GET_BROKER_CONSUME_STATS (317)"),
      section<QueryConsumeQueueRequestHeader>("QueryConsumeQueueRequestHeader",
                                              "QUERY_CONSUME_QUEUE (321)"),
      section<ResumeCheckHalfMessageRequestHeader>("ResumeCheckHalfMessageRequestHeader",
                                                   "RESUME_CHECK_HALF_MESSAGE (323)"),
      section<QuerySubscriptionRequestHeader>("QuerySubscriptionRequestHeader",
                                              "QUERY_SUBSCRIPTION_BY_CONSUMER (345)"),
      section<GroupRequestHeader>(
          "GroupRequestHeader",
          "QUERY_TOPICS_BY_CONSUMER (343), GET_SUBSCRIPTIONGROUP_CONFIG (352)"),
      section<BrokerNameRequestHeader>(
          "BrokerNameRequestHeader",
          "WIPE_WRITE_PERM_OF_BROKER (205), ADD_WRITE_PERM_OF_BROKER (327)"),
      section<WipeWritePermResponseHeader>("WipeWritePermResponseHeader", "Response to 205"),
      section<AddWritePermResponseHeader>("AddWritePermResponseHeader", "Response to 327"),
      section<DeleteTopicInNameServerRequestHeader>("DeleteTopicInNameServerRequestHeader",
                                                    "DELETE_TOPIC_IN_NAMESRV (216)"),
      section<TopicsByClusterRequestHeader>("TopicsByClusterRequestHeader",
                                            "GET_TOPICS_BY_CLUSTER (224)"),
      section<RegisterFilterServerRequestHeader>("RegisterFilterServerRequestHeader",
                                                 "REGISTER_FILTER_SERVER (301)"),
      section<RegisterFilterServerResponseHeader>("RegisterFilterServerResponseHeader",
                                                  "Response to 301"),
      section<RegisterMessageFilterClassRequestHeader>("RegisterMessageFilterClassRequestHeader",
                                                       "REGISTER_MESSAGE_FILTER_CLASS (302)"),
  };
}

/// The part of the page that is made here: from this line on.
const std::string headers_begin = "<!-- headers -->\n";

std::string headers_part() {
  std::string text;
  for (const Section& part : sections()) text += part.text;
  return text;
}

TEST(ProtocolPage, SaysWhatTheHeaderTablesSay) {
  const std::string expected = headers_part();
  const std::string text = content_of(page);
  const auto begin = text.find(headers_begin);
  ASSERT_NE(begin, std::string::npos);
  const std::string before = text.substr(0, begin + headers_begin.size());
  const std::string found = text.substr(before.size());
  if (std::getenv("ROCKETMQ_WRITE_DOCS") != nullptr && found != expected) {
    std::ofstream(page, std::ios::binary) << before << expected;
    GTEST_SKIP() << page << " has been rewritten";
  }
  EXPECT_EQ(found, expected) << "run this program with ROCKETMQ_WRITE_DOCS=1";
}

TEST(ProtocolPage, DescribesEveryPublicHeader) {
  std::set<std::string> described;
  for (const Section& part : sections()) described.insert(part.type);
  const std::regex declaration(R"re(\nstruct (\w+Header(V2)?) \{)re");
  std::size_t declared = 0;
  for (const auto& file : std::filesystem::directory_iterator(
           source_dir / "remoting/protocol/include/rocketmq/protocol")) {
    if (!file.path().string().ends_with("_headers.hpp")) continue;
    const std::string text = content_of(file.path());
    for (std::sregex_iterator match(text.begin(), text.end(), declaration), end; match != end;
         ++match) {
      ++declared;
      EXPECT_TRUE(described.contains((*match)[1])) << (*match)[1] << " is missing in sections()";
    }
  }
  EXPECT_EQ(declared, described.size());
}

}  // namespace
}  // namespace rocketmq::remoting
