#pragma once

namespace rocketmq {

/// Opens the files of a daemon's log again, for a log that was renamed. Waits for that, 5 s at
/// most.
void reopen_logs();

}  // namespace rocketmq
