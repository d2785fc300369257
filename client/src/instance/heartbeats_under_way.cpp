#include "instance/heartbeats_under_way.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rocketmq::client {

HeartbeatsUnderWay::Ticket HeartbeatsUnderWay::begin(const std::string& address) {
  const std::scoped_lock lock(mutex_);
  const Ticket ticket = next_ticket_++;
  brokers_[address].under_way.insert(ticket);
  return ticket;
}

void HeartbeatsUnderWay::end(const std::string& address, Ticket ticket) {
  std::vector<Waiter> ready;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = brokers_.find(address);
    if (found == brokers_.end()) return;
    auto& [under_way, waiters] = found->second;
    under_way.erase(ticket);
    const auto waits = [&under_way = under_way](const Waiter& waiter) {
      return !under_way.empty() && *under_way.begin() <= waiter.last;
    };
    const auto first_ready = std::stable_partition(waiters.begin(), waiters.end(), waits);
    ready.assign(std::make_move_iterator(first_ready), std::make_move_iterator(waiters.end()));
    waiters.erase(first_ready, waiters.end());
    if (under_way.empty()) brokers_.erase(found);
  }
  for (Waiter& waiter : ready) waiter.next();
}

void HeartbeatsUnderWay::after(const std::string& address, UniqueFunction<void()> next) {
  {
    const std::scoped_lock lock(mutex_);
    const auto found = brokers_.find(address);
    if (found != brokers_.end()) {
      found->second.waiters.push_back({next_ticket_ - 1, std::move(next)});
      return;
    }
  }
  next();
}

}  // namespace rocketmq::client
