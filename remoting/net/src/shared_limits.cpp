#include "rocketmq/net/shared_limits.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/intrusive/list.hpp>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rocketmq/net/admission.hpp"
#include "rocketmq/net/reactor.hpp"

namespace rocketmq::net {

std::uint64_t address_key(const Endpoint& peer) {
  std::uint64_t key = 0;
  for (std::size_t k = 0; k < (peer.is_v6() ? 8 : 4); ++k) key = key << 8 | peer.ip[k];
  // IPv4 keys lie where no IPv6 network is in use.
  return key;
}

std::string_view to_string(Ending ending) {
  switch (ending) {
    case Ending::Refused: return "refused";
    case Ending::MadeRoom: return "madeRoom";
    case Ending::BuffersFull: return "buffersFull";
    case Ending::OutputFull: return "outputFull";
    case Ending::BadInput: return "badInput";
    case Ending::NoRequest: return "noRequest";
  }
  return "";
}

struct SharedLimits::Impl {
  template <Admission::Hook Admission::*hook>
  using List =
      boost::intrusive::list<Admission,
                             boost::intrusive::member_hook<Admission, Admission::Hook, hook>>;
  using SilentList = List<&Admission::silent>;
  struct Address {
    std::uint64_t key = 0;
    /// In the order in which they came.
    List<&Admission::of_address> connections;
  };
  using BySize = std::set<std::pair<std::size_t, Address*>>;

  void add(Admission& place);
  void remove(Admission& place);
  void resized(Address& address, std::size_t before);
  /// The place that is given to a newcomer from `address`; null when it is refused.
  Admission* place_to_give(std::uint64_t address, std::size_t idle_min);
  std::size_t connections_of(std::uint64_t address) const;
  void find_idle(std::chrono::steady_clock::time_point now);
  void unlink_silent(Admission& place);

  mutable std::mutex mutex;
  std::unordered_map<std::uint64_t, Address> addresses;  // guarded by mutex
  BySize by_size;                                        // guarded by mutex
  SilentList fresh;                                      // guarded by mutex; oldest first
  SilentList idle;                                       // guarded by mutex; oldest first
  std::size_t connections = 0;                           // guarded by mutex
  std::vector<std::weak_ptr<Reactor>> reactors;          // guarded by mutex

  std::atomic<std::size_t> buffer_bytes{0};
  /// Connections that hold something.
  std::atomic<std::size_t> holders{0};
  /// Reactors that have not yet looked at their connections since the buffers held too much.
  std::atomic<std::size_t> looks_pending{0};
  std::array<std::atomic<std::uint64_t>, endings_count> endings{};
};

void SharedLimits::Impl::resized(Address& address, std::size_t before) {
  auto entry = by_size.extract({before, &address});
  if (address.connections.empty()) {
    addresses.erase(address.key);
    return;
  }
  const std::pair now{address.connections.size(), &address};
  if (!entry) {
    by_size.insert(now);
    return;
  }
  entry.value() = now;
  by_size.insert(std::move(entry));
}

void SharedLimits::Impl::add(Admission& place) {
  Address& address = addresses[place.address];
  address.key = place.address;
  address.connections.push_back(place);
  fresh.push_back(place);
  ++connections;
  resized(address, address.connections.size() - 1);
}

void SharedLimits::Impl::remove(Admission& place) {
  Address& address = addresses.find(place.address)->second;
  address.connections.erase(address.connections.iterator_to(place));
  unlink_silent(place);
  --connections;
  resized(address, address.connections.size() + 1);
}

void SharedLimits::Impl::unlink_silent(Admission& place) {
  if (!place.silent.is_linked()) return;
  SilentList& list = place.is_idle ? idle : fresh;
  list.erase(list.iterator_to(place));
}

void SharedLimits::Impl::find_idle(std::chrono::steady_clock::time_point now) {
  while (!fresh.empty() && now - fresh.front().since >= idle_after) {
    Admission& place = fresh.front();
    fresh.pop_front();
    place.is_idle = true;
    idle.push_back(place);
  }
}

/// A flood of connections that ask nothing fills places: its newest ones go first, and a few
/// clients that have nothing to ask yet keep theirs.
Admission* SharedLimits::Impl::place_to_give(std::uint64_t address, std::size_t idle_min) {
  if (idle.size() >= idle_min) return &idle.back();
  if (by_size.empty()) return nullptr;
  const auto& [most, greediest] = *by_size.rbegin();
  return most > connections_of(address) + 1 ? &greediest->connections.back() : nullptr;
}

std::size_t SharedLimits::Impl::connections_of(std::uint64_t address) const {
  const auto own = addresses.find(address);
  return own == addresses.end() ? 0 : own->second.connections.size();
}

SharedLimits::SharedLimits(Options options) : options_(options), impl_(std::make_unique<Impl>()) {}

SharedLimits::~SharedLimits() = default;

std::size_t SharedLimits::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->connections;
}

