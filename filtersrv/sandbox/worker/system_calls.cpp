// Which system calls a worker may make: everything that is not in these lists ends it, or fails
// where the program is not ours (compiler, JVM) and may try calls that it can do without.
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <string>
#include <system_error>

#include "jail.hpp"

namespace rocketmq::filtersrv {
namespace {

class CallList {
 public:
  explicit CallList(std::uint32_t otherwise) : context_(::seccomp_init(otherwise)) {
    if (context_ == nullptr) fail("seccomp_init failed");
  }
  ~CallList() { ::seccomp_release(context_); }
  CallList(const CallList&) = delete;
  CallList& operator=(const CallList&) = delete;

  /// Calls that this machine does not have are left out.
  void add(std::uint32_t action, std::initializer_list<const char*> names) {
    for (const char* name : names) add_with(action, name, {});
  }
  void add_with(std::uint32_t action, const char* name,
                std::initializer_list<scmp_arg_cmp> conditions) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (number < 0) return;
    const int result =
        ::seccomp_rule_add_array(context_, action, number, static_cast<unsigned>(conditions.size()),
                                 conditions.size() == 0 ? nullptr : conditions.begin());
    if (result != 0)
      fail(std::string("seccomp rule for ") + name + ": " +
           std::generic_category().message(-result));
  }
  void load() {
    const int result = ::seccomp_load(context_);
    if (result != 0) fail(std::string("seccomp_load: ") + std::generic_category().message(-result));
  }

 private:
  scmp_filter_ctx context_;
};

constexpr std::uint32_t allow = SCMP_ACT_ALLOW;
constexpr std::uint32_t end_process = SCMP_ACT_KILL_PROCESS;
std::uint32_t refuse(int error) { return SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error)); }

scmp_arg_cmp is(unsigned argument, std::uint64_t value) {
  return scmp_arg_cmp{argument, SCMP_CMP_EQ, value, 0};
}
scmp_arg_cmp has_not(unsigned argument, std::uint64_t bits) {
  return scmp_arg_cmp{argument, SCMP_CMP_MASKED_EQ, bits, 0};
}
scmp_arg_cmp has(unsigned argument, std::uint64_t bits) {
  return scmp_arg_cmp{argument, SCMP_CMP_MASKED_EQ, bits, bits};
}

/// Memory that is no program, the clock, the own end.
void allow_computing(CallList& calls) {
  calls.add(allow,
            {"exit",         "exit_group",     "brk",          "munmap",       "mremap",
             "madvise",      "clock_gettime",  "clock_getres", "gettimeofday", "time",
             "rt_sigreturn", "rt_sigprocmask", "rt_sigaction", "sigaltstack",  "restart_syscall",
             "getrandom",    "futex",          "sched_yield",  "nanosleep",    "clock_nanosleep",
             "getpid",       "gettid",         "getrusage"});
  calls.add_with(allow, "mmap", {has_not(2, PROT_EXEC), has(3, MAP_ANONYMOUS)});
  calls.add_with(allow, "mprotect", {has_not(2, PROT_EXEC)});
  // abort()
  calls.add_with(allow, "tgkill", {is(0, static_cast<std::uint64_t>(::getpid()))});
}

/// The server's socket. What a program would print is refused without an end to it.
void allow_conversation(CallList& calls) {
  calls.add_with(allow, "read", {is(0, socket_fd)});
  calls.add_with(allow, "write", {is(0, socket_fd)});
  for (const std::uint64_t standard : {0, 1, 2}) {
    calls.add_with(refuse(EBADF), "write", {is(0, standard)});
    calls.add_with(refuse(EBADF), "writev", {is(0, standard)});
    calls.add_with(refuse(EBADF), "fstat", {is(0, standard)});
    calls.add_with(refuse(EBADF), "newfstatat", {is(0, standard)});
    calls.add_with(refuse(EBADF), "ioctl", {is(0, standard)});
  }
}

