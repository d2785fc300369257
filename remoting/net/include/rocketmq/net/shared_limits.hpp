#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace rocketmq::net {

class PlaceHolder;
class Reactor;
struct Admission;

/// Why a connection was not taken, or was closed: what its peer did, or what others needed.
enum class Ending : std::uint8_t {
  /// Not taken: there is no place for its address.
  Refused,
  /// Its place was given to a newcomer.
  MadeRoom,
  /// It held most when the buffers of all connections were full.
  BuffersFull,
  /// Its own output reached its limit: the peer does not read.
  OutputFull,
  /// It sent what no peer may send.
  BadInput,
  /// It sent no whole request in time.
  NoRequest,
};
inline constexpr std::size_t endings_count = 6;
/// "refused", "madeRoom", "buffersFull", "outputFull", "badInput", "noRequest".
std::string_view to_string(Ending ending);

/// What all connections of several servers may take together: places, and memory of buffers, which
/// hold output that peers have not read and large requests that are not whole yet.
/// When a total is reached, the connections that take most make room for the others:
///
/// * places: where an eighth of them is taken by connections that have sent no request within
///   `idle_after`, the newest of these; otherwise the newest connection of the address that has
///   most. A new connection whose own address has most is refused. An IPv6 network of 64 bits
///   counts as one address. Where one address has `per_address_max` places already, its next
///   connection is refused, however many places are free.
/// * buffers: connections above the average of those that hold any are closed, on each reactor the
///   largest first, until an eighth of the limit is free again.
///
/// Runs on: any thread. A connection takes the lock when it begins, at its first request and when
/// it ends; its buffers are counted without a lock, and not at all while its peer keeps up.
class SharedLimits : public std::enable_shared_from_this<SharedLimits> {
 public:
  struct Options {
    std::size_t connections_max = 100'000;
    /// 0: an address may have all places that no other one asks for.
    std::size_t per_address_max = 0;
    std::size_t buffer_bytes_max = 512 * 1024 * 1024;
  };

  explicit SharedLimits(Options options);
  ~SharedLimits();
  SharedLimits(const SharedLimits&) = delete;
  SharedLimits& operator=(const SharedLimits&) = delete;

  static constexpr std::chrono::seconds idle_after{5};

  const Options& options() const { return options_; }
  std::size_t connections() const;
  /// Those of them that have not sent a whole request yet.
  std::size_t silent_connections() const;
  /// What the buffers of all connections hold.
  std::size_t buffer_bytes() const;
  /// Connections that ended in this way since the start.
  std::uint64_t endings(Ending ending) const;

  // The rest is for servers and connections.

  /// Has the sessions of `reactor` looked at when the buffers hold too much.
  void watch(const std::shared_ptr<Reactor>& reactor);
  /// Takes a place. False when there is none for this connection. When another connection has lost
  /// its place, `evicted` is its holder, and the caller tells it.
  bool admit(Admission& place, std::chrono::steady_clock::time_point now,
             std::shared_ptr<PlaceHolder>& evicted);
  /// The connection has sent its first request.
  void has_spoken(Admission& place);
  /// Gives the place back, if the connection has one.
  void leave(Admission& place);
  /// The buffers of a connection held `before` bytes and hold `after` bytes now.
  void count_buffers(std::size_t before, std::size_t after);
  /// A connection ends in this way; the first two are counted by admit().
  void count(Ending ending);

 private:
  struct Impl;
  void shed_soon();
  void shed(Reactor& reactor);

  const Options options_;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace rocketmq::net
