#pragma once

#include <functional>

namespace rocketmq {

/// Keeps SIGINT, SIGTERM, SIGHUP and SIGQUIT from ending the process before wait_for_stop_signal()
/// sees them, and SIGPIPE and SIGXFSZ from ending it at all. Call it in main before any thread is
/// started.
void block_stop_signals();
/// Waits for SIGINT, SIGTERM or SIGHUP and returns its number. A further signal during the stop has
/// no effect. SIGQUIT, by which operators ask other daemons for a dump of their threads, calls
/// `on_quit` and ends nothing.
int wait_for_stop_signal(const std::function<void()>& on_quit = {});

/// Has blocks of 512 KiB and more returned to the system when they are freed. glibc raises that
/// size to 32 MiB as such blocks come and go, and keeps them in the arena of the thread that asked
/// for them: some hundred responses of several MiB left 470 MiB behind. Call it in main before any
/// thread is started.
void return_large_blocks();

}  // namespace rocketmq