void restrict_to_computing() {
  CallList calls(end_process);
  allow_computing(calls);
  allow_conversation(calls);
  calls.load();
}

/// Computing, and what dlopen() needs. The file system shows no more than the filter itself.
void restrict_to_loading() {
  CallList calls(end_process);
  allow_computing(calls);
  calls.add(allow, {"read", "pread64", "close", "fstat", "mprotect", "seccomp", "prctl"});
  calls.add_with(allow, "newfstatat", {has(3, AT_EMPTY_PATH)});
  calls.add_with(allow, "openat", {has_not(2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)});
  calls.add_with(allow, "mmap", {has_not(3, MAP_ANONYMOUS)});
  calls.add_with(allow, "write", {is(0, socket_fd)});
  for (const std::uint64_t standard : {0, 1, 2}) {
    calls.add_with(refuse(EBADF), "write", {is(0, standard)});
    calls.add_with(refuse(EBADF), "writev", {is(0, standard)});
    calls.add_with(refuse(EBADF), "ioctl", {is(0, standard)});
  }
  calls.load();
}

/// What neither a compiler nor a JVM has to do.
void end_for_attacks(CallList& calls) {
  calls.add(end_process, {"ptrace",
                          "process_vm_readv",
                          "process_vm_writev",
                          "mount",
                          "umount2",
                          "pivot_root",
                          "chroot",
                          "unshare",
                          "setns",
                          "open_tree",
                          "move_mount",
                          "fsopen",
                          "fsmount",
                          "fsconfig",
                          "fspick",
                          "mount_setattr",
                          "bpf",
                          "perf_event_open",
                          "keyctl",
                          "add_key",
                          "request_key",
                          "kexec_load",
                          "kexec_file_load",
                          "init_module",
                          "finit_module",
                          "delete_module",
                          "reboot",
                          "swapon",
                          "swapoff",
                          "userfaultfd",
                          "io_uring_setup",
                          "io_uring_enter",
                          "io_uring_register",
                          "open_by_handle_at",
                          "name_to_handle_at",
                          "iopl",
                          "ioperm",
                          "acct",
                          "quotactl",
                          "settimeofday",
                          "clock_settime",
                          "adjtimex",
                          "sethostname",
                          "setdomainname",
                          "syslog",
                          "personality",
                          "pidfd_getfd",
                          "pidfd_send_signal",
                          "setuid",
                          "setgid",
                          "setresuid",
                          "setresgid",
                          "setreuid",
                          "setregid",
                          "setgroups",
                          "setfsuid",
                          "setfsgid",
                          "capset",
                          "mknod",
                          "mknodat"});
}

