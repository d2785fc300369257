#include "rocketmq/client/process_generation.hpp"

#include <pthread.h>

#include <atomic>

namespace rocketmq::client {
namespace {

std::atomic<int> generation{0};

[[maybe_unused]] const bool is_told_of_forks = [] {
  ::pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, std::memory_order_relaxed); });
  return true;
}();

}  // namespace

int process_generation() { return generation.load(std::memory_order_relaxed); }

}  // namespace rocketmq::client
