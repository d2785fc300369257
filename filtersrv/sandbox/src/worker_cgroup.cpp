#include "worker_cgroup.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

#include "errors.hpp"
#include "rocketmq/common/descriptor.hpp"

namespace rocketmq::filtersrv {
namespace {

constexpr int removal_attempts = 200;
constexpr std::chrono::milliseconds removal_pause{5};

bool write_value(const std::string& file, const std::string& value) {
  const Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return descriptor && ::write(descriptor.get(), value.data(), value.size()) ==
                           static_cast<ssize_t>(value.size());
}

}  // namespace

Result<std::unique_ptr<WorkerCgroup>> WorkerCgroup::make(const std::string& parent,
                                                         std::uint64_t memory_bytes,
                                                         std::uint64_t processes) {
  static std::atomic<std::uint64_t> last{0};
  const std::string directory =
      parent + "/filter-" + std::to_string(::getpid()) + "-" + std::to_string(++last);
  if (::mkdir(directory.c_str(), 0755) != 0) return os_error("cannot make the cgroup " + directory);
  auto group = std::make_unique<WorkerCgroup>(directory);
  if (!write_value(directory + "/memory.max", std::to_string(memory_bytes)) ||
      !write_value(directory + "/pids.max", std::to_string(processes))) {
    return os_error("cannot limit the cgroup " + directory);
  }
  // Not there where the kernel counts no swap.
  write_value(directory + "/memory.swap.max", "0");
  return group;
}

WorkerCgroup::~WorkerCgroup() {
  // All that is left in it, such as what a compiler has made. Not there before Linux 5.14.
  write_value(directory_ + "/cgroup.kill", "1");
  // A process belongs to its group until the kernel is done with it.
  for (int attempt = 0; attempt < removal_attempts; ++attempt) {
    if (::rmdir(directory_.c_str()) == 0 || errno == ENOENT) return;
    if (errno != EBUSY) break;
    std::this_thread::sleep_for(removal_pause);
  }
  spdlog::warn("cannot remove the cgroup {}: {}", directory_,
               std::generic_category().message(errno));
}

Result<void> WorkerCgroup::add(pid_t process) {
  if (!write_value(directory_ + "/cgroup.procs", std::to_string(process)))
    return os_error("cannot put a worker into the cgroup " + directory_);
  return {};
}

}  // namespace rocketmq::filtersrv
