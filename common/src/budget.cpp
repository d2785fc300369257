#include "rocketmq/common/budget.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "rocketmq/common/figure_table.hpp"

namespace rocketmq {

Budget::Budget(std::string_view name, std::string_view what, std::size_t total)
    : name_(name), what_(what), total_(total) {}

Result<void> Budget::take(Peer peer, std::size_t amount) {
  const std::lock_guard lock(mutex_);
  if (auto checked = check(peer, amount); !checked || amount == 0) return checked;
  used_ += amount;
  if (peer != nobody) by_peer_[peer] += amount;
  return {};
}

Result<void> Budget::may_take(Peer peer, std::size_t amount) {
  const std::lock_guard lock(mutex_);
  return check(peer, amount);
}

Result<void> Budget::check(Peer peer, std::size_t amount) {
  if (amount == 0) return {};
  const std::size_t free = total_ > used_ ? total_ - used_ : 0;
  const auto held = by_peer_.find(peer);  // never there without a peer
  const std::size_t own = held == by_peer_.end() ? 0 : held->second;
  if (amount > free) {
    ++refusals_;
    return Error{ResponseCode::SystemError,
                 "no more than " + std::to_string(total_) + " " + std::string(what_)};
  }
  if (peer != nobody && own + amount > share_while_free(free)) {
    ++refusals_;
    return Error{ResponseCode::SystemError, "your address has " + std::to_string(own) + " of " +
                                                std::to_string(total_) + " " + std::string(what_) +
                                                ", and no share in the " + std::to_string(free) +
                                                " that are left for others"};
  }
  return {};
}

std::size_t Budget::share_while_free(std::size_t free) const {
  return free > total_ / 8 ? free : std::min(free, std::max<std::size_t>(1, total_ / 1'024));
}

void Budget::charge(Peer peer, std::size_t amount) {
  if (amount == 0) return;
  const std::lock_guard lock(mutex_);
  used_ += amount;
  if (peer != nobody) by_peer_[peer] += amount;
}

void Budget::give_back(Peer peer, std::size_t amount) {
  if (amount == 0) return;
  const std::lock_guard lock(mutex_);
  ensure(used_ >= amount, "nothing is given back that was not taken");
  used_ -= amount;
  if (peer == nobody) return;
  const auto held = by_peer_.find(peer);
  ensure(held != by_peer_.end() && held->second >= amount,
         "a peer gives back what it has taken itself");
  held->second -= amount;
  if (held->second == 0) by_peer_.erase(held);
}

void Budget::clear() {
  const std::lock_guard lock(mutex_);
  used_ = 0;
  by_peer_.clear();
}

std::size_t Budget::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

std::size_t Budget::used_by(Peer peer) const {
  const std::lock_guard lock(mutex_);
  const auto held = by_peer_.find(peer);
  return held == by_peer_.end() ? 0 : held->second;
}

std::uint64_t Budget::refusals() const {
  const std::lock_guard lock(mutex_);
  return refusals_;
}

void add_budget_figures(FigureTable& table, std::vector<const Budget*> budgets) {
  const auto family = [&](const Figure& figure, auto read_one) {
    table.add_family(figure, [budgets, read_one](const FigureTable::FamilyReader& read) {
      for (const Budget* budget : budgets)
        read(budget->name(), static_cast<std::int64_t>(read_one(*budget)));
    });
  };
  family(
      {.name = "limitUsed_", .unit = "entries", .help = "what is used of a limit", .key = "LIMIT"},
      [](const Budget& budget) { return budget.used(); });
  family({.name = "limitMax_", .unit = "entries", .help = "the limit", .key = "LIMIT"},
         [](const Budget& budget) { return budget.total(); });
  family({.name = "limitRefusals_",
          .kind = FigureKind::Counter,
          .unit = "requests",
          .help = "refusals because a limit, or the share of one address, was reached",
          .key = "LIMIT"},
         [](const Budget& budget) { return budget.refusals(); });
}

}  // namespace rocketmq
