#pragma once

#include "rocketmq/common/result.hpp"
#include "rocketmq/store/file_system.hpp"
#include "rocketmq/store/store_config.hpp"

namespace rocketmq::store {

/// Refuses a directory whose messages, queues or tables lie in a form that this broker does not
/// read, and in which it would find a store that is empty or old: databases of RocksDB, the log of
/// DLedger, a log that a controller has divided into epochs, queues of batches (spec/store.md
/// §1.3). Changes nothing. Error: what it is, where that was seen, and what can be done.
Result<void> refuse_foreign_store(FileSystem& file_system, const StoreConfig& config);

}  // namespace rocketmq::store
