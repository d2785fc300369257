#pragma once

#include <atomic>
#include <memory>

namespace rocketmq::client {

/// Tells a process from the one that made it by fork(): a child has none of its parent's threads,
/// and locks that they held stay held. What belongs to a process keeps the number with which it was
/// made, and is left alone where the number is another one. Costs one load.
int process_generation();

/// One object for each process: made at its first use, again in a child that fork() made,
/// and never destroyed, as it may be used while the process ends. Any thread.
template <class T>
class PerProcess {
 public:
  T& get() {
    Made* made = made_.load(std::memory_order_acquire);
    const int generation = process_generation();
    while (made == nullptr || made->generation != generation) [[unlikely]] {
        auto mine = std::make_unique<Made>(generation);
        if (made_.compare_exchange_strong(made, mine.get(), std::memory_order_acq_rel)) {
          return mine.release()->object;
        }
      }
    return made->object;
  }

 private:
  struct Made {
    explicit Made(int process) : generation(process) {}
    const int generation;
    T object;
  };
  std::atomic<Made*> made_{nullptr};
};

}  // namespace rocketmq::client
