#pragma once

#include <functional>

namespace rocketmq {

/// Keeps SIGINT, SIGTERM, SIGHUP and SIGQUIT from ending the process before wait_for_stop_signal()
/// sees them, and SIGPIPE and SIGXFSZ from ending it at all; how processes that it starts end can
/// be waited for. Call it in main before any thread is started.
void block_stop_signals();
/// What signals do that end nothing.
struct SignalActions {
  /// SIGQUIT, by which operators ask other daemons for a dump of their threads.
  std::function<void()> on_quit;
  /// SIGHUP, which log rotation sends. A daemon that was started under nohup does not get it.
  std::function<void()> on_hang_up;
};
/// Waits for SIGINT or SIGTERM and returns its number. A further signal during the stop has no
/// effect.
int wait_for_stop_signal(const SignalActions& actions = {});

/// Has blocks of 512 KiB and more returned to the system when they are freed. glibc raises that
/// size to 32 MiB as such blocks come and go, and keeps them in the arena of the thread that asked
/// for them: some hundred responses of several MiB left 470 MiB behind. Call it in main before any
/// thread is started.
void return_large_blocks();

}  // namespace rocketmq
