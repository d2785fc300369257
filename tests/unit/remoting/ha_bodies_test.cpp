#include "rocketmq/protocol/ha_bodies.hpp"

#include <gtest/gtest.h>

namespace rocketmq::remoting {
namespace {

TEST(HaRuntimeInfo, IsWrittenAsTheSpecificationShowsIt) {
  const HaRuntimeInfo info{.is_master = true,
                           .master_commit_log_max_offset = 900,
                           .in_sync_slave_nums = 1,
                           .slaves = {{.addr = "10.0.0.2:41000",
                                       .slave_ack_offset = 900,
                                       .in_sync = true,
                                       .transfer_from_where = 900}}};
  EXPECT_EQ(encode_body(info),
            R"({"haClientRuntimeInfo":{"lastReadTimestamp":0,"lastWriteTimestamp":0,)"
            R"("masterFlushOffset":0,"maxOffset":0,"transferredByteInSecond":0},)"
            R"("haConnectionInfo":[{"addr":"10.0.0.2:41000","diff":0,"inSync":true,)"
            R"("slaveAckOffset":900,"transferFromWhere":900,"transferredByteInSecond":0}],)"
            R"("inSyncSlaveNums":1,"master":true,"masterCommitLogMaxOffset":900})");
}

TEST(HaRuntimeInfo, OfASlaveNamesItsMaster) {
  const HaRuntimeInfo info{.is_master = false,
                           .client = {.master_addr = "10.0.0.1:10912", .max_offset = 7}};
  EXPECT_NE(encode_body(info).find(R"("masterAddr":"10.0.0.1:10912","masterFlushOffset":0,)"
                                   R"("maxOffset":7)"),
            std::string::npos);
}

TEST(HaRuntimeInfo, IsReadAsItIsWritten) {
  const HaRuntimeInfo info{.is_master = false,
                           .master_commit_log_max_offset = 900,
                           .in_sync_slave_nums = 1,
                           .slaves = {{.addr = "10.0.0.2:41000",
                                       .slave_ack_offset = 800,
                                       .diff = 100,
                                       .in_sync = true,
                                       .transferred_byte_in_second = 5,
                                       .transfer_from_where = 7}},
                           .client = {.master_addr = "10.0.0.1:10912",
                                      .transferred_byte_in_second = 11,
                                      .max_offset = 12,
                                      .last_read_timestamp_ms = 13,
                                      .last_write_timestamp_ms = 14,
                                      .master_flush_offset = 15}};
  const auto read = decode_ha_runtime_info(encode_body(info));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(encode_body(*read), encode_body(info));
  EXPECT_FALSE(decode_ha_runtime_info("[]").has_value());
}

}  // namespace
}  // namespace rocketmq::remoting
