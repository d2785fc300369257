#include "processors/admin_broker.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>

#include "limits.hpp"
#include "rocketmq/common/data_version.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/protocol/admin_headers.hpp"
#include "rocketmq/protocol/ha_bodies.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::broker {

using remoting::Reply;

namespace {

/// Entries of a queue that one request looks at.
constexpr std::int32_t units_max = 512;

struct BrokerConfigAnswer {
  std::string version;

  static constexpr std::tuple fields{remoting::field("version", &BrokerConfigAnswer::version,
                                                     "data version of the configuration, as JSON")};
};

}  // namespace

void AdminBrokerProcessor::delay_offsets(const remoting::RequestContext&,
                                         remoting::RemotingCommand&, Reply reply) {
  reply.body(parts_.schedule.to_json_for_slave());
}

void AdminBrokerProcessor::config(const remoting::RequestContext&, remoting::RemotingCommand&,
                                  Reply reply) {
  const BrokerConfigAnswer header{.version = dump_json(nlohmann::json(parts_.config.version()))};
  reply(header, parts_.config.print());
}

void AdminBrokerProcessor::update_config(const remoting::RequestContext& context,
                                         remoting::RemotingCommand& request, Reply reply) {
  const auto changed = parts_.config.apply(request.body);
  if (!changed) {
    spdlog::warn("change of the configuration by {} refused: {}", context.channel->remote().text(),
                 changed.error().remark);
    return reply(changed.error());
  }
  reply();
}

void AdminBrokerProcessor::runtime_info(const remoting::RequestContext&, remoting::RemotingCommand&,
                                        Reply reply) {
  reply.body(
      remoting::encode_body(remoting::KvTable{.table = parts_.figures.texts(in_runtime_info)}));
}

void AdminBrokerProcessor::ha_status(const remoting::RequestContext&, remoting::RemotingCommand&,
                                     Reply reply) {
  const ha::HaState state = parts_.replication.state();
  remoting::HaRuntimeInfo info{
      .is_master = state.role != store::BrokerRole::Slave,
      .master_commit_log_max_offset = state.log_end,
      .in_sync_slave_nums = static_cast<std::int32_t>(state.slaves_in_sync()),
      .client = {.master_addr = state.master.address,
                 .transferred_byte_in_second = state.master.bytes_per_second,
                 .max_offset = state.log_end,
                 .last_read_timestamp_ms = state.master.last_read_ms,
                 .last_write_timestamp_ms = state.master.last_write_ms}};
  for (const ha::SlaveState& slave : state.slaves) {
    info.slaves.push_back({.addr = slave.address,
                           .slave_ack_offset = slave.acknowledged,
                           .diff = slave.lag_bytes,
                           .in_sync = slave.is_in_sync,
                           .transferred_byte_in_second = slave.bytes_per_second,
                           .transfer_from_where = slave.next});
  }
  reply.body(remoting::encode_body(info));
}

void AdminBrokerProcessor::stats_data(const remoting::RequestContext&,
                                      remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::ViewBrokerStatsRequestHeader>(request);
  if (!header) return reply(header.error());
  // Collectors ask this for every topic and group there is: a miss is no event.
  if (const auto data = parts_.stats.view(header->statsName, header->statsKey))
    return reply.body(remoting::encode_body(*data));
  reply(ResponseCode::SystemError,
        "The stats <" + header->statsName + "> <" + header->statsKey + "> not exist");
}

void AdminBrokerProcessor::consume_queue(const remoting::RequestContext&,
                                         remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::QueryConsumeQueueRequestHeader>(request);
  if (!header) return reply(header.error());
  if (auto checked = check_name("topic", header->topic); !checked) return reply(checked.error());
  const auto bounds = parts_.reader.queue_bounds(header->topic, header->queueId);
  if (header->queueId < 0 || bounds.max_offset == 0) {
    return reply(ResponseCode::SystemError,
                 std::to_string(header->queueId) + "@" + header->topic + " is not exist!");
  }
  if (header->index < 0 || header->count < 0) {
    return reply(ResponseCode::SystemError, "index and count must be 0 or more, not " +
                                                std::to_string(header->index) + " and " +
                                                std::to_string(header->count));
  }
  remoting::ConsumeQueueData data{.min_queue_index = bounds.min_offset,
                                  .max_queue_index = bounds.max_offset};
  for (const auto& unit : parts_.reader.units(header->topic, header->queueId, header->index,
                                              std::min(header->count, units_max))) {
    data.units.push_back({unit.physical_offset, unit.size, unit.tags_code});
  }
  if (const auto group = header->consumerGroup.value_or(""); !group.empty()) {
    const auto online = parts_.consumers.subscription_of(group, header->topic);
    if (online && online->subscription != nullptr) data.subscription = *online->subscription;
  }
  reply.body(remoting::encode_body(data));
}

void AdminBrokerProcessor::clean_queues(const remoting::RequestContext& context,
                                        remoting::RemotingCommand&, Reply reply) {
  spdlog::info("cleaning of the queues asked for by {}", context.channel->remote().text());
  parts_.administration.clean_queues();
  reply();
}

void AdminBrokerProcessor::delete_expired_files(const remoting::RequestContext& context,
                                                remoting::RemotingCommand&, Reply reply) {
  spdlog::info("deletion of expired files asked for by {}", context.channel->remote().text());
  parts_.administration.delete_expired_files();
  reply();
}

}  // namespace rocketmq::broker
