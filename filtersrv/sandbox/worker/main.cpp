// mqfilterworker: a process that runs one user's filter, or compiles one, and can do nothing else.
// Started by mqfiltersrv only. It becomes two processes: a guard, which waits and passes on how the
// other ended, and the worker.
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>
#include <vector>

#include "conversation.hpp"
#include "jail.hpp"

namespace rocketmq::filtersrv {

void fail(const std::string& why) {
  send_frame(FrameKind::kRefused, why);
  ::_exit(1);
}

void fail_errno(const std::string& what) {
  fail(what + ": " + std::generic_category().message(errno));
}

namespace {

/// Becomes the compiler or the JVM. Its output, or its conversation, is on the socket.
[[noreturn]] void become(const WorkerSetup& setup) {
  // A JVM has the socket as its input only, in both directions: it prints by itself at times.
  const bool is_compiler = setup.task == WorkerTask::kCompile;
  if (::dup2(is_compiler ? payload_fd : socket_fd, 0) < 0) ::_exit(126);
  if (is_compiler && (::dup2(socket_fd, 1) < 0 || ::dup2(socket_fd, 2) < 0)) ::_exit(126);
  std::vector<char*> arguments;
  std::vector<char*> environment;
  for (const std::string& text : setup.command)
    arguments.push_back(const_cast<char*>(text.c_str()));
  for (const std::string& text : setup.environment)
    environment.push_back(const_cast<char*>(text.c_str()));
  arguments.push_back(nullptr);
  environment.push_back(nullptr);
  ::close(socket_fd);
  ::close(progress_fd);
  ::close(payload_fd);
  ::execve(arguments[0], arguments.data(), environment.data());
  ::_exit(126);
}

[[noreturn]] void run_worker(const WorkerSetup& setup) {
  bind_to_parent();
  const bool has_own_root = (setup.namespaces & CLONE_NEWNS) != 0;
  if (has_own_root) enter_private_root(setup, setup.task == WorkerTask::kCpp);
  map_progress();
  std::uint32_t held = kSeccomp;
  if (has_own_root) held |= kMountNamespace;
  if ((setup.namespaces & CLONE_NEWNET) != 0) held |= kNetworkNamespace;
  if ((setup.namespaces & CLONE_NEWPID) != 0) held |= kPidNamespace;
  if ((setup.namespaces & CLONE_NEWUSER) != 0) held |= kUserNamespace;
  held |= drop_privileges(setup);
  if (restrict_files(setup)) held |= kLandlock;
  set_limits(setup);
  std::string answer;
  FrameWriter(answer).number(held);
  // Before the last step: its rules for a compiler do not know this process's socket.
  restrict_system_calls(setup.task);
  send_frame(FrameKind::kJailed, answer);
  switch (setup.task) {
    case WorkerTask::kProbe: ::_exit(0);
    case WorkerTask::kLua: run_lua(setup);
    case WorkerTask::kCpp: run_cpp(setup);
    case WorkerTask::kCompile:
    case WorkerTask::kJava: become(setup);
  }
  ::_exit(2);
}

/// Waits for the worker, and for what it has left in their PID namespace, whose first process this
/// is. The exit status is the worker's, or 128 and the number of the signal that ended it.
[[noreturn]] void guard(pid_t worker, const WorkerSetup& setup) {
  for (const int descriptor : {socket_fd, progress_fd, payload_fd}) ::close(descriptor);
  // The server sees nothing of a failure here; the guard runs no user's code.
  drop_privileges(setup);
  restrict_system_calls_of_guard();
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, 0);
    if (ended < 0 && errno != EINTR) ::_exit(2);
    if (ended != worker) continue;
    ::_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
  }
}

int run() {
  ::signal(SIGPIPE, SIG_DFL);
  struct stat state {};
  if (::fstat(socket_fd, &state) != 0 || !S_ISSOCK(state.st_mode)) {
    constexpr char usage[] = "mqfilterworker is started by mqfiltersrv, not by hand\n";
    return ::write(2, usage, sizeof usage - 1) < 0 ? 2 : 1;
  }
  bind_to_parent();
  const Frame frame = next_frame();
  WorkerSetup setup;
  if (frame.header.kind != static_cast<std::uint32_t>(FrameKind::kSetup) ||
      !setup.decode(frame.payload)) {
    fail("the setup cannot be read");
  }
  const pid_t worker = ::fork();
  if (worker < 0) fail_errno("cannot make a process");
  if (worker == 0) run_worker(setup);
  guard(worker, setup);
}

}  // namespace
}  // namespace rocketmq::filtersrv

int main() { return rocketmq::filtersrv::run(); }
