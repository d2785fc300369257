#pragma once

namespace rocketmq {

/// Keeps SIGINT, SIGTERM and SIGHUP from ending the process before wait_for_stop_signal() sees them, and SIGPIPE from
/// ending it at all. Call it in main before any thread is started.
void block_stop_signals();
/// Waits for SIGINT, SIGTERM or SIGHUP and answers its number. A further signal during the stop has no effect.
int wait_for_stop_signal();

}  // namespace rocketmq
