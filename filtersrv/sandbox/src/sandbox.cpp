#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "errors.hpp"
#include "rocketmq/common/own_program.hpp"
#include "rocketmq/filtersrv/language_mark.hpp"
#include "rocketmq/filtersrv/trusted_file.hpp"
#include "sandbox_parts.hpp"

namespace rocketmq::filtersrv {
namespace {

constexpr std::uint32_t all_namespaces =
    CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;

}  // namespace

Result<std::unique_ptr<Sandbox>> Sandbox::start(const SandboxSettings& settings,
                                                const Clock& clock) {
  SandboxSettings own = settings;
  if (own.worker_program.empty()) own.worker_program = beside_own_program("mqfilterworker");
  if (auto checked = check_trusted_file("the program", own.worker_program); !checked)
    return checked.error();
  std::unique_ptr<SandboxParts> sandbox;
  try {
    sandbox = std::make_unique<SandboxParts>(own, clock);
  } catch (const std::exception& failure) {  // no thread or descriptor can be had
    return system_error(failure.what());
  }
  if (auto probed = sandbox->probe(); !probed) return probed.error();
  return std::unique_ptr<Sandbox>(std::move(sandbox));
}

Result<void> SandboxParts::probe() {
  // Root makes namespaces itself, others within one of users; a container may allow only some.
  std::array<std::uint32_t, 5> attempts{all_namespaces, all_namespaces | CLONE_NEWUSER,
                                        (all_namespaces & ~CLONE_NEWNS) | CLONE_NEWUSER,
                                        CLONE_NEWUSER | CLONE_NEWNET, 0};
  Error last;
  for (const std::uint32_t attempt : attempts) {
    if (!settings_.use_namespaces && attempt != 0) continue;
    namespaces_ = attempt;
    auto worker = Worker::start(spawner_, plan(WorkerTask::kProbe, WorkerLimits{}));
    if (worker) {
      containment_ = (*worker)->containment();
      return {};
    }
    last = worker.error();
  }
  return system_error("this machine cannot hold a filter's process: " + last.remark);
}

std::string SandboxParts::containment() const {
  std::string text;
  for (const auto& [bit, name] : std::initializer_list<std::pair<std::uint32_t, const char*>>{
           {kSeccomp, "seccomp"},
           {kLandlock, "landlock"},
           {kMountNamespace, "own root directory"},
           {kNetworkNamespace, "own network"},
           {kPidNamespace, "own processes"},
           {kUserNamespace, "user namespace"},
           {kUnprivilegedUser, "unprivileged user"},
           {kCgroup, "cgroup"}}) {
    if ((containment_ & bit) == 0) continue;
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

WorkerPlan SandboxParts::plan(WorkerTask task, const WorkerLimits& limits) const {
  WorkerPlan plan;
  plan.program = settings_.worker_program;
  plan.cgroup = settings_.cgroup;
  plan.stop = &stop_;
  plan.start_deadline = limits.start_deadline;
  plan.message_deadline = limits.message_deadline + limits.kill_grace;
  plan.batch_deadline = limits.batch_deadline;
  // So that a message that is begun at the end of it has its own time before the deadline.
  plan.batch_time =
      std::max(limits.batch_deadline - plan.message_deadline, limits.batch_deadline / 4);
  plan.setup.task = task;
  plan.setup.namespaces = namespaces_;
  plan.setup.memory_bytes = limits.memory_bytes;
  plan.setup.cpu_seconds = static_cast<std::uint64_t>(limits.processor_time.count());
  plan.setup.open_files = 16;
  plan.setup.processes = 1;
  plan.setup.message_deadline_ms = static_cast<std::uint32_t>(limits.message_deadline.count());
  plan.setup.user_id = settings_.user_id;
  plan.setup.group_id = settings_.group_id;
  return plan;
}

Result<void> SandboxParts::check_hides_files(const std::string& place) const {
  if ((containment_ & (kLandlock | kMountNamespace)) != 0) return {};
  return system_error(
      "this machine has neither Landlock nor mount namespaces for filters, so files would be " +
      place + "; it has: " + containment());
}

Result<void> SandboxParts::check_source(const FilterSource& source) const {
  if (source.text.size() > settings_.source_bytes_max) {
    return system_error("the source of " + printable_lines(source.class_name) + " has " +
                        std::to_string(source.text.size()) + " bytes, more than the " +
                        std::to_string(settings_.source_bytes_max) + " that are allowed");
  }
  bool is_name = !source.class_name.empty() && source.class_name.size() <= 255;
  bool begins = true;
  for (const char c : source.class_name) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool is_digit = c >= '0' && c <= '9';
    is_name = is_name && (is_letter || (!begins && (is_digit || c == '.')));
    begins = c == '.';
  }
  if (!is_name || begins) {
    return system_error("'" + printable_lines(source.class_name) +
                        "' is no class name: identifiers with dots between them");
  }
  return {};
}

bool is_marked_for(std::string_view text, std::string_view language) {
  return read_language_mark(text).language == language;
}

std::string without_mark(std::string_view text) {
  const LanguageMark mark = read_language_mark(text);
  std::string rest(mark.text);
  if (!mark.language.empty()) rest.insert(0, 1, '\n');
  return rest;
}

std::string beside_own_program(const char* name) {
  return (own_program().parent_path() / name).string();
}

Result<Descriptor> memory_file(const char* name, std::string_view content) {
  Descriptor file(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return os_error("memfd_create");
  for (std::size_t at = 0; at < content.size();) {
    const ssize_t wrote = ::write(file.get(), content.data() + at, content.size() - at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return os_error("a file in memory");
    at += static_cast<std::size_t>(wrote);
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0 ||
      ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) !=
          0)
    return os_error("a file in memory");
  return file;
}

}  // namespace rocketmq::filtersrv
