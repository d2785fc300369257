#include "spawn.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "errors.hpp"
#include "frames.hpp"
#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::filtersrv {
namespace {

/// Descriptors of the child are put at 3, 4 and 5: what they are copied from must be above.
Descriptor above_standard(int descriptor) {
  return Descriptor(::fcntl(descriptor, F_DUPFD_CLOEXEC, 16));
}

/// What the child needs, made before it exists: between clone() and execve() it may only make
/// system calls, because other threads of this process may have held any lock.
struct ChildPlan {
  const char* program = nullptr;
  int null = -1;
  std::array<int, 3> descriptors{};
  bool maps_user = false;
  const char* user_map = nullptr;
  const char* group_map = nullptr;
};

#define ROCKETMQ_NO_SANITIZER __attribute__((no_sanitize("address", "thread", "undefined")))

ROCKETMQ_NO_SANITIZER bool write_text(const char* path, const char* text) {
  std::size_t size = 0;
  while (text[size] != '\0') ++size;
  const long file = ::syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool is_written = ::syscall(SYS_write, file, text, size) == static_cast<long>(size);
  ::syscall(SYS_close, file);
  return is_written;
}

[[noreturn]] ROCKETMQ_NO_SANITIZER void run_child(const ChildPlan& plan) {
  bool is_well = ::syscall(SYS_setsid) >= 0;
  if (plan.maps_user) {
    is_well = write_text("/proc/self/setgroups", "deny") && is_well;
    is_well = write_text("/proc/self/uid_map", plan.user_map) && is_well;
    is_well = write_text("/proc/self/gid_map", plan.group_map) && is_well;
  }
  for (int standard = 0; standard < 3; ++standard) {
    is_well = ::syscall(SYS_dup3, plan.null, standard, 0) >= 0 && is_well;
  }
  for (int k = 0; k < 3; ++k) {
    const int from = plan.descriptors[static_cast<std::size_t>(k)];
    is_well = ::syscall(SYS_dup3, from, socket_fd + k, 0) >= 0 && is_well;
  }
  is_well = ::syscall(SYS_close_range, payload_fd + 1, ~0U, 0U) >= 0 && is_well;
  std::uint64_t no_signals = 0;
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &no_signals, nullptr, sizeof no_signals);
  char* const arguments[] = {const_cast<char*>(plan.program), nullptr};
  char* const environment[] = {nullptr};
  if (is_well) ::syscall(SYS_execve, plan.program, arguments, environment);
  ::syscall(SYS_exit_group, 127);
  __builtin_unreachable();
}

}  // namespace

Result<SpawnedProcess> spawn(const SpawnPlan& plan) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return os_error("socketpair", errno);
  SpawnedProcess process;
  process.socket = Descriptor(pair[0]);
  const Descriptor theirs(pair[1]);
  if (::fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0) return os_error("O_NONBLOCK", errno);

  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) return os_error("/dev/null", errno);
  const Descriptor high_null = above_standard(null.get());
  const Descriptor socket = above_standard(theirs.get());
  const Descriptor progress = above_standard(plan.progress >= 0 ? plan.progress : null.get());
  const Descriptor payload = above_standard(plan.payload >= 0 ? plan.payload : null.get());
  if (!high_null || !socket || !progress || !payload) return os_error("descriptors", errno);

  // Root within the namespace, to prepare it; the worker drops that.
  const std::string user_map = "0 " + std::to_string(::geteuid()) + " 1";
  const std::string group_map = "0 " + std::to_string(::getegid()) + " 1";
  const ChildPlan child{.program = plan.program.c_str(),
                        .null = high_null.get(),
                        .descriptors = {socket.get(), progress.get(), payload.get()},
                        .maps_user = (plan.namespaces & CLONE_NEWUSER) != 0,
                        .user_map = user_map.c_str(),
                        .group_map = group_map.c_str()};

  // No handler of this process may run in the child.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  int pidfd = -1;
  const unsigned long flags = plan.namespaces | CLONE_PIDFD | SIGCHLD;
  const long pid = ::syscall(SYS_clone, flags, nullptr, &pidfd, nullptr, nullptr);
  if (pid == 0) run_child(child);
  const int failure = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return os_error("cannot make a process for a filter", failure);
  process.pid = static_cast<pid_t>(pid);
  process.pidfd = Descriptor(pidfd);
  return process;
}

SpawnThread::SpawnThread() : thread_(named_thread("filter-spawn", [this] { run(); })) {}

SpawnThread::~SpawnThread() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<SpawnedProcess> SpawnThread::spawn(const SpawnPlan& plan) {
  Request request{plan, std::nullopt};
  std::unique_lock lock(mutex_);
  requests_.push_back(&request);
  changed_.notify_all();
  changed_.wait(lock, [&] { return request.result.has_value(); });
  return std::move(*request.result);
}

void SpawnThread::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stops_ || !requests_.empty(); });
    if (requests_.empty()) return;
    Request& request = *requests_.front();
    requests_.pop_front();
    lock.unlock();
    auto result = filtersrv::spawn(request.plan);
    lock.lock();
    request.result.emplace(std::move(result));
    changed_.notify_all();
  }
}

}  // namespace rocketmq::filtersrv
