#pragma once

namespace rocketmq {

/// Deleter of a std::unique_ptr to what a C library frees by `Free`.
template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

}  // namespace rocketmq
