#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "held_files_state.hpp"

namespace rocketmq::test {

/// Holds the calls by which a daemon changes files, as a disk does that does not respond: each
/// waits until the test releases it, or the process is killed. For processes that run with
/// environment(). One test thread.
class HeldFiles {
 public:
  explicit HeldFiles(std::filesystem::path state) : path_(std::move(state)) {
    const int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ::ftruncate(file, sizeof(HeldFilesState)) != 0)
      throw std::runtime_error("cannot make " + path_.string());
    state_ = HeldFilesState::map(file);
    ::close(file);
    if (state_ == nullptr) throw std::runtime_error("cannot map " + path_.string());
  }
  ~HeldFiles() {
    release();
    ::munmap(state_, sizeof(HeldFilesState));
  }
  HeldFiles(const HeldFiles&) = delete;
  HeldFiles& operator=(const HeldFiles&) = delete;

  std::map<std::string, std::string> environment() const {
    const char* const options = std::getenv("ASAN_OPTIONS");
    return {{HeldFilesState::environment_variable, path_.string()},
            {"LD_PRELOAD", ROCKETMQ_HELD_FILES_SHIM},
            // With a sanitizer in the daemon, its library need not be the first one.
            {"ASAN_OPTIONS", std::string(options == nullptr ? "" : options) +
                                 (options == nullptr ? "" : ":") + "verify_asan_link_order=0"}};
  }

  /// From now on holds calls for files whose path contains `path_part`.
  void hold(std::string_view path_part) {
    release();
    if (path_part.size() >= state_->path_part.size()) throw std::runtime_error("too long a path");
    state_->path_part.fill(0);
    std::copy(path_part.begin(), path_part.end(), state_->path_part.begin());
    calls_before_ = state_->calls;
    state_->is_held = 1;
  }
  /// Waits until a call has been held since hold().
  void wait_until_one_is_held() { HeldFilesState::wait_while(state_->calls, calls_before_); }
  void release() {
    state_->is_held = 0;
    HeldFilesState::wake(state_->is_held);
  }

 private:
  const std::filesystem::path path_;
  HeldFilesState* state_ = nullptr;
  std::uint32_t calls_before_ = 0;
};

}  // namespace rocketmq::test
