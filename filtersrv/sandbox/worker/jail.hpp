// What holds a worker. All functions are for a process with one thread, and end it through fail()
// if a step does not succeed: a worker that is not held never sees a user's code.
#pragma once

#include <string>

#include "frames.hpp"

namespace rocketmq::filtersrv {

/// Sends the text to the server as kRefused and ends the process.
[[noreturn]] void fail(const std::string& why);
/// The same, with the text of errno.
[[noreturn]] void fail_errno(const std::string& what);

/// Ends with the process that made this one, leaves no core and no view for others.
void bind_to_parent();

/// Replaces the root directory by an empty one that has `setup.paths` only, read-only but for
/// those that are to be written. With a payload and `copies_payload`, it is there as
/// `/filter.so`. Needs a mount namespace of its own.
void enter_private_root(const WorkerSetup& setup, bool copies_payload);

void set_limits(const WorkerSetup& setup);

/// Gives all privileges up, for good: another user if this one is root, no capabilities,
/// no_new_privs. Returns the bits of Containment that this has brought.
std::uint32_t drop_privileges(const WorkerSetup& setup);

/// Denies files but those of `setup.paths`. False if the kernel does not have Landlock.
bool restrict_files(const WorkerSetup& setup);

/// Allows the system calls of the task and no others.
void restrict_system_calls(WorkerTask task);

/// For kCpp once the filter is loaded: no files any more.
void restrict_system_calls_after_loading();

/// For the process that only waits for a worker.
void restrict_system_calls_of_guard();

}  // namespace rocketmq::filtersrv
