#include "soak_ledger.hpp"

namespace rocketmq::soak {

void Ledger::wish(const std::string& body, Wish wish) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[body];
  if (entry.wish == Wish::Must && entry.arrivals == 0) --missing_;
  entry.wish = wish;
  // It may have arrived before its sender learned that it was stored.
  if (wish == Wish::Must && entry.arrivals == 0) ++missing_;
  changed_.notify_all();
}

void Ledger::expect(const std::string& body) { wish(body, Wish::Must); }
void Ledger::allow(const std::string& body) { wish(body, Wish::May); }
void Ledger::forbid(const std::string& body) { wish(body, Wish::MustNot); }

void Ledger::arrived(const std::string& body) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[body];
  if (entry.wish == Wish::Must && entry.arrivals == 0) --missing_;
  ++entry.arrivals;
  if (missing_ == 0) changed_.notify_all();
}

Ledger::Balance Ledger::balance() const {
  constexpr std::size_t examples_max = 5;
  Balance balance;
  const std::lock_guard lock(mutex_);
  for (const auto& [body, entry] : entries_) {
    balance.expected += entry.wish == Wish::Must;
    balance.arrived += entry.arrivals > 0;
    const bool is_lost = entry.wish == Wish::Must && entry.arrivals == 0;
    const bool is_doubled = entry.arrivals > 1;
    const bool is_forbidden =
        entry.arrivals > 0 && (entry.wish == Wish::MustNot || entry.wish == Wish::None);
    balance.lost += is_lost;
    balance.doubled += is_doubled;
    balance.forbidden += is_forbidden;
    if ((is_lost || is_doubled || is_forbidden) && balance.examples.size() < examples_max) {
      balance.examples.push_back((is_lost      ? "lost: "
                                  : is_doubled ? "doubled: "
                                               : "not to come: ") +
                                 body);
    }
  }
  return balance;
}

bool Ledger::wait_until_complete(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return missing_ == 0; });
}

}  // namespace rocketmq::soak
