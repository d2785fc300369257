// Loaded into a daemon by LD_PRELOAD: holds the calls by which it changes files, for as long as a
// test wants (held_files.hpp). What only reads, and what changes memory, continues.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "held_files_state.hpp"

namespace {

using rocketmq::test::HeldFilesState;

HeldFilesState* shared_state() {
  static HeldFilesState* const state = []() -> HeldFilesState* {
    const char* const path = std::getenv(HeldFilesState::environment_variable);
    // Not by open(), which is ours.
    const int file =
        path == nullptr ? -1 : static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDWR, 0));
    if (file < 0) return nullptr;
    HeldFilesState* const mapped = HeldFilesState::map(file);
    ::syscall(SYS_close, file);
    return mapped;
  }();
  return state;
}

void pass(HeldFilesState& state, const char* path) {
  if (std::strstr(path, state.path_part.data()) == nullptr) return;
  ++state.calls;
  HeldFilesState::wake(state.calls);
  HeldFilesState::wait_while(state.is_held, 1);
}

void pass(const char* path) {
  HeldFilesState* const state = shared_state();
  if (state != nullptr && state->is_held.load() == 1) pass(*state, path);
}

void pass(int file) {
  HeldFilesState* const state = shared_state();
  if (state == nullptr || state->is_held.load() != 1) return;
  const int errno_before = errno;
  char link[64];
  char path[1024];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = ::readlink(link, path, sizeof path - 1);
  if (length >= 0) {
    path[length] = 0;
    pass(*state, path);
  }
  errno = errno_before;
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool may_change(int flags) { return (flags & O_ACCMODE) != O_RDONLY; }

mode_t mode_of(int flags, va_list& arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

#define NEXT(name) static auto* const real = next<decltype(name)>(#name)

extern "C" {

ssize_t write(int file, const void* bytes, size_t count) {
  NEXT(write);
  pass(file);
  return real(file, bytes, count);
}
ssize_t writev(int file, const iovec* pieces, int count) {
  NEXT(writev);
  pass(file);
  return real(file, pieces, count);
}
ssize_t pwrite(int file, const void* bytes, size_t count, off_t position) {
  NEXT(pwrite);
  pass(file);
  return real(file, bytes, count, position);
}
ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t position) {
  NEXT(pwrite64);
  pass(file);
  return real(file, bytes, count, position);
}
ssize_t pwritev(int file, const iovec* pieces, int count, off_t position) {
  NEXT(pwritev);
  pass(file);
  return real(file, pieces, count, position);
}
int fsync(int file) {
  NEXT(fsync);
  pass(file);
  return real(file);
}
int fdatasync(int file) {
  NEXT(fdatasync);
  pass(file);
  return real(file);
}
int syncfs(int file) noexcept {
  NEXT(syncfs);
  pass(file);
  return real(file);
}
int fallocate(int file, int mode, off_t position, off_t bytes) {
  NEXT(fallocate);
  pass(file);
  return real(file, mode, position, bytes);
}
int fallocate64(int file, int mode, off64_t position, off64_t bytes) {
  NEXT(fallocate64);
  pass(file);
  return real(file, mode, position, bytes);
}
int posix_fallocate(int file, off_t position, off_t bytes) {
  NEXT(posix_fallocate);
  pass(file);
  return real(file, position, bytes);
}
int ftruncate(int file, off_t bytes) noexcept {
  NEXT(ftruncate);
  pass(file);
  return real(file, bytes);
}
int ftruncate64(int file, off64_t bytes) noexcept {
  NEXT(ftruncate64);
  pass(file);
  return real(file, bytes);
}
int rename(const char* from, const char* to) noexcept {
  NEXT(rename);
  pass(to);
  return real(from, to);
}
int link(const char* from, const char* to) noexcept {
  NEXT(link);
  pass(to);
  return real(from, to);
}
int unlink(const char* path) noexcept {
  NEXT(unlink);
  pass(path);
  return real(path);
}
int remove(const char* path) noexcept {
  NEXT(remove);
  pass(path);
  return real(path);
}
int mkdir(const char* path, mode_t mode) noexcept {
  NEXT(mkdir);
  pass(path);
  return real(path, mode);
}
int open(const char* path, int flags, ...) {
  NEXT(open);
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  if (may_change(flags)) pass(path);
  return real(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  NEXT(open64);
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  if (may_change(flags)) pass(path);
  return real(path, flags, mode);
}

}  // extern "C"
