#include "jail.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

namespace rocketmq::filtersrv {
namespace {

// Of <linux/landlock.h>, whose version in Debian 12 ends before network and scopes.
struct LandlockRules {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scopes = 0;
};
struct __attribute__((packed)) LandlockPath {
  std::uint64_t allowed = 0;
  std::int32_t directory = -1;
};
constexpr std::uint64_t landlock_execute = 1U << 0;
constexpr std::uint64_t landlock_write_file = 1U << 1;
constexpr std::uint64_t landlock_read_file = 1U << 2;
constexpr std::uint64_t landlock_read_directory = 1U << 3;
constexpr std::uint64_t landlock_remove_file = 1U << 5;
constexpr std::uint64_t landlock_make_file = 1U << 8;
constexpr std::uint64_t landlock_refer = 1U << 13;
constexpr std::uint64_t landlock_truncate = 1U << 14;
constexpr std::uint64_t landlock_of_files =
    landlock_execute | landlock_write_file | landlock_read_file | landlock_truncate;

/// All rights that a version of Landlock knows.
LandlockRules all_rules(long version) {
  LandlockRules rules;
  rules.files = (1U << 13) - 1;
  if (version >= 2) rules.files |= landlock_refer;
  if (version >= 3) rules.files |= landlock_truncate;
  if (version >= 4) rules.network = 3;        // TCP: bind, connect
  if (version >= 5) rules.files |= 1U << 15;  // ioctl of devices
  if (version >= 6) rules.scopes = 3;         // abstract sockets, signals
  return rules;
}

std::uint64_t rights(PathAccess access) {
  constexpr std::uint64_t read = landlock_read_file | landlock_read_directory;
  switch (access) {
    case PathAccess::kRead: return read;
    case PathAccess::kReadExecute: return read | landlock_execute;
    case PathAccess::kWrite:
      return read | landlock_write_file | landlock_make_file | landlock_remove_file |
             landlock_truncate;
  }
  return 0;
}

void limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard, const char* name) {
  // Limits that are narrower already stay so.
  rlimit before{};
  if (::getrlimit(resource, &before) != 0) fail_errno(std::string("limit of ") + name);
  const rlimit value{std::min(soft, before.rlim_max), std::min(hard, before.rlim_max)};
  if (::setrlimit(resource, &value) != 0) fail_errno(std::string("limit of ") + name);
}

/// A copy of what is mounted at a path, in no place yet.
struct DetachedTree {
  int descriptor = -1;
  bool is_directory = false;
  std::string link_target;
};

DetachedTree detach(const JailPath& path) {
  DetachedTree tree;
  struct stat state {};
  if (::lstat(path.path.c_str(), &state) != 0) fail_errno("cannot see " + path.path);
  if (S_ISLNK(state.st_mode)) {
    tree.link_target = std::filesystem::read_symlink(path.path).string();
    return tree;
  }
  tree.is_directory = S_ISDIR(state.st_mode);
  tree.descriptor =
      ::open_tree(AT_FDCWD, path.path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (tree.descriptor < 0) fail_errno("open_tree of " + path.path);
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  if (path.access != PathAccess::kWrite) attributes.attr_set |= MOUNT_ATTR_RDONLY;
  if (path.access != PathAccess::kReadExecute) attributes.attr_set |= MOUNT_ATTR_NOEXEC;
  if (::mount_setattr(tree.descriptor, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes,
                      sizeof attributes) != 0) {
    fail_errno("mount_setattr of " + path.path);
  }
  return tree;
}

void copy_payload(const char* to) {
  const int out = ::open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
  if (out < 0) fail_errno("cannot make the filter's file");
  std::vector<char> part(64 * 1024);
  off_t at = 0;
  for (;;) {
    const ssize_t got = ::pread(payload_fd, part.data(), part.size(), at);
    if (got < 0) fail_errno("cannot read the filter");
    if (got == 0) break;
    if (::write(out, part.data(), static_cast<std::size_t>(got)) != got)
      fail_errno("cannot copy the filter");
    at += got;
  }
  ::close(out);
}

}  // namespace

void bind_to_parent() {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail_errno("PR_SET_PDEATHSIG");
  if (::prctl(PR_SET_DUMPABLE, 0) != 0) fail_errno("PR_SET_DUMPABLE");
}

void enter_private_root(const WorkerSetup& setup, bool copies_payload) {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    fail_errno("mounts cannot be made private");
  std::vector<DetachedTree> trees;
  for (const JailPath& path : setup.paths) trees.push_back(detach(path));

  // On top of a directory that every system has; nothing leads below it any more.
  const char* const root = "/tmp";
  if (::mount("none", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=64m,nr_inodes=4096,mode=0755") !=
      0)
    fail_errno("cannot mount an empty root");
  for (std::size_t k = 0; k < trees.size(); ++k) {
    const std::string target = root + setup.paths[k].path;
    std::error_code failure;
    std::filesystem::create_directories(std::filesystem::path(target).parent_path(), failure);
    if (failure)
      fail("cannot make the parents of " + setup.paths[k].path + ": " + failure.message());
    const DetachedTree& tree = trees[k];
    if (!tree.link_target.empty()) {
      if (::symlink(tree.link_target.c_str(), target.c_str()) != 0) fail_errno("link " + target);
      continue;
    }
    if (tree.is_directory) {
      std::filesystem::create_directories(target, failure);
      if (failure) fail("cannot make " + setup.paths[k].path + ": " + failure.message());
    } else {
      const int file = ::open(target.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0444);
      if (file < 0) fail_errno("cannot make " + setup.paths[k].path);
      ::close(file);
    }
    if (::move_mount(tree.descriptor, "", AT_FDCWD, target.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0)
      fail_errno("cannot mount " + setup.paths[k].path);
    ::close(tree.descriptor);
  }
  if (copies_payload) copy_payload("/tmp/filter.so");

  if (::chdir(root) != 0) fail_errno("chdir to the new root");
  if (::syscall(SYS_pivot_root, ".", ".") != 0) fail_errno("pivot_root");
  if (::umount2(".", MNT_DETACH) != 0) fail_errno("cannot unmount the old root");
  if (::chdir("/") != 0) fail_errno("chdir");
  if (::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV,
              nullptr) != 0) {
    fail_errno("the new root cannot be made read-only");
  }
}

void set_limits(const WorkerSetup& setup) {
  limit(RLIMIT_CORE, 0, 0, "core files");
  if (setup.limit_address_space) {
    limit(RLIMIT_AS, setup.memory_bytes, setup.memory_bytes, "memory");
  }
  // Counts what is written to: of a JVM what it uses, not what it reserves.
  limit(RLIMIT_DATA, setup.memory_bytes, setup.memory_bytes, "memory");
  // One second later the kernel kills, whatever has become of the signal.
  limit(RLIMIT_CPU, setup.cpu_seconds, setup.cpu_seconds + 1, "processor time");
  limit(RLIMIT_FSIZE, setup.file_bytes, setup.file_bytes, "file sizes");
  limit(RLIMIT_NOFILE, setup.open_files, setup.open_files, "open files");
  limit(RLIMIT_NPROC, setup.processes, setup.processes, "processes");
  limit(RLIMIT_MSGQUEUE, 0, 0, "message queues");
  limit(RLIMIT_MEMLOCK, 0, 0, "locked memory");
  limit(RLIMIT_SIGPENDING, 64, 64, "pending signals");
}

std::uint32_t drop_privileges(const WorkerSetup& setup) {
  std::uint32_t bits = 0;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail_errno("PR_SET_NO_NEW_PRIVS");
  // Those that this process may not drop it does not have.
  for (int capability = 0; capability < 64; ++capability) {
    ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  const bool in_user_namespace = (setup.namespaces & CLONE_NEWUSER) != 0;
  if (::geteuid() == 0 && !in_user_namespace && setup.user_id != 0) {
    if (::setgroups(0, nullptr) != 0) fail_errno("setgroups");
    if (::setresgid(setup.group_id, setup.group_id, setup.group_id) != 0) fail_errno("setresgid");
    if (::setresuid(setup.user_id, setup.user_id, setup.user_id) != 0) fail_errno("setresuid");
    bits |= kUnprivilegedUser;
  }
  if (::getuid() != 0) bits |= kUnprivilegedUser;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2]{};
  if (::syscall(SYS_capset, &header, none) != 0) fail_errno("capset");
  // A change of the user clears both.
  bind_to_parent();
  return bits;
}

bool restrict_files(const WorkerSetup& setup) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1U);
  if (version < 1) return false;
  const LandlockRules rules = all_rules(version);
  const std::size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const int set = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, size, 0U));
  if (set < 0) fail_errno("landlock_create_ruleset");
  std::vector<JailPath> paths = setup.paths;
  if (setup.task == WorkerTask::kCpp && (setup.namespaces & CLONE_NEWNS) != 0) {
    paths.push_back({"/filter.so", PathAccess::kRead});
  }
  for (const JailPath& path : paths) {
    LandlockPath rule;
    rule.directory = ::open(path.path.c_str(), O_PATH | O_CLOEXEC);
    if (rule.directory < 0) fail_errno("cannot open " + path.path);
    struct stat state {};
    if (::fstat(rule.directory, &state) != 0) fail_errno("cannot see " + path.path);
    rule.allowed = rights(path.access) & rules.files;
    if (!S_ISDIR(state.st_mode)) rule.allowed &= landlock_of_files;
    if (::syscall(SYS_landlock_add_rule, set, 1, &rule, 0U) != 0)
      fail_errno("landlock_add_rule for " + path.path);
    ::close(rule.directory);
  }
  if (::syscall(SYS_landlock_restrict_self, set, 0U) != 0) fail_errno("landlock_restrict_self");
  ::close(set);
  return true;
}

}  // namespace rocketmq::filtersrv