std::size_t SharedLimits::silent_connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->fresh.size() + impl_->idle.size();
}

std::uint64_t SharedLimits::endings(Ending ending) const {
  return impl_->endings[static_cast<std::size_t>(ending)].load(std::memory_order_relaxed);
}

void SharedLimits::count(Ending ending) {
  impl_->endings[static_cast<std::size_t>(ending)].fetch_add(1, std::memory_order_relaxed);
}

std::size_t SharedLimits::buffer_bytes() const {
  return impl_->buffer_bytes.load(std::memory_order_relaxed);
}

void SharedLimits::watch(const std::shared_ptr<Reactor>& reactor) {
  const std::lock_guard lock(impl_->mutex);
  std::erase_if(impl_->reactors, [](const auto& watched) { return watched.expired(); });
  impl_->reactors.push_back(reactor);
}

bool SharedLimits::admit(Admission& place, std::chrono::steady_clock::time_point now,
                         std::shared_ptr<PlaceHolder>& evicted) {
  const std::lock_guard lock(impl_->mutex);
  place.since = now;
  const std::size_t per_address_max = options_.per_address_max;
  if (per_address_max > 0 && impl_->connections_of(place.address) >= per_address_max) {
    count(Ending::Refused);
    return false;
  }
  if (impl_->connections >= options_.connections_max) {
    impl_->find_idle(now);
    Admission* const given =
        impl_->place_to_give(place.address, std::max<std::size_t>(1, options_.connections_max / 8));
    if (given == nullptr) {
      count(Ending::Refused);
      return false;
    }
    count(Ending::MadeRoom);
    evicted = given->holder.lock();  // null when it is about to leave
    impl_->remove(*given);
  }
  impl_->add(place);
  return true;
}

void SharedLimits::has_spoken(Admission& place) {
  const std::lock_guard lock(impl_->mutex);
  impl_->unlink_silent(place);
}

void SharedLimits::leave(Admission& place) {
  const std::lock_guard lock(impl_->mutex);
  if (place.of_address.is_linked()) impl_->remove(place);
}

void SharedLimits::count_buffers(std::size_t before, std::size_t after) {
  if (before == 0) impl_->holders.fetch_add(1, std::memory_order_relaxed);
  if (after == 0) impl_->holders.fetch_sub(1, std::memory_order_relaxed);
  // Unsigned: what is less than before is added as well, and wraps.
  const std::size_t change = after - before;
  const std::size_t total =
      impl_->buffer_bytes.fetch_add(change, std::memory_order_relaxed) + change;
  if (after > before && total > options_.buffer_bytes_max) [[unlikely]]
    shed_soon();
}

void SharedLimits::shed_soon() {
  std::vector<std::shared_ptr<Reactor>> reactors;
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->looks_pending.load(std::memory_order_acquire) > 0) return;
    for (const auto& watched : impl_->reactors) {
      if (auto reactor = watched.lock()) reactors.push_back(std::move(reactor));
    }
    impl_->looks_pending.store(reactors.size(), std::memory_order_relaxed);
  }
  for (const std::shared_ptr<Reactor>& reactor : reactors) {
    const bool posted =
        reactor->post([self = shared_from_this(), at = reactor.get()] { self->shed(*at); });
    if (!posted) impl_->looks_pending.fetch_sub(1, std::memory_order_release);
  }
}

void SharedLimits::shed(Reactor& reactor) {
  struct Done {
    ~Done() { looks_pending.fetch_sub(1, std::memory_order_release); }
    std::atomic<std::size_t>& looks_pending;
  };
  const Done done{impl_->looks_pending};
  std::vector<std::shared_ptr<ReactorMember>> holders;
  for (const std::shared_ptr<ReactorMember>& member : reactor.members()) {
    if (member->counted_bytes() > 0) holders.push_back(member);
  }
  std::sort(holders.begin(), holders.end(),
            [](const auto& a, const auto& b) { return a->counted_bytes() > b->counted_bytes(); });
  const std::size_t average =
      buffer_bytes() / std::max<std::size_t>(1, impl_->holders.load(std::memory_order_relaxed));
  const std::size_t enough = options_.buffer_bytes_max - options_.buffer_bytes_max / 8;
  for (const std::shared_ptr<ReactorMember>& member : holders) {
    if (buffer_bytes() <= enough || member->counted_bytes() < average) break;
    member->close_for_buffers();
  }
}

}  // namespace rocketmq::net
