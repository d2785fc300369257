#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pulls/record_layout.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/filtersrv/filter_engine.hpp"
#include "rocketmq/filtersrv/filter_server_settings.hpp"

namespace rocketmq::filtersrv {

/// What a filter has left of the messages of one pull.
struct JudgedBatch {
  /// The queue offset of the first message that the filter has not judged, or for whose body there
  /// was no room, if it has not judged them all: the consumer's next pull begins there.
  std::optional<std::int64_t> next_offset;
  /// The records that are delivered, back to back.
  std::string body;
  std::int64_t judged = 0;
  std::int64_t delivered = 0;
  /// The filter, or the body that it asked for, failed on these; they are delivered or skipped as
  /// the setting says.
  std::int64_t failed = 0;
};

struct JudgeOptions {
  BodyCompression compression;
  FailedMessages failed_messages = FailedMessages::Skip;
};

/// Runs the filter on the records of a response to a pull. Error: the bytes are no records, or the
/// filter could not judge even the first: nothing of the batch may be delivered or skipped then.
/// May take as long as the filter's engine allows; on a pool's thread.
Result<JudgedBatch> judge(Filter& filter, std::string_view records, const JudgeOptions& options);

}  // namespace rocketmq::filtersrv
