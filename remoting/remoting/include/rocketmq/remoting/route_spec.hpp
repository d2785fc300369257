#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "rocketmq/protocol/remoting_command.hpp"
#include "rocketmq/protocol/request_code.hpp"

namespace rocketmq::remoting {

/// Which threads process a request.
struct Threads {
  /// A pool's name; empty: the connection's own thread.
  std::string_view pool;
  /// A request that waits for the pool is dropped when its connection ends before its turn.
  bool dropped_with_connection = false;
};

/// At memory speed, in the order in which the connection sent the requests.
inline constexpr Threads on_connection{};
/// For what only reads: its response has no receiver once the connection has ended.
constexpr Threads on_pool_while_connected(std::string_view pool) { return {pool, true}; }
/// For what a client wants done, whether or not it is still connected by then.
constexpr Threads on_pool(std::string_view pool) { return {pool, false}; }

/// How many bytes of body a request may have. A request with more is refused before its body is
/// parsed or copied.
struct BodyLimit {
  std::size_t bytes_max = frame_bytes_max;
  /// Of a request that is processed on its connection's thread: a larger body goes to
  /// `large_body_pool`, since reading it takes longer than the connections of a reactor should
  /// wait.
  std::size_t inline_bytes_max = frame_bytes_max;
  std::string_view large_body_pool;
  /// While such a request of a connection is in the pool, its later ones of this kind follow it
  /// there, one at a time. Otherwise they may overtake each other.
  bool keeps_order = false;
  /// Configuration key of a lower limit. The processor checks it, because its refusal has a header
  /// and a code that clients know.
  std::string_view processors_key;
};

/// What a request does to what the daemon holds.
enum class Effect : std::uint8_t {
  Reads,
  /// Changes something, as a part of the ordinary work of clients and brokers.
  Changes,
  /// The same, for what only a master stores: a slave refuses it.
  ChangesMaster,
  /// Changes something by an administrator's wish: only for adminAllowedAddresses.
  Administers,
  /// The same, for what a slave copies from its master: a slave refuses it.
  AdministersMaster,
};

/// What access control protects, and from what (spec/broker.md §18.3; the actions are those of
/// 5.x policies).
enum class Resource : std::uint8_t { Topic, Group, Cluster };
enum class Action : std::uint8_t { Pub, Sub, Get, List, Create, Update, Delete };

/// One permission that a request needs. A topic whose name begins with %RETRY% stands for its
/// group: a user that may subscribe as the group may send there.
struct Permission {
  Resource resource = Resource::Cluster;
  Action action = Action::Get;
  /// Header field with the name of the topic or group. Empty for the cluster; for List, which is
  /// about all of them; and where the body, or the stored message that is meant, has the name.
  std::string_view field;
};

/// All permissions that a request needs: at least one, at most `permissions_max`.
class Access {
 public:
  static constexpr std::size_t permissions_max = 3;

  constexpr Access() = default;
  constexpr Access(std::initializer_list<Permission> permissions) : count_(permissions.size()) {
    std::copy(permissions.begin(), permissions.end(), permissions_.begin());
  }
  constexpr std::span<const Permission> permissions() const {
    return {permissions_.data(), count_};
  }

 private:
  std::array<Permission, permissions_max> permissions_{};
  std::size_t count_ = 0;
};

/// One row of a daemon's table of requests: everything about a request that is known before the
/// daemon runs. The dispatcher, access control, the figures of each code and docs/protocol.md read
/// it.
struct RouteSpec {
  RequestCode code{};
  /// As operators and other implementations call it: "SEND_MESSAGE".
  std::string_view name;
  Threads threads;
  /// Configuration key, in ms, of the longest time that the request may wait for its turn; empty:
  /// it may wait without limit. Applies while brokerFastFailureEnable is on.
  std::string_view wait_limit_key;
  BodyLimit body_limit;
  Effect effect = Effect::Reads;
  Access access;
};

/// "64 KiB", "8 MiB", "1000 B".
std::string bytes_text(std::size_t bytes);

/// The rows as a Markdown table, in the order of their codes.
std::string markdown(std::span<const RouteSpec> rows);

}  // namespace rocketmq::remoting
