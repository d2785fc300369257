#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace rocketmq {

/// A setting that may change while other threads read it. Reads as a plain value and costs as much.
template <class T>
class Live {
 public:
  Live(T value = {}) : value_(value) {}  // NOLINT(google-explicit-constructor)
  Live(const Live& other) : value_(other.get()) {}
  Live& operator=(const Live& other) {
    if (this != &other) *this = other.get();
    return *this;
  }
  Live& operator=(T value) {
    value_.store(value, std::memory_order_relaxed);
    return *this;
  }
  ~Live() = default;

  T get() const { return value_.load(std::memory_order_relaxed); }
  operator T() const { return get(); }  // NOLINT(google-explicit-constructor)

 private:
  std::atomic<T> value_;
};

/// The same for a text; reading copies it.
class LiveText {
 public:
  LiveText(std::string_view text = {}) : text_(text) {}  // NOLINT(google-explicit-constructor)
  LiveText(const char* text) : text_(text) {}            // NOLINT(google-explicit-constructor)
  LiveText(const LiveText& other) : text_(other.get()) {}
  LiveText& operator=(const LiveText& other) {
    if (this != &other) *this = std::string_view(other.get());
    return *this;
  }
  LiveText& operator=(std::string_view text) {
    const std::lock_guard lock(mutex_);
    text_ = text;
    return *this;
  }
  LiveText& operator=(const char* text) { return *this = std::string_view(text); }
  ~LiveText() = default;

  std::string get() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;  // guarded by mutex_
};

}  // namespace rocketmq
