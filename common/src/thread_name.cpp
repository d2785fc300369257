#include "rocketmq/common/thread_name.hpp"

#include <pthread.h>

namespace rocketmq {

void set_thread_name(const std::string& name) {
  constexpr std::size_t kernel_chars_max = 15;
  pthread_setname_np(pthread_self(), name.substr(0, kernel_chars_max).c_str());
}

}  // namespace rocketmq