/// Files within the jail, memory, waiting: of programs that are not ours.
void allow_programs(CallList& calls) {
  calls.add(allow, {"read",
                    "pread64",
                    "readv",
                    "preadv",
                    "write",
                    "writev",
                    "pwrite64",
                    "pwritev",
                    "open",
                    "openat",
                    "close",
                    "close_range",
                    "lseek",
                    "stat",
                    "fstat",
                    "lstat",
                    "newfstatat",
                    "statx",
                    "statfs",
                    "fstatfs",
                    "access",
                    "faccessat",
                    "faccessat2",
                    "readlink",
                    "readlinkat",
                    "getcwd",
                    "chdir",
                    "fchdir",
                    "dup",
                    "dup2",
                    "dup3",
                    "pipe",
                    "pipe2",
                    "fcntl",
                    "ioctl",
                    "getdents64",
                    "getdents",
                    "poll",
                    "ppoll",
                    "select",
                    "pselect6",
                    "epoll_create1",
                    "epoll_ctl",
                    "epoll_wait",
                    "epoll_pwait",
                    "eventfd2",
                    "mmap",
                    "mprotect",
                    "munmap",
                    "mremap",
                    "madvise",
                    "mincore",
                    "msync",
                    "brk",
                    "futex",
                    "futex_waitv",
                    "set_robust_list",
                    "get_robust_list",
                    "set_tid_address",
                    "arch_prctl",
                    "rseq",
                    "membarrier",
                    "sched_yield",
                    "sched_getaffinity",
                    "sched_getparam",
                    "sched_getscheduler",
                    "sched_get_priority_max",
                    "sched_get_priority_min",
                    "getpriority",
                    "rt_sigaction",
                    "rt_sigprocmask",
                    "rt_sigreturn",
                    "rt_sigtimedwait",
                    "rt_sigsuspend",
                    "sigaltstack",
                    "restart_syscall",
                    "pause",
                    "nanosleep",
                    "clock_nanosleep",
                    "clock_gettime",
                    "clock_getres",
                    "gettimeofday",
                    "time",
                    "times",
                    "getrusage",
                    "getrlimit",
                    "sysinfo",
                    "uname",
                    "getpid",
                    "getppid",
                    "gettid",
                    "getpgrp",
                    "getpgid",
                    "getsid",
                    "getuid",
                    "geteuid",
                    "getgid",
                    "getegid",
                    "getresuid",
                    "getresgid",
                    "getgroups",
                    "getrandom",
                    "get_mempolicy",
                    "getcpu",
                    "exit",
                    "exit_group",
                    "execve",
                    "umask",
                    "fadvise64",
                    "alarm",
                    "setitimer"});
  calls.add_with(allow, "prlimit64", {is(2, 0)});  // to read them
  calls.add_with(allow, "prctl", {is(0, PR_SET_NAME)});
  calls.add_with(allow, "prctl", {is(0, PR_GET_NAME)});
  calls.add_with(allow, "prctl", {is(0, 0x53564d41)});  // PR_SET_VMA: names of memory
  calls.add(refuse(ENOSYS), {"clone3"});                // its flags cannot be looked at
}

void restrict_to_compiling() {
  CallList calls(refuse(EPERM));
  end_for_attacks(calls);
  allow_programs(calls);
  calls.add(allow, {"fork",     "vfork",           "wait4",     "waitid",    "unlink",
                    "unlinkat", "rename",          "renameat",  "renameat2", "mkdir",
                    "rmdir",    "ftruncate",       "fallocate", "chmod",     "fchmod",
                    "fchmodat", "copy_file_range", "sendfile",  "utimensat", "fsync"});
  constexpr std::uint64_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                       CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  calls.add_with(allow, "clone", {has_not(0, namespaces)});
  calls.load();
}

void restrict_to_java() {
  CallList calls(refuse(EPERM));
  end_for_attacks(calls);
  allow_programs(calls);
  // Threads, but no processes.
  calls.add_with(allow, "clone", {has(0, CLONE_THREAD | CLONE_VM)});
  calls.add_with(allow, "tgkill", {is(0, static_cast<std::uint64_t>(::getpid()))});
  // Its file channels need a descriptor that is at its end.
  calls.add_with(allow, "socketpair", {is(0, AF_UNIX)});
  calls.add(allow, {"shutdown"});
  calls.load();
}

}  // namespace

void restrict_system_calls(WorkerTask task) {
  switch (task) {
    case WorkerTask::kProbe:
    case WorkerTask::kLua: return restrict_to_computing();
    case WorkerTask::kCpp: return restrict_to_loading();
    case WorkerTask::kCompile: return restrict_to_compiling();
    case WorkerTask::kJava: return restrict_to_java();
  }
  fail("unknown task");
}

void restrict_system_calls_after_loading() { restrict_to_computing(); }

void restrict_system_calls_of_guard() {
  CallList calls(end_process);
  calls.add(allow, {"wait4", "waitid", "exit", "exit_group", "rt_sigreturn", "restart_syscall",
                    "munmap", "brk"});
  calls.load();
}

}  // namespace rocketmq::filtersrv
