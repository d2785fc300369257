#pragma once

#include <functional>
#include <memory>
#include <string>

namespace rocketmq::client {

/// Keeps an object for the rest of the process.
void keep_forever(std::shared_ptr<void> object);
/// Writes why the process cannot continue to the log and to standard error, and aborts.
[[noreturn]] void abort_with(const std::string& reason);
/// Shuts a client down as its destructor does: what that throws is logged.
void shut_down_at_end(const char* kind, const std::function<void()>& shutdown);

/// The end of a client whose public object is destroyed; `kind` is "producer" or "consumer".
///
/// A client that was started before fork() is left as it is in the child: its threads, for which a
/// shutdown would wait, are the parent's. One that is destroyed in its own callback or listener
/// would wait for itself; continuing would leave that code running on what is gone.
template <class Impl>
void end_client(const std::shared_ptr<Impl>& impl, const char* kind) {
  if (impl->was_started_before_fork()) return keep_forever(impl);
  if (impl->is_in_own_code()) {
    abort_with(std::string("a ") + kind +
               " was destroyed in a callback or listener of its own, for whose end it would wait");
  }
  shut_down_at_end(kind, [&] { impl->shutdown(); });
}

}  // namespace rocketmq::client
