#pragma once

#include <functional>

namespace rocketmq {

/// Keeps SIGINT, SIGTERM, SIGHUP and SIGQUIT from ending the process before wait_for_stop_signal() sees them, and SIGPIPE
/// and SIGXFSZ from ending it at all. Call it in main before any thread is started.
void block_stop_signals();
/// Waits for SIGINT, SIGTERM or SIGHUP and returns its number. A further signal during the stop has no effect. SIGQUIT,
/// by which operators ask other daemons for a dump of their threads, calls `on_quit` and ends nothing.
int wait_for_stop_signal(const std::function<void()>& on_quit = {});

}  // namespace rocketmq
