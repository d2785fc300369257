#pragma once

#include <unistd.h>

#include <utility>

namespace rocketmq {

/// Owns an open file descriptor, of a file, a socket or a process; negative is none. One thread at
/// a time.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  ~Descriptor() { close(); }

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  /// False when closing reports an error, such as that of a write.
  bool close() {
    const int closed = std::exchange(number_, -1);
    return closed < 0 || ::close(closed) == 0;
  }

 private:
  int number_ = -1;
};

}  // namespace rocketmq
