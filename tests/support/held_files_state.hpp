#pragma once

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <climits>
#include <cstdint>

namespace rocketmq::test {

/// What a test and a process under held_files_shim share: the beginning of a mapped file, which is
/// zero at first. One test thread changes it.
struct HeldFilesState {
  static constexpr const char* environment_variable = "ROCKETMQ_HELD_FILES";

  /// Futex: 1 while calls are held.
  std::atomic<std::uint32_t> is_held;
  /// Futex: calls that have been held so far, by all processes.
  std::atomic<std::uint32_t> calls;
  /// Part of the path of the files that are held; ends with a zero. Changed while nothing is held.
  std::array<char, 256> path_part;

  static HeldFilesState* map(int file) {
    void* const at =
        ::mmap(nullptr, sizeof(HeldFilesState), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    return at == MAP_FAILED ? nullptr : static_cast<HeldFilesState*>(at);
  }
  static void wait_while(std::atomic<std::uint32_t>& futex, std::uint32_t value) {
    while (futex.load() == value) ::syscall(SYS_futex, &futex, FUTEX_WAIT, value, nullptr);
  }
  static void wake(std::atomic<std::uint32_t>& futex) {
    ::syscall(SYS_futex, &futex, FUTEX_WAKE, INT_MAX);
  }
};

}  // namespace rocketmq::test
