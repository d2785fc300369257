#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace rocketmq::filtersrv {

/// Bounds the pulls that are under way at the broker: `places` of all connections, a quarter of
/// them of one connection, and half of one address, which may have many connections. Runs on: any
/// thread (mutex_).
class PullPlaces {
 public:
  explicit PullPlaces(std::size_t places)
      : places_max_(places),
        of_connection_max_(std::max<std::size_t>(places / 4, 1)),
        of_address_max_(std::max<std::size_t>(places / 2, 1)) {}

  /// Whose pull it is: a connection's number, and net::address_key of its peer.
  struct Peer {
    std::uint64_t connection = 0;
    std::uint64_t address = 0;
  };

  /// One place, given back when it is destroyed. The places outlive it.
  class Place {
   public:
    Place(Place&& other) noexcept
        : places_(std::exchange(other.places_, nullptr)), peer_(other.peer_) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (places_ != nullptr) places_->give_back(peer_);
    }

   private:
    friend class PullPlaces;
    Place(PullPlaces& places, const Peer& peer) : places_(&places), peer_(peer) {}

    PullPlaces* places_;
    Peer peer_;
  };

  /// Nothing when there is none.
  std::optional<Place> take(const Peer& peer) {
    const std::lock_guard lock(mutex_);
    if (taken_ >= places_max_ || count(of_connections_, peer.connection) >= of_connection_max_ ||
        count(of_addresses_, peer.address) >= of_address_max_)
      return std::nullopt;
    ++of_connections_[peer.connection];
    ++of_addresses_[peer.address];
    ++taken_;
    return Place(*this, peer);
  }

  std::size_t taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
  }

 private:
  /// Only those that have places.
  using Counts = std::unordered_map<std::uint64_t, std::size_t>;

  static std::size_t count(const Counts& counts, std::uint64_t key) {
    const auto entry = counts.find(key);
    return entry == counts.end() ? 0 : entry->second;
  }
  static void take_one(Counts& counts, std::uint64_t key) {
    const auto entry = counts.find(key);
    if (--entry->second == 0) counts.erase(entry);
  }
  void give_back(const Peer& peer) {
    const std::lock_guard lock(mutex_);
    --taken_;
    take_one(of_connections_, peer.connection);
    take_one(of_addresses_, peer.address);
  }

  const std::size_t places_max_;
  const std::size_t of_connection_max_;
  const std::size_t of_address_max_;
  mutable std::mutex mutex_;
  std::size_t taken_ = 0;  // guarded by mutex_
  Counts of_connections_;  // guarded by mutex_
  Counts of_addresses_;    // guarded by mutex_
};

}  // namespace rocketmq::filtersrv
