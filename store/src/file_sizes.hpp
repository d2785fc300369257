#pragma once

#include <optional>

#include "rocketmq/common/result.hpp"
#include "rocketmq/store/file_system.hpp"
#include "rocketmq/store/store_config.hpp"
#include "store_checkpoint.hpp"

namespace rocketmq::store {

/// Refuses a configuration with other lengths of queue and index files than those with which the
/// store was made. A file of another length is treated as damaged instead when the checkpoint knows
/// that the configured length is the right one, or when the files do not agree on another one.
Result<void> check_file_sizes(FileSystem& file_system, const StoreConfig& config,
                              std::int64_t queue_file_bytes,
                              const std::optional<StoreCheckpoint::FileSizes>& made_with);

}  // namespace rocketmq::store
