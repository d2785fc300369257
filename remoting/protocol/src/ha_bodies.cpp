#include "rocketmq/protocol/ha_bodies.hpp"

#include <nlohmann/json.hpp>

#include "body_json.hpp"

namespace rocketmq::remoting {

using nlohmann::json;

std::string encode_body(const HaRuntimeInfo& info) {
  auto slaves = json::array();
  for (const HaRuntimeInfo::Slave& slave : info.slaves) {
    slaves.push_back({{"addr", slave.addr},
                      {"diff", slave.diff},
                      {"inSync", slave.in_sync},
                      {"slaveAckOffset", slave.slave_ack_offset},
                      {"transferFromWhere", slave.transfer_from_where},
                      {"transferredByteInSecond", slave.transferred_byte_in_second}});
  }
  json client = {{"lastReadTimestamp", info.client.last_read_timestamp_ms},
                 {"lastWriteTimestamp", info.client.last_write_timestamp_ms},
                 {"masterFlushOffset", info.client.master_flush_offset},
                 {"maxOffset", info.client.max_offset},
                 {"transferredByteInSecond", info.client.transferred_byte_in_second}};
  if (!info.client.master_addr.empty()) client["masterAddr"] = info.client.master_addr;
  return dump_json({{"haClientRuntimeInfo", client},
                    {"haConnectionInfo", slaves},
                    {"inSyncSlaveNums", info.in_sync_slave_nums},
                    {"master", info.is_master},
                    {"masterCommitLogMaxOffset", info.master_commit_log_max_offset}});
}

static bool read_json(JsonReader& in, HaRuntimeInfo::Slave& slave) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "addr")) return in.read(slave.addr);
    if (json_name_is(name, "diff")) return in.read(slave.diff);
    if (json_flag_is(name, "inSync")) return in.read(slave.in_sync);
    if (json_name_is(name, "slaveAckOffset")) return in.read(slave.slave_ack_offset);
    if (json_name_is(name, "transferFromWhere")) return in.read(slave.transfer_from_where);
    if (json_name_is(name, "transferredByteInSecond"))
      return in.read(slave.transferred_byte_in_second);
    return in.skip();
  });
}

static bool read_json(JsonReader& in, HaRuntimeInfo::Client& client) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "lastReadTimestamp")) return in.read(client.last_read_timestamp_ms);
    if (json_name_is(name, "lastWriteTimestamp")) return in.read(client.last_write_timestamp_ms);
    if (json_name_is(name, "masterAddr")) return in.read(client.master_addr);
    if (json_name_is(name, "masterFlushOffset")) return in.read(client.master_flush_offset);
    if (json_name_is(name, "maxOffset")) return in.read(client.max_offset);
    if (json_name_is(name, "transferredByteInSecond"))
      return in.read(client.transferred_byte_in_second);
    return in.skip();
  });
}

static bool read_json(JsonReader& in, HaRuntimeInfo& info) {
  return in.object([&](std::string_view name) {
    if (json_flag_is(name, "master")) return in.read(info.is_master);
    if (json_name_is(name, "masterCommitLogMaxOffset"))
      return in.read(info.master_commit_log_max_offset);
    if (json_name_is(name, "inSyncSlaveNums")) return in.read(info.in_sync_slave_nums);
    if (json_name_is(name, "haClientRuntimeInfo")) return read_json(in, info.client);
    if (json_name_is(name, "haConnectionInfo"))
      return in.array([&] { return read_json(in, info.slaves.emplace_back()); });
    return in.skip();
  });
}

Result<HaRuntimeInfo> decode_ha_runtime_info(std::string_view body) {
  return parse_json_object<HaRuntimeInfo>("state of the replication", body);
}

}  // namespace rocketmq::remoting
