#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace rocketmq::test {

struct ProcessOptions {
  std::vector<std::string> arguments;
  /// Added to this process's environment, replacing what is there. Give a daemon HOME, or it logs
  /// into the real one.
  std::map<std::string, std::string> environment;
  /// Taken out of the environment.
  std::vector<std::string> without_environment;
  /// Working directory; empty keeps ours.
  std::filesystem::path directory;
};

/// A daemon or tool that a test starts, watches and ends. Nothing is left: the destructor
/// kills and reaps it, and the kernel kills it when the thread that started it ends (so start it on
/// a thread that outlives it, as the test's own).
///
/// What it writes is read by a thread of this object and kept, so that it never blocks on a full
/// pipe. One thread at a time may call signal/stop/kill/wait; the others may be called on any
/// thread.
class Process {
 public:
  using Milliseconds = std::chrono::milliseconds;

  /// Starts `program` (a path, not searched for). Throws std::runtime_error when it cannot be
  /// executed.
  Process(std::string program, ProcessOptions options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }

  /// Waits until a line that contains `text` has been written to standard output or standard error,
  /// and returns it. Nothing: the time is over, or the process ended without it. Lines written
  /// before the call count.
  std::optional<std::string> wait_for_line(std::string_view text,
                                           Milliseconds timeout = Milliseconds(120'000));
  /// What has been written so far; all of it once wait() has returned.
  std::string output() const;
  std::string error_output() const;

  /// Waits for the end. Returns the exit code, or minus the signal's number when a signal ended it;
  /// nothing: still running.
  std::optional<int> wait(Milliseconds timeout = Milliseconds(120'000));
  bool is_running() { return !wait(Milliseconds(0)); }
  void signal(int number);
  /// Orderly stop: SIGTERM, then wait.
  std::optional<int> stop(Milliseconds timeout = Milliseconds(120'000));
  /// SIGKILL, and reaps. Returns as wait().
  std::optional<int> kill();

 private:
  enum Stream { Output = 0, ErrorOutput = 1 };

  void spawn(const std::string& program, const ProcessOptions& options);
  void read_streams();
  void append(Stream stream, std::string_view bytes);
  std::optional<std::string> find_line(std::string_view text) const;

  pid_t pid_ = -1;
  int pid_fd_ = -1;
  int stop_fd_ = -1;
  std::array<int, 2> pipes_{-1, -1};
  std::optional<int> exit_;
  std::thread reader_;

  mutable std::mutex mutex_;
  std::condition_variable written_;
  std::array<std::string, 2> text_;  // guarded by mutex_
  bool ended_ = false;               // guarded by mutex_; both streams are at their end
};

namespace process_detail {

inline std::vector<std::string> environment_of(const ProcessOptions& options) {
  std::map<std::string, std::string> merged;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      merged[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  for (const std::string& name : options.without_environment) merged.erase(name);
  for (const auto& [name, value] : options.environment) merged[name] = value;
  std::vector<std::string> entries;
  entries.reserve(merged.size());
  for (const auto& [name, value] : merged) entries.push_back(name + '=' + value);
  return entries;
}

inline std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

inline void make_pipe(int (&ends)[2]) {
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw std::runtime_error("pipe2: " + std::string(std::strerror(errno)));
}

}  // namespace process_detail

inline Process::Process(std::string program, ProcessOptions options) {
  spawn(program, options);
  reader_ = std::thread([this] { read_streams(); });
}

inline Process::~Process() {
  kill();
  const std::uint64_t one = 1;
  // Wakes the reader even when a grandchild still holds the streams open.
  [[maybe_unused]] const auto written = ::write(stop_fd_, &one, sizeof one);
  if (reader_.joinable()) reader_.join();
  for (const int fd : {pid_fd_, stop_fd_, pipes_[0], pipes_[1]}) ::close(fd);
}

inline void Process::spawn(const std::string& program, const ProcessOptions& options) {
  std::vector<std::string> arguments{program};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  std::vector<std::string> environment = process_detail::environment_of(options);
  const std::vector<char*> argv = process_detail::pointers_to(arguments);
  const std::vector<char*> envp = process_detail::pointers_to(environment);
  const std::string directory = options.directory.string();
  int out[2];
  int err[2];
  int failure[2];  // closed by a successful exec, else it brings errno
  process_detail::make_pipe(out);
  process_detail::make_pipe(err);
  process_detail::make_pipe(failure);
  const pid_t parent = ::getpid();

  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork: " + std::string(std::strerror(errno)));
  if (pid_ == 0) {
    // Only async-signal-safe calls between fork and exec: other threads of the test may hold locks.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(null, STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    if (directory.empty() || ::chdir(directory.c_str()) == 0)
      ::execve(argv[0], argv.data(), envp.data());
    const int error = errno;
    [[maybe_unused]] const auto written = ::write(failure[1], &error, sizeof error);
    ::_exit(127);
  }
  ::close(out[1]);
  ::close(err[1]);
  ::close(failure[1]);
  pipes_ = {out[0], err[0]};
  pid_fd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  stop_fd_ = ::eventfd(0, EFD_CLOEXEC);
  int error = 0;
  const bool failed =
      ::read(failure[0], &error, sizeof error) == static_cast<ssize_t>(sizeof error);
  ::close(failure[0]);
  if (failed) {
    ::waitpid(pid_, nullptr, 0);
    for (const int fd : {pid_fd_, stop_fd_, pipes_[0], pipes_[1]}) ::close(fd);
    throw std::runtime_error("cannot execute " + program + ": " + std::strerror(error));
  }
}

inline void Process::read_streams() {
  std::array<pollfd, 3> watched{
      {{pipes_[0], POLLIN, 0}, {pipes_[1], POLLIN, 0}, {stop_fd_, POLLIN, 0}}};
  std::array<char, 16'384> buffer;
  while (watched[0].fd >= 0 || watched[1].fd >= 0) {
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) break;
    // Errors first: what was written before a line of output is there when that line is.
    for (const Stream stream : {ErrorOutput, Output}) {
      pollfd& pipe = watched[static_cast<std::size_t>(stream)];
      if (pipe.fd < 0 || pipe.revents == 0) continue;
      const ssize_t got = ::read(pipe.fd, buffer.data(), buffer.size());
      if (got > 0) {
        append(stream, {buffer.data(), static_cast<std::size_t>(got)});
      } else if (got == 0 || errno != EINTR) {
        pipe.fd = -1;  // poll ignores it from now on
      }
    }
    if (watched[2].revents != 0 && (watched[0].revents | watched[1].revents) == 0) break;
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  written_.notify_all();
}

inline void Process::append(Stream stream, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  text_[static_cast<std::size_t>(stream)].append(bytes);
  written_.notify_all();
}

inline std::optional<std::string> Process::find_line(std::string_view text) const {
  for (const std::string& stream : text_) {
    const auto at = stream.find(text);
    if (at == std::string::npos) continue;
    const auto end = stream.find('\n', at);
    if (end == std::string::npos && !ended_) continue;
    const auto before = at == 0 ? std::string::npos : stream.rfind('\n', at - 1);
    const auto begin = before == std::string::npos ? 0 : before + 1;
    return stream.substr(begin, end == std::string::npos ? end : end - begin);
  }
  return std::nullopt;
}

inline std::optional<std::string> Process::wait_for_line(std::string_view text,
                                                         Milliseconds timeout) {
  std::unique_lock lock(mutex_);
  std::optional<std::string> line;
  written_.wait_for(lock, timeout, [&] {
    line = find_line(text);
    return line.has_value() || ended_;
  });
  return line;
}

inline std::string Process::output() const {
  const std::lock_guard lock(mutex_);
  return text_[Output];
}

inline std::string Process::error_output() const {
  const std::lock_guard lock(mutex_);
  return text_[ErrorOutput];
}

inline std::optional<int> Process::wait(Milliseconds timeout) {
  if (exit_) return exit_;
  pollfd ended{pid_fd_, POLLIN, 0};
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<Milliseconds>(deadline - std::chrono::steady_clock::now());
    const int polled = ::poll(&ended, 1, left.count() < 0 ? 0 : static_cast<int>(left.count()));
    if (polled == 0) return std::nullopt;
    if (polled > 0) break;
    if (errno != EINTR) return std::nullopt;
  }
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  // The last words may still be in the pipes.
  std::unique_lock lock(mutex_);
  written_.wait_for(lock, Milliseconds(2'000), [&] { return ended_; });
  return exit_;
}

inline void Process::signal(int number) {
  if (!exit_) ::kill(pid_, number);
}

inline std::optional<int> Process::stop(Milliseconds timeout) {
  signal(SIGTERM);
  return wait(timeout);
}

inline std::optional<int> Process::kill() {
  signal(SIGKILL);
  return wait(Milliseconds(60'000));
}

}  // namespace rocketmq::test
