#include "rocketmq/common/thread_name.hpp"

#include <pthread.h>

#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace rocketmq {

void set_thread_name(const std::string& name) {
  constexpr std::size_t kernel_chars_max = 15;
  pthread_setname_np(pthread_self(), name.substr(0, kernel_chars_max).c_str());
}

std::thread named_thread(std::string name, UniqueFunction<void()> body) {
  try {
    return std::thread([name, body = std::move(body)]() mutable {
      set_thread_name(name);
      body();
    });
  } catch (const std::system_error& failure) {
    throw std::runtime_error("cannot start the thread " + name + ": " + failure.code().message() +
                             " (the limits on processes and memory, of the user or of the cgroup)");
  }
}

}  // namespace rocketmq
