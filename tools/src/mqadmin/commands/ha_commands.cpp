#include <chrono>
#include <string>
#include <thread>

#include "mqadmin/commands/brokers.hpp"
#include "mqadmin/frame/command.hpp"
#include "mqadmin/frame/times.hpp"
#include "rocketmq/client/broker_requests.hpp"

namespace rocketmq::mqadmin {
namespace {

/// `%.2f` of what the servers count in bytes.
std::string kilobytes(std::int64_t bytes) {
  return fmt::sprintf("%.2f", static_cast<double>(bytes) / 1024.0);
}

void show_master(Output& out, const std::string& address, const remoting::HaRuntimeInfo& info) {
  out.print(
      "\n#MasterAddr\t%s\n#MasterCommitLogMaxOffset\t%d\n#SlaveNum\t%d\n#InSyncSlaveNum\t%d\n",
      address, info.master_commit_log_max_offset, info.slaves.size(), info.in_sync_slave_nums);
  out.value(address, "masterCommitLogMaxOffset", info.master_commit_log_max_offset);
  out.value(address, "slaveNum", info.slaves.size());
  out.value(address, "inSyncSlaveNum", info.in_sync_slave_nums);
  Table table = out.table("slaves of " + address, {{"#SlaveAddr", "%-32s  "},
                                                   {"#SlaveAckOffset", "%-16s "},
                                                   {"#Diff", "%16s "},
                                                   {"#TransferSpeed(KB/s)", "%16s "},
                                                   {"#Status", "%16s "},
                                                   {"#TransferFromWhere", "%16s"}});
  for (const auto& slave : info.slaves) {
    table.row({slave.addr, slave.slave_ack_offset, slave.diff,
               kilobytes(slave.transferred_byte_in_second), slave.in_sync ? "OK" : "Fall Behind",
               slave.transfer_from_where});
  }
}

void show_slave(Output& out, const std::string& address,
                const remoting::HaRuntimeInfo::Client& link) {
  out.print(
      "\n#MasterAddr\t%s\n#CommitLogMaxOffset\t%d\n#TransferSpeed(KB/s)\t%s\n#LastReadTime\t%s\n"
      "#LastWriteTime\t%s\n#MasterFlushOffset\t%d\n",
      link.master_addr, link.max_offset, kilobytes(link.transferred_byte_in_second),
      second_text(link.last_read_timestamp_ms), second_text(link.last_write_timestamp_ms),
      link.master_flush_offset);
  out.value(address, "masterAddr", link.master_addr);
  out.value(address, "commitLogMaxOffset", link.max_offset);
  out.value(address, "transferredByteInSecond", link.transferred_byte_in_second);
  out.value(address, "lastReadTimestamp", link.last_read_timestamp_ms);
  out.value(address, "lastWriteTimestamp", link.last_write_timestamp_ms);
  out.value(address, "masterFlushOffset", link.master_flush_offset);
}

Outcome<void> ha_status(Context& context) {
  const Arguments& arguments = context.arguments();
  for (;;) {
    const auto brokers = chosen_masters(context);
    if (!brokers) return brokers.error();
    for (const Broker& broker : *brokers) {
      const auto info = client::query_ha_status(context.client(), broker.address, request_timeout);
      if (!info) {
        context.report(info.error(), broker.address);
      } else if (info->is_master) {
        show_master(context.out(), broker.address, *info);
      } else {
        show_slave(context.out(), broker.address, info->client);
      }
    }
    if (!arguments.has("i")) return {};
    context.out().finish();
    std::this_thread::sleep_for(std::chrono::seconds(arguments.get_number("i", 1)));
  }
}

}  // namespace

Commands ha_commands() {
  return {
      {"haStatus",
       "Show how far the slaves of brokers are",
       {one_of(1, text("b", "brokerAddr", "Address of a broker")),
        one_of(1, text("c", "clusterName", "The masters of a cluster")),
        number("i", "interval", "Repeat forever, after so many seconds", 1)},
       ha_status},
  };
}

}  // namespace rocketmq::mqadmin
