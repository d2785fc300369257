#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace rocketmq::filtersrv {

/// Bounds the pulls that are under way at the broker: so many of all connections, a quarter of them
/// of one connection. Runs on: any thread (mutex_).
class PullPlaces {
 public:
  explicit PullPlaces(std::size_t places)
      : places_max_(places), of_connection_max_(std::max<std::size_t>(places / 4, 1)) {}

  /// One place, given back when it is destroyed. The places outlive it.
  class Place {
   public:
    Place(Place&& other) noexcept
        : places_(std::exchange(other.places_, nullptr)), connection_(other.connection_) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (places_ != nullptr) places_->give_back(connection_);
    }

   private:
    friend class PullPlaces;
    Place(PullPlaces& places, std::uint64_t connection)
        : places_(&places), connection_(connection) {}

    PullPlaces* places_;
    std::uint64_t connection_;
  };

  /// Nothing when there is none.
  std::optional<Place> take(std::uint64_t connection) {
    const std::lock_guard lock(mutex_);
    if (taken_ >= places_max_) return std::nullopt;
    const auto entry = of_connections_.try_emplace(connection, 0).first;
    if (entry->second >= of_connection_max_) return std::nullopt;
    ++entry->second;
    ++taken_;
    return Place(*this, connection);
  }

  std::size_t taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
  }

 private:
  void give_back(std::uint64_t connection) {
    const std::lock_guard lock(mutex_);
    --taken_;
    const auto entry = of_connections_.find(connection);
    if (--entry->second == 0) of_connections_.erase(entry);
  }

  const std::size_t places_max_;
  const std::size_t of_connection_max_;
  mutable std::mutex mutex_;
  std::size_t taken_ = 0;                                          // guarded by mutex_
  std::unordered_map<std::uint64_t, std::size_t> of_connections_;  // guarded by mutex_
};

/// Bounds the bytes of messages that wait for their filter, or run through it.
class ByteAllowance {
 public:
  explicit ByteAllowance(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  class Share {
   public:
    Share(Share&& other) noexcept
        : allowance_(std::exchange(other.allowance_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&&) = delete;
    ~Share() {
      if (allowance_ != nullptr) allowance_->taken_ -= bytes_;
    }

   private:
    friend class ByteAllowance;
    Share(ByteAllowance& allowance, std::size_t bytes) : allowance_(&allowance), bytes_(bytes) {}

    ByteAllowance* allowance_;
    std::size_t bytes_;
  };

  std::optional<Share> take(std::size_t bytes) {
    if (taken_.fetch_add(bytes) + bytes > bytes_max_) {
      taken_ -= bytes;
      return std::nullopt;
    }
    return Share(*this, bytes);
  }
  std::size_t taken() const { return taken_; }

 private:
  const std::size_t bytes_max_;
  std::atomic<std::size_t> taken_{0};
};

}  // namespace rocketmq::filtersrv
