#include "worker_cgroup.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "errors.hpp"

namespace rocketmq::filtersrv {
namespace {

bool write_value(const std::string& file, const std::string& value) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool is_written =
      ::write(descriptor, value.data(), value.size()) == static_cast<ssize_t>(value.size());
  ::close(descriptor);
  return is_written;
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

WorkerCgroup::~WorkerCgroup() { ::rmdir(directory_.c_str()); }

Result<void> WorkerCgroup::add(pid_t process) {
  if (!write_value(directory_ + "/cgroup.procs", std::to_string(process)))
    return os_error("cannot put a worker into the cgroup " + directory_);
  return {};
}

}  // namespace rocketmq::filtersrv
