#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/result.hpp"

namespace rocketmq::remoting {

/// Response of GET_BROKER_HA_STATUS (907; spec/wire-requests.md G.9).
struct HaRuntimeInfo {
  /// A slave of the broker that was asked.
  struct Slave {
    /// "ip:port"
    std::string addr;
    std::int64_t slave_ack_offset = 0;
    /// Bytes of the log that it does not have.
    std::int64_t diff = 0;
    bool in_sync = false;
    std::int64_t transferred_byte_in_second = 0;
    /// Where it began.
    std::int64_t transfer_from_where = 0;
  };
  /// The link of the broker that was asked to its master.
  struct Client {
    std::string master_addr;
    std::int64_t transferred_byte_in_second = 0;
    std::int64_t max_offset = 0;
    std::int64_t last_read_timestamp_ms = 0;
    std::int64_t last_write_timestamp_ms = 0;
    std::int64_t master_flush_offset = 0;
  };

  bool is_master = true;
  std::int64_t master_commit_log_max_offset = 0;
  std::int32_t in_sync_slave_nums = 0;
  std::vector<Slave> slaves;
  Client client;
};
std::string encode_body(const HaRuntimeInfo& info);
Result<HaRuntimeInfo> decode_ha_runtime_info(std::string_view body);

}  // namespace rocketmq::remoting
