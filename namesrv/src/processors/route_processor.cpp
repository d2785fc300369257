#include "processors/route_processor.hpp"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

#include "rocketmq/common/names.hpp"
#include "rocketmq/common/text.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/namesrv_headers.hpp"

namespace rocketmq::namesrv {

using remoting::AddWritePermResponseHeader;
using remoting::Body;
using remoting::BrokerNameRequestHeader;
using remoting::DeleteTopicInNameServerRequestHeader;
using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestContext;
using remoting::TopicRequestHeader;
using remoting::TopicsByClusterRequestHeader;
using remoting::WipeWritePermResponseHeader;

namespace {

/// What a frame needs besides its body, with room to spare.
constexpr std::size_t frame_head_bytes_max = 64 * 1024;

/// Replies with a body that grows with the tables: beyond a frame's size every peer would close the
/// connection.
void reply_bounded(Reply& reply, std::string body) {
  if (body.size() > remoting::frame_bytes_max - frame_head_bytes_max) {
    return reply(ResponseCode::SystemError, "the answer has " + std::to_string(body.size()) +
                                                " bytes, more than a frame can carry");
  }
  reply.body(std::move(body));
}

}  // namespace

void RouteProcessor::get_route_info_by_topic(const RequestContext&, RemotingCommand& request,
                                             Reply reply) {
  const auto header = decode_header<TopicRequestHeader>(request);
  if (!header) return reply(header.error());

  if (settings_.order_message_enable()) {
    auto route = routes_.route(header->topic);
    if (!route) return reply(route.error());
    const auto order = kv_config_.get(names::order_topic_config_namespace, header->topic);
    if (order) route->order_topic_conf = *order;
    return reply_bounded(reply, encode_body(*route));
  }

  auto body = routes_.route_body(header->topic);
  if (!body) return reply(body.error());
  const std::string_view bytes(**body);
  if (bytes.size() > remoting::frame_bytes_max - frame_head_bytes_max)
    return reply_bounded(reply, std::string(bytes));
  reply.body(Body::gathered({bytes}, std::move(*body)));
}

void RouteProcessor::get_broker_cluster_info(const RequestContext&, RemotingCommand&, Reply reply) {
  reply_bounded(reply, encode_body(routes_.cluster_info()));
}

void RouteProcessor::get_all_topics(const RequestContext&, RemotingCommand&, Reply reply) {
  reply_bounded(reply, encode_body(routes_.all_topics()));
}

void RouteProcessor::get_topics_by_cluster(const RequestContext&, RemotingCommand& request,
                                           Reply reply) {
  const auto header = decode_header<TopicsByClusterRequestHeader>(request);
  if (!header) return reply(header.error());
  reply_bounded(reply, encode_body(routes_.topics_of_cluster(header->cluster)));
}

void RouteProcessor::get_system_topics(const RequestContext&, RemotingCommand&, Reply reply) {
  reply_bounded(reply, encode_body(routes_.system_topics()));
}

void RouteProcessor::get_unit_topics(const RequestContext&, RemotingCommand&, Reply reply) {
  reply_bounded(reply, encode_body(routes_.unit_topics(UnitTopics::Unit)));
}

void RouteProcessor::get_unit_subscribed_topics(const RequestContext&, RemotingCommand&,
                                                Reply reply) {
  reply_bounded(reply, encode_body(routes_.unit_topics(UnitTopics::UnitSubscribed)));
}

void RouteProcessor::get_unit_subscribed_not_unit_topics(const RequestContext&, RemotingCommand&,
                                                         Reply reply) {
  reply_bounded(reply, encode_body(routes_.unit_topics(UnitTopics::UnitSubscribedNotUnit)));
}

void RouteProcessor::wipe_write_perm(const RequestContext& context, RemotingCommand& request,
                                     Reply reply) {
  const auto header = decode_header<BrokerNameRequestHeader>(request);
  if (!header) return reply(header.error());
  const std::int32_t topics = routes_.wipe_write_perm(header->brokerName);
  spdlog::info("wipe write perm of broker[{}], client: {}, {}", printable(header->brokerName),
               context.channel->remote().text(), topics);
  reply(WipeWritePermResponseHeader{.wipeTopicCount = topics});
}

void RouteProcessor::add_write_perm(const RequestContext& context, RemotingCommand& request,
                                    Reply reply) {
  const auto header = decode_header<BrokerNameRequestHeader>(request);
  if (!header) return reply(header.error());
  const std::int32_t topics = routes_.add_write_perm(header->brokerName);
  spdlog::info("add write perm of broker[{}], client: {}, {}", printable(header->brokerName),
               context.channel->remote().text(), topics);
  reply(AddWritePermResponseHeader{.addTopicCount = topics});
}

void RouteProcessor::delete_topic(const RequestContext& context, RemotingCommand& request,
                                  Reply reply) {
  const auto header = decode_header<DeleteTopicInNameServerRequestHeader>(request);
  if (!header) return reply(header.error());
  routes_.delete_topic(header->topic, header->clusterName);
  spdlog::info("delete topic[{}] of cluster[{}], client: {}", printable(header->topic),
               printable(header->clusterName.value_or("")), context.channel->remote().text());
  reply();
}

}  // namespace rocketmq::namesrv
