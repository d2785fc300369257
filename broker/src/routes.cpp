#include "routes.hpp"

#include <array>
#include <tuple>
#include <utility>

#include "rocketmq/broker/requests.hpp"
#include "rocketmq/remoting/route_call.hpp"

namespace rocketmq::broker {
namespace {

/// The rows, and the words that their columns are written in.
namespace request_table {

using enum remoting::Effect;
using Code = remoting::RequestCode;
using remoting::Action;
using remoting::BodyLimit;
using remoting::on_connection;
using remoting::Permission;
using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestContext;
using remoting::Resource;
using remoting::Threads;

/// Of 5.x.
constexpr auto set_message_request_mode = static_cast<Code>(401);

constexpr Threads read_while_connected = remoting::on_pool_while_connected("read");
constexpr Threads read = remoting::on_pool("read");
constexpr Threads admin_while_connected = remoting::on_pool_while_connected("admin");
constexpr Threads admin = remoting::on_pool("admin");

/// A wait limit: its key, and where its value is.
struct WaitKey {
  std::string_view name;
  Live<std::int64_t> BrokerConfig::*value;
};
constexpr std::string_view no_limit;
constexpr WaitKey send_wait{"waitTimeMillsInSendQueue", &BrokerConfig::wait_time_in_send_queue_ms};
constexpr WaitKey pull_wait{"waitTimeMillsInPullQueue", &BrokerConfig::wait_time_in_pull_queue_ms};
constexpr WaitKey beat_wait{"waitTimeMillsInHeartbeatQueue",
                            &BrokerConfig::wait_time_in_heartbeat_queue_ms};
constexpr WaitKey end_wait{"waitTimeMillsInTransactionQueue",
                           &BrokerConfig::wait_time_in_transaction_queue_ms};
constexpr std::array wait_keys{send_wait, pull_wait, beat_wait, end_wait};

constexpr std::size_t kibibyte = 1024;
constexpr std::size_t mebibyte = 1024 * kibibyte;
/// Everything is in the header; a body is ignored.
constexpr BodyLimit no_body{.bytes_max = 64 * kibibyte};
/// The same for what clients say about a message: some of them send its body along.
constexpr BodyLimit ignored;
/// A larger body is a batch of very many messages, or one message that is copied for long anyway.
constexpr BodyLimit message{.inline_bytes_max = 1 * mebibyte,
                            .large_body_pool = "read",
                            .keeps_order = true,
                            .processors_key = "maxMessageSize"};
/// The same, but maxMessageSize holds only where the reply is stored.
constexpr BodyLimit reply_body{
    .inline_bytes_max = 1 * mebibyte, .large_body_pool = "read", .keeps_order = true};
/// Names of groups, topics and queues: some 50,000 at most.
constexpr BodyLimit lists{
    .bytes_max = 8 * mebibyte, .inline_bytes_max = 64 * kibibyte, .large_body_pool = "admin"};
constexpr BodyLimit subscription{
    .bytes_max = 1 * mebibyte, .inline_bytes_max = 64 * kibibyte, .large_body_pool = "admin"};
constexpr BodyLimit settings_text{.bytes_max = 1 * mebibyte};
/// Whole tables, as large as a frame takes.
constexpr BodyLimit tables;

constexpr Permission topic(Action action, std::string_view field = {}) {
  return {Resource::Topic, action, field};
}
constexpr Permission group(Action action, std::string_view field = {}) {
  return {Resource::Group, action, field};
}
constexpr Permission cluster(Action action) { return {Resource::Cluster, action, {}}; }
using enum Action;

template <auto Process>
void on(Processors& all, const RequestContext& context, RemotingCommand& request, Reply reply) {
  auto& [send, send_back, send_reply, end_transaction, pull, client, consumer, query, topics,
         groups, offsets, clients, reset, resume_check, broker, filter_server, access] = all;
  remoting::process_with<Process>(
      std::tie(send, send_back, send_reply, end_transaction, pull, client, consumer, query, topics,
               groups, offsets, clients, reset, resume_check, broker, filter_server, access),
      context, request, std::move(reply));
}

struct Row {
  remoting::RouteSpec spec;
  void (*process)(Processors&, const RequestContext&, RemotingCommand&, Reply);
  /// Pulls are served by the main listener alone.
  Listener listener = Listener::Fast;
};

// clang-format off
// The whole remote surface of a broker. Aliases of one request stand together.
constexpr Row rows[] = {
    // request code                  name                          processed on            waits at most    body at most  effect   access                                                        processor
    {{Code::SendMessage,             "SEND_MESSAGE",               on_connection,          send_wait.name,  message,      ChangesMaster, {topic(Pub, "topic")}},                                        on<&SendMessageProcessor::process>},
    {{Code::SendMessageV2,           "SEND_MESSAGE_V2",            on_connection,          send_wait.name,  message,      ChangesMaster, {topic(Pub, "b")}},                                            on<&SendMessageProcessor::process>},
    {{Code::SendBatchMessage,        "SEND_BATCH_MESSAGE",         on_connection,          send_wait.name,  message,      ChangesMaster, {topic(Pub, "b")}},                                            on<&SendMessageProcessor::process>},
    // The message that is sent back, and the half message that ends, may have to be read from disk.
    {{Code::ConsumerSendMsgBack,     "CONSUMER_SEND_MSG_BACK",     read,                   send_wait.name,  ignored,      ChangesMaster, {group(Sub, "group")}},                                        on<&SendBackProcessor::process>},
    {{Code::SendReplyMessage,        "SEND_REPLY_MESSAGE",         on_connection,          no_limit,        reply_body,   Changes, {topic(Pub, "topic")}},                                        on<&SendReplyProcessor::process>},
    {{Code::SendReplyMessageV2,      "SEND_REPLY_MESSAGE_V2",      on_connection,          no_limit,        reply_body,   Changes, {topic(Pub, "b")}},                                            on<&SendReplyProcessor::process>},
    {{Code::EndTransaction,          "END_TRANSACTION",            read,                   end_wait.name,   ignored,      ChangesMaster, {topic(Pub)}},                                                 on<&EndTransactionProcessor::process>},
    // A pull may carry an offset to commit. A cold read moves to the pool `read`.
    {{Code::PullMessage,             "PULL_MESSAGE",               on_connection,          pull_wait.name,  no_body,      Changes, {topic(Sub, "topic"), group(Sub, "consumerGroup")}},           on<&PullMessageProcessor::process>, Listener::Main},
    {{Code::LitePullMessage,         "LITE_PULL_MESSAGE",          on_connection,          pull_wait.name,  no_body,      Changes, {topic(Sub, "topic"), group(Sub, "consumerGroup")}},           on<&PullMessageProcessor::process>, Listener::Main},

    {{Code::HeartBeat,               "HEART_BEAT",                 on_connection,          beat_wait.name,  lists,        Changes, {topic(Sub), group(Sub)}},                                     on<&ClientManageProcessor::heartbeat>},
    {{Code::UnregisterClient,        "UNREGISTER_CLIENT",          on_connection,          no_limit,        no_body,      Changes, {group(Sub, "consumerGroup")}},                                on<&ClientManageProcessor::unregister>},
    {{Code::CheckClientConfig,       "CHECK_CLIENT_CONFIG",        on_connection,          no_limit,        subscription, Reads,   {topic(Sub), group(Sub)}},                                     on<&ClientManageProcessor::check_config>},

    {{Code::RegisterFilterServer,    "REGISTER_FILTER_SERVER",     on_connection,          no_limit,        no_body,      Changes, {cluster(Update)}},                                            on<&RegisterFilterServerProcessor::process>},

    {{Code::GetConsumerListByGroup,  "GET_CONSUMER_LIST_BY_GROUP", on_connection,          no_limit,        no_body,      Reads,   {group(Sub, "consumerGroup")}},                                on<&ConsumerManageProcessor::consumer_list>},
    // A group without an offset may need the disk: that moves to the pool `read`.
    {{Code::QueryConsumerOffset,     "QUERY_CONSUMER_OFFSET",      on_connection,          no_limit,        no_body,      Reads,   {topic(Sub, "topic"), group(Sub, "consumerGroup")}},           on<&ConsumerManageProcessor::query_offset>},
    // Mostly one-way: the order matters.
    {{Code::UpdateConsumerOffset,    "UPDATE_CONSUMER_OFFSET",     on_connection,          no_limit,        no_body,      Changes, {topic(Sub, "topic"), group(Sub, "consumerGroup")}},           on<&ConsumerManageProcessor::update_offset>},
    {{Code::GetAllConsumerOffset,    "GET_ALL_CONSUMER_OFFSET",    admin_while_connected,  no_limit,        no_body,      Reads,   {cluster(Get)}},                                               on<&ConsumerManageProcessor::all_offsets>},
    {{Code::LockBatchMq,             "LOCK_BATCH_MQ",              on_connection,          no_limit,        lists,        Changes, {topic(Sub), group(Sub)}},                                     on<&ConsumerManageProcessor::lock_queues>},
    {{Code::UnlockBatchMq,           "UNLOCK_BATCH_MQ",            on_connection,          no_limit,        lists,        Changes, {topic(Sub), group(Sub)}},                                     on<&ConsumerManageProcessor::unlock_queues>},

    {{Code::GetMaxOffset,            "GET_MAX_OFFSET",             on_connection,          no_limit,        no_body,      Reads,   {topic(Get, "topic")}},                                        on<&QueryProcessor::max_offset>},
    {{Code::GetMinOffset,            "GET_MIN_OFFSET",             on_connection,          no_limit,        no_body,      Reads,   {topic(Get, "topic")}},                                        on<&QueryProcessor::min_offset>},
    // Searches of queue and index files.
    {{Code::SearchOffsetByTimestamp, "SEARCH_OFFSET_BY_TIMESTAMP", read_while_connected,   no_limit,        no_body,      Reads,   {topic(Get, "topic")}},                                        on<&QueryProcessor::offset_by_timestamp>},
    {{Code::GetEarliestMsgStoreTime, "GET_EARLIEST_MSG_STORETIME", read_while_connected,   no_limit,        no_body,      Reads,   {topic(Get, "topic")}},                                        on<&QueryProcessor::earliest_store_time>},
    {{Code::ViewMessageById,         "VIEW_MESSAGE_BY_ID",         read_while_connected,   no_limit,        no_body,      Reads,   {topic(Sub)}},                                                 on<&QueryProcessor::view_message>},
    {{Code::QueryMessage,            "QUERY_MESSAGE",              read_while_connected,   no_limit,        no_body,      Reads,   {topic(Sub, "topic")}},                                        on<&QueryProcessor::query_message>},

    // What administrators look at.
    {{Code::GetAllTopicConfig,       "GET_ALL_TOPIC_CONFIG",       admin_while_connected,  no_limit,        no_body,      Reads,   {topic(List)}},                                                on<&AdminTopicsProcessor::all_topics>},
    {{Code::GetTopicConfig,          "GET_TOPIC_CONFIG",           admin_while_connected,  no_limit,        no_body,      Reads,   {topic(Get, "topic")}},                                        on<&AdminTopicsProcessor::topic_config>},
    {{Code::GetSystemTopicListFromBroker, "GET_SYSTEM_TOPIC_LIST_FROM_BROKER", admin_while_connected, no_limit, no_body,  Reads,   {topic(List)}},                                                on<&AdminTopicsProcessor::system_topics>},
    {{Code::GetAllSubscriptionGroupConfig, "GET_ALL_SUBSCRIPTIONGROUP_CONFIG", admin_while_connected, no_limit, no_body, Reads,   {group(List)}},                                                on<&AdminGroupsProcessor::all_groups>},
    {{Code::GetSubscriptionGroupConfig, "GET_SUBSCRIPTIONGROUP_CONFIG", admin_while_connected, no_limit,    no_body,      Reads,   {group(Get, "group")}},                                        on<&AdminGroupsProcessor::group_config>},
    {{Code::GetTopicStatsInfo,       "GET_TOPIC_STATS_INFO",       admin_while_connected,  no_limit,        no_body,      Reads,   {topic(Get, "topic")}},                                        on<&AdminOffsetsProcessor::topic_stats>},
    {{Code::GetConsumeStats,         "GET_CONSUME_STATS",          admin_while_connected,  no_limit,        no_body,      Reads,   {topic(Get, "topic"), group(Get, "consumerGroup")}},           on<&AdminOffsetsProcessor::consume_stats>},
    {{Code::GetBrokerConsumeStats,   "GET_BROKER_CONSUME_STATS",   admin_while_connected,  no_limit,        no_body,      Reads,   {cluster(Get)}},                                               on<&AdminOffsetsProcessor::broker_consume_stats>},
    {{Code::QueryConsumeTimeSpan,    "QUERY_CONSUME_TIME_SPAN",    admin_while_connected,  no_limit,        no_body,      Reads,   {topic(Get, "topic"), group(Get, "group")}},                   on<&AdminOffsetsProcessor::time_span>},
    {{Code::QueryCorrectionOffset,   "QUERY_CORRECTION_OFFSET",    admin_while_connected,  no_limit,        no_body,      Reads,   {topic(Get, "topic"), group(Get, "compareGroup")}},            on<&AdminOffsetsProcessor::correction_offsets>},
    {{Code::GetConsumerConnectionList, "GET_CONSUMER_CONNECTION_LIST", admin_while_connected, no_limit,     no_body,      Reads,   {group(Get, "consumerGroup")}},                                on<&AdminClientsProcessor::consumer_connections>},
    {{Code::GetProducerConnectionList, "GET_PRODUCER_CONNECTION_LIST", admin_while_connected, no_limit,     no_body,      Reads,   {cluster(Get)}},                                               on<&AdminClientsProcessor::producer_connections>},
    {{Code::GetAllProducerInfo,      "GET_ALL_PRODUCER_INFO",      admin_while_connected,  no_limit,        no_body,      Reads,   {cluster(Get)}},                                               on<&AdminClientsProcessor::all_producers>},
    {{Code::QueryTopicConsumeByWho,  "QUERY_TOPIC_CONSUME_BY_WHO", admin_while_connected,  no_limit,        no_body,      Reads,   {topic(Get, "topic")}},                                        on<&AdminClientsProcessor::groups_of_topic>},
    {{Code::QueryTopicsByConsumer,   "QUERY_TOPICS_BY_CONSUMER",   admin_while_connected,  no_limit,        no_body,      Reads,   {group(Get, "group")}},                                        on<&AdminClientsProcessor::topics_of_group>},
    {{Code::QuerySubscriptionByConsumer, "QUERY_SUBSCRIPTION_BY_CONSUMER", admin_while_connected, no_limit, no_body,      Reads,   {topic(Get, "topic"), group(Get, "group")}},                   on<&AdminClientsProcessor::subscription_of_group>},
    {{Code::GetConsumerRunningInfo,  "GET_CONSUMER_RUNNING_INFO",  admin_while_connected,  no_limit,        no_body,      Reads,   {group(Get, "consumerGroup")}},                                on<&AdminClientsProcessor::running_info>},
    {{Code::InvokeBrokerToGetConsumerStatus, "INVOKE_BROKER_TO_GET_CONSUMER_STATUS", admin_while_connected, no_limit, no_body, Reads, {topic(Get, "topic"), group(Get, "group")}},             on<&ResetOffsetProcessor::consumer_status>},
    {{Code::GetAllDelayOffset,       "GET_ALL_DELAY_OFFSET",       admin_while_connected,  no_limit,        no_body,      Reads,   {cluster(Get)}},                                               on<&AdminBrokerProcessor::delay_offsets>},
    {{Code::GetBrokerConfig,         "GET_BROKER_CONFIG",          admin_while_connected,  no_limit,        no_body,      Reads,   {cluster(Get)}},                                               on<&AdminBrokerProcessor::config>},
    {{Code::GetBrokerRuntimeInfo,    "GET_BROKER_RUNTIME_INFO",    admin_while_connected,  no_limit,        no_body,      Reads,   {cluster(Get)}},                                               on<&AdminBrokerProcessor::runtime_info>},
    {{Code::GetBrokerHaStatus,       "GET_BROKER_HA_STATUS",       admin_while_connected,  no_limit,        no_body,      Reads,   {cluster(Get)}},                                               on<&AdminBrokerProcessor::ha_status>},
    {{Code::ViewBrokerStatsData,     "VIEW_BROKER_STATS_DATA",     admin_while_connected,  no_limit,        no_body,      Reads,   {cluster(Get)}},                                               on<&AdminBrokerProcessor::stats_data>},
    {{Code::QueryConsumeQueue,       "QUERY_CONSUME_QUEUE",        admin_while_connected,  no_limit,        no_body,      Reads,   {topic(Get, "topic"), group(Get, "consumerGroup")}},           on<&AdminBrokerProcessor::consume_queue>},

    // What administrators change.
    {{Code::UpdateAndCreateTopic,    "UPDATE_AND_CREATE_TOPIC",    admin,                  no_limit,        no_body,      AdministersMaster, {topic(Create, "topic")}},                           on<&AdminTopicsProcessor::update_topic>},
    {{Code::UpdateAndCreateTopicList, "UPDATE_AND_CREATE_TOPIC_LIST", admin,               no_limit,        tables,       AdministersMaster, {topic(Create)}},                                    on<&AdminTopicsProcessor::update_topics>},
    {{Code::DeleteTopicInBroker,     "DELETE_TOPIC_IN_BROKER",     admin,                  no_limit,        no_body,      AdministersMaster, {topic(Delete, "topic")}},                           on<&AdminTopicsProcessor::delete_topic>},
    {{Code::UpdateAndCreateSubscriptionGroup, "UPDATE_AND_CREATE_SUBSCRIPTIONGROUP", admin, no_limit,      settings_text, AdministersMaster, {group(Create)}},                                   on<&AdminGroupsProcessor::update_group>},
    {{Code::UpdateAndCreateSubscriptionGroupList, "UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST", admin, no_limit, tables,    AdministersMaster, {group(Create)}},                                    on<&AdminGroupsProcessor::update_groups>},
    {{Code::DeleteSubscriptionGroup, "DELETE_SUBSCRIPTIONGROUP",   admin,                  no_limit,        no_body,      AdministersMaster, {group(Delete, "groupName")}},                       on<&AdminGroupsProcessor::delete_group>},
    {{set_message_request_mode,      "SET_MESSAGE_REQUEST_MODE",   admin,                  no_limit,        settings_text, AdministersMaster, {topic(Get), group(Update)}},                        on<&AdminGroupsProcessor::set_request_mode>},
    {{Code::CleanUnusedTopic,        "CLEAN_UNUSED_TOPIC",         admin,                  no_limit,        no_body,      Administers, {cluster(Update)}},                                        on<&AdminTopicsProcessor::clean_unused>},
    {{Code::CloneGroupOffset,        "CLONE_GROUP_OFFSET",         admin,                  no_limit,        no_body,      Administers, {topic(Get, "topic"), group(Get, "srcGroup"), group(Update, "destGroup")}}, on<&AdminOffsetsProcessor::clone_offsets>},
    {{Code::InvokeBrokerToResetOffset, "INVOKE_BROKER_TO_RESET_OFFSET", admin,             no_limit,        no_body,      Administers, {topic(Get, "topic"), group(Update, "group")}},            on<&ResetOffsetProcessor::reset>},
    {{Code::ConsumeMessageDirectly,  "CONSUME_MESSAGE_DIRECTLY",   admin,                  no_limit,        no_body,      Administers, {topic(Sub, "topic"), group(Sub, "consumerGroup")}},       on<&AdminClientsProcessor::consume_directly>},
    {{Code::ResumeCheckHalfMessage,  "RESUME_CHECK_HALF_MESSAGE",  admin,                  no_limit,        no_body,      AdministersMaster, {topic(Update, "topic")}},                                          on<&ResumeCheckProcessor::process>},
    {{Code::UpdateBrokerConfig,      "UPDATE_BROKER_CONFIG",       admin,                  no_limit,        settings_text, Administers, {cluster(Update)}},                                       on<&AdminBrokerProcessor::update_config>},
    {{Code::CleanExpiredConsumeQueue, "CLEAN_EXPIRED_CONSUMEQUEUE", admin,                 no_limit,        no_body,      Administers, {cluster(Update)}},                                        on<&AdminBrokerProcessor::clean_queues>},
    {{Code::DeleteExpiredCommitLog,  "DELETE_EXPIRED_COMMITLOG",   admin,                  no_limit,        no_body,      Administers, {cluster(Update)}},                                        on<&AdminBrokerProcessor::delete_expired_files>},

    // Access control.
    {{Code::GetBrokerClusterAclInfo, "GET_BROKER_CLUSTER_ACL_INFO", admin_while_connected, no_limit,        no_body,      Reads,   {cluster(Get)}},                                               on<&AdminAccessProcessor::versions>},
    {{Code::GetBrokerClusterAclConfig, "GET_BROKER_CLUSTER_ACL_CONFIG", admin_while_connected, no_limit,    no_body,      Reads,   {cluster(Get)}},                                               on<&AdminAccessProcessor::accounts>},
    {{Code::UpdateAndCreateAclConfig, "UPDATE_AND_CREATE_ACL_CONFIG", admin,               no_limit,        no_body,      Administers, {cluster(Update)}},                                        on<&AdminAccessProcessor::update_account>},
    {{Code::DeleteAclConfig,         "DELETE_ACL_CONFIG",          admin,                  no_limit,        no_body,      Administers, {cluster(Update)}},                                        on<&AdminAccessProcessor::delete_account>},
    {{Code::UpdateGlobalWhiteAddrsConfig, "UPDATE_GLOBAL_WHITE_ADDRS_CONFIG", admin,       no_limit,        no_body,      Administers, {cluster(Update)}},                                        on<&AdminAccessProcessor::update_white_addresses>},
};
// clang-format on

}  // namespace request_table

using request_table::Row;
using request_table::rows;

bool is_refused_by_slave(remoting::Effect effect) {
  return effect == remoting::Effect::ChangesMaster || effect == remoting::Effect::AdministersMaster;
}

/// What a slave replies to a request that is for its master (spec/ha.md §7).
Error refusal_of_slave(remoting::RequestCode code) {
  switch (code) {
    case remoting::RequestCode::SendMessage:
    case remoting::RequestCode::SendMessageV2:
    case remoting::RequestCode::SendBatchMessage:
      return {ResponseCode::ServiceNotAvailable,
              "this broker is a slave: messages are sent to its master"};
    case remoting::RequestCode::ConsumerSendMsgBack:
      return {ResponseCode::SystemError, "SERVICE_NOT_AVAILABLE"};
    case remoting::RequestCode::EndTransaction:
      return {ResponseCode::SlaveNotAvailable, "a slave does not end transactions"};
    case remoting::RequestCode::ResumeCheckHalfMessage:
      return {ResponseCode::SystemError, "this broker is a slave: its master stores messages"};
    default:
      return {ResponseCode::SystemError,
              "Can't modify topic or subscription group from slave broker, please execute it from "
              "master broker."};
  }
}

remoting::WaitLimit wait_limit_of(const Row& row, const BrokerConfig& config) {
  for (const auto& key : request_table::wait_keys) {
    if (key.name == row.spec.wait_limit_key)
      return {&config.broker_fast_failure_enable, &(config.*key.value)};
  }
  return {};
}

remoting::Route route_of(const Row& row, const BrokerSettings& settings, Processors& processors,
                         Pools& pools) {
  const auto named = [&pools](std::string_view name) {
    return remoting::pool_named(name, {&pools.read, &pools.admin});
  };
  remoting::Route route{
      .spec = row.spec,
      .processor =
          [&processors, process = row.process](
              const remoting::RequestContext& context, remoting::RemotingCommand& request,
              remoting::Reply reply) { process(processors, context, request, std::move(reply)); },
      .pool = named(row.spec.threads.pool),
      .large_body_pool = named(row.spec.body_limit.large_body_pool),
      .wait_limit = wait_limit_of(row, settings.broker)};
  const bool is_slave = settings.store.is_slave();
  if (is_slave && is_refused_by_slave(row.spec.effect)) {
    route.processor = [refusal = refusal_of_slave(row.spec.code)](
                          const remoting::RequestContext&, remoting::RemotingCommand&,
                          remoting::Reply reply) { reply(refusal); };
    route.spec.threads = remoting::on_connection;
    route.pool = remoting::inline_on_connection;
  } else if (row.spec.effect == remoting::Effect::Administers ||
             row.spec.effect == remoting::Effect::AdministersMaster) {
    route.allowed = &settings.broker.administrators;
  }
  return route;
}

}  // namespace

void add_broker_routes(remoting::Dispatcher& routes, Listener listener,
                       const BrokerSettings& settings, Processors& processors, Pools& pools) {
  for (const Row& row : rows) {
    if (listener == Listener::Main || row.listener == Listener::Fast)
      routes.add(route_of(row, settings, processors, pools));
  }
}

std::vector<remoting::RouteSpec> requests() {
  std::vector<remoting::RouteSpec> specs;
  for (const Row& row : rows) specs.push_back(row.spec);
  return specs;
}

}  // namespace rocketmq::broker
