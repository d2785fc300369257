#include "routes.hpp"

#include "rocketmq/remoting/allowed_peers.hpp"

namespace rocketmq::broker {
namespace {

/// A member function of a processor, as the dispatcher calls it.
template <class P>
remoting::Processor answered_by(P& processor,
                                void (P::*answer)(const remoting::RequestContext&,
                                                  remoting::RemotingCommand&, remoting::Reply)) {
  return [&processor, answer](const remoting::RequestContext& context,
                              remoting::RemotingCommand& request, remoting::Reply reply) {
    (processor.*answer)(context, request, std::move(reply));
  };
}

void refused_by_slave(const remoting::RequestContext&, remoting::RemotingCommand&,
                      remoting::Reply reply) {
  reply(ResponseCode::SystemError,
        "Can't modify topic or subscription group from slave broker, please execute it from "
        "master broker.");
}

}  // namespace

void add_broker_routes(remoting::Dispatcher& routes, Listener listener,
                       const BrokerSettings& settings, Processors& processors, Pools& pools) {
  using remoting::inline_on_connection;
  using Code = remoting::RequestCode;
  auto& [send, send_back, send_reply, end_transaction, pull, client, consumer, query, topics,
         groups, offsets, clients, reset, resume_check, broker] = processors;

  const auto route = [&routes](Code code, auto& processor, auto answer, remoting::WorkerPool* pool,
                               remoting::WaitLimit wait_limit = {}) {
    auto answered = answered_by(processor, answer);
    if (pool != inline_on_connection) answered = remoting::while_connected(std::move(answered));
    routes.route(code, std::move(answered), pool, wait_limit);
  };
  // What a client has asked to be done is done on a pool's thread though the client has gone.
  const auto route_change = [&routes](Code code, auto& processor, auto answer,
                                      remoting::WorkerPool* pool, remoting::WaitLimit wait_limit) {
    routes.route(code, answered_by(processor, answer), pool, wait_limit);
  };
  const auto limit = [&settings](const Live<std::int64_t>& limit_ms) {
    return remoting::WaitLimit{&settings.broker.broker_fast_failure_enable, &limit_ms};
  };
  const auto send_limit = limit(settings.broker.wait_time_in_send_queue_ms);
  const auto pull_limit = limit(settings.broker.wait_time_in_pull_queue_ms);
  const auto heartbeat_limit = limit(settings.broker.wait_time_in_heartbeat_queue_ms);
  const auto transaction_limit = limit(settings.broker.wait_time_in_transaction_queue_ms);

  // Changes something by an administrator's wish.
  const auto change = [&routes, &settings, &pools](Code code, auto& processor, auto answer) {
    routes.route(
        code,
        remoting::only_for(settings.broker.admin_allowed_addresses, answered_by(processor, answer)),
        &pools.admin);
  };
  // The same, but for what a slave copies from its master: it has no say in that.
  const bool is_slave = settings.store.broker_role == store::BrokerRole::Slave;
  const auto change_on_master = [&change, &routes, is_slave](Code code, auto& processor,
                                                             auto answer) {
    if (!is_slave) return change(code, processor, answer);
    routes.route(code, refused_by_slave, remoting::inline_on_connection);
  };

  // clang-format off
  //    request code                           answered by                                              runs on
  route(Code::SendMessage,                     send,     &SendMessageProcessor::process,                inline_on_connection, send_limit);
  route(Code::SendMessageV2,                   send,     &SendMessageProcessor::process,                inline_on_connection, send_limit);
  route(Code::SendBatchMessage,                send,     &SendMessageProcessor::process,                inline_on_connection, send_limit);
  route_change(Code::ConsumerSendMsgBack,      send_back, &SendBackProcessor::process,                  &pools.read, send_limit);  // may read the message from disk
  route(Code::SendReplyMessage,                send_reply, &SendReplyProcessor::process,                inline_on_connection);
  route(Code::SendReplyMessageV2,              send_reply, &SendReplyProcessor::process,                inline_on_connection);
  route_change(Code::EndTransaction,           end_transaction, &EndTransactionProcessor::process,      &pools.read, transaction_limit);  // may read the half message from disk
  if (listener == Listener::Main) {
    route(Code::PullMessage,                   pull,     &PullMessageProcessor::process,                inline_on_connection, pull_limit);  // cold reads hop to pools.read
    route(Code::LitePullMessage,               pull,     &PullMessageProcessor::process,                inline_on_connection, pull_limit);  // 5.x's other name for a pull
  }

  route(Code::HeartBeat,                       client,   &ClientManageProcessor::heartbeat,             inline_on_connection, heartbeat_limit);
  route(Code::UnregisterClient,                client,   &ClientManageProcessor::unregister,            inline_on_connection);
  route(Code::CheckClientConfig,               client,   &ClientManageProcessor::check_config,          inline_on_connection);

  route(Code::GetConsumerListByGroup,          consumer, &ConsumerManageProcessor::consumer_list,       inline_on_connection);
  route(Code::QueryConsumerOffset,             consumer, &ConsumerManageProcessor::query_offset,        inline_on_connection);
  route(Code::UpdateConsumerOffset,            consumer, &ConsumerManageProcessor::update_offset,       inline_on_connection);  // one-way: order matters
  route(Code::GetAllConsumerOffset,            consumer, &ConsumerManageProcessor::all_offsets,         &pools.admin);
  route(Code::LockBatchMq,                     consumer, &ConsumerManageProcessor::lock_queues,         inline_on_connection);
  route(Code::UnlockBatchMq,                   consumer, &ConsumerManageProcessor::unlock_queues,       inline_on_connection);

  route(Code::GetMaxOffset,                    query,    &QueryProcessor::max_offset,                   inline_on_connection);
  route(Code::GetMinOffset,                    query,    &QueryProcessor::min_offset,                   inline_on_connection);
  route(Code::SearchOffsetByTimestamp,         query,    &QueryProcessor::offset_by_timestamp,          &pools.read);  // searches files on disk
  route(Code::GetEarliestMsgStoreTime,         query,    &QueryProcessor::earliest_store_time,          &pools.read);
  route(Code::ViewMessageById,                 query,    &QueryProcessor::view_message,                 &pools.read);
  route(Code::QueryMessage,                    query,    &QueryProcessor::query_message,                &pools.read);  // walks index files on disk

  route(Code::GetAllTopicConfig,               topics,  &AdminTopicsProcessor::all_topics,               &pools.admin);
  route(Code::GetTopicConfig,                  topics,  &AdminTopicsProcessor::topic_config,             &pools.admin);
  route(Code::GetSystemTopicListFromBroker,    topics,  &AdminTopicsProcessor::system_topics,            &pools.admin);
  route(Code::GetAllSubscriptionGroupConfig,   groups,  &AdminGroupsProcessor::all_groups,               &pools.admin);
  route(Code::GetSubscriptionGroupConfig,      groups,  &AdminGroupsProcessor::group_config,             &pools.admin);
  route(Code::GetTopicStatsInfo,               offsets, &AdminOffsetsProcessor::topic_stats,             &pools.admin);
  route(Code::GetConsumeStats,                 offsets, &AdminOffsetsProcessor::consume_stats,           &pools.admin);
  route(Code::GetBrokerConsumeStats,           offsets, &AdminOffsetsProcessor::broker_consume_stats,    &pools.admin);
  route(Code::QueryConsumeTimeSpan,            offsets, &AdminOffsetsProcessor::time_span,               &pools.admin);
  route(Code::QueryCorrectionOffset,           offsets, &AdminOffsetsProcessor::correction_offsets,      &pools.admin);
  route(Code::GetConsumerConnectionList,       clients, &AdminClientsProcessor::consumer_connections,    &pools.admin);
  route(Code::GetProducerConnectionList,       clients, &AdminClientsProcessor::producer_connections,    &pools.admin);
  route(Code::GetAllProducerInfo,              clients, &AdminClientsProcessor::all_producers,           &pools.admin);
  route(Code::QueryTopicConsumeByWho,          clients, &AdminClientsProcessor::groups_of_topic,         &pools.admin);
  route(Code::QueryTopicsByConsumer,           clients, &AdminClientsProcessor::topics_of_group,         &pools.admin);
  route(Code::QuerySubscriptionByConsumer,     clients, &AdminClientsProcessor::subscription_of_group,   &pools.admin);
  route(Code::GetConsumerRunningInfo,          clients, &AdminClientsProcessor::running_info,            &pools.admin);
  route(Code::InvokeBrokerToGetConsumerStatus, reset,   &ResetOffsetProcessor::consumer_status,          &pools.admin);
  route(Code::GetAllDelayOffset,               broker,  &AdminBrokerProcessor::delay_offsets,            &pools.admin);
  route(Code::GetBrokerConfig,                 broker,  &AdminBrokerProcessor::config,                   &pools.admin);
  route(Code::GetBrokerRuntimeInfo,            broker,  &AdminBrokerProcessor::runtime_info,             &pools.admin);
  route(Code::ViewBrokerStatsData,             broker,  &AdminBrokerProcessor::stats_data,               &pools.admin);
  route(Code::QueryConsumeQueue,               broker,  &AdminBrokerProcessor::consume_queue,            &pools.admin);

  change_on_master(Code::UpdateAndCreateTopic,            topics, &AdminTopicsProcessor::update_topic);
  change_on_master(Code::UpdateAndCreateTopicList,        topics, &AdminTopicsProcessor::update_topics);
  change_on_master(Code::DeleteTopicInBroker,             topics, &AdminTopicsProcessor::delete_topic);
  change_on_master(Code::UpdateAndCreateSubscriptionGroup, groups, &AdminGroupsProcessor::update_group);
  change_on_master(Code::UpdateAndCreateSubscriptionGroupList, groups, &AdminGroupsProcessor::update_groups);
  change_on_master(Code::DeleteSubscriptionGroup,         groups, &AdminGroupsProcessor::delete_group);
  change(Code::CleanUnusedTopic,                          topics, &AdminTopicsProcessor::clean_unused);
  change(Code::CloneGroupOffset,                          offsets, &AdminOffsetsProcessor::clone_offsets);
  change(Code::InvokeBrokerToResetOffset,                 reset,  &ResetOffsetProcessor::reset);
  change(Code::ConsumeMessageDirectly,                    clients, &AdminClientsProcessor::consume_directly);
  change(Code::ResumeCheckHalfMessage,                    resume_check, &ResumeCheckProcessor::process);
  change(Code::UpdateBrokerConfig,                        broker, &AdminBrokerProcessor::update_config);
  change(Code::CleanExpiredConsumeQueue,                  broker, &AdminBrokerProcessor::clean_queues);
  change(Code::DeleteExpiredCommitLog,                    broker, &AdminBrokerProcessor::delete_expired_files);
  // clang-format on

  for (const Code code :
       {Code::HeartBeat, Code::CheckClientConfig, Code::LockBatchMq, Code::UnlockBatchMq})
    routes.send_large_bodies_to(code, &pools.admin);
}

}  // namespace rocketmq::broker
