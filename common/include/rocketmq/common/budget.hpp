#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rocketmq/common/result.hpp"

namespace rocketmq {

class FigureTable;

/// A total of something that peers have this process keep, with a share for each peer: a peer may
/// hold as much as is left free for all others. One greedy peer ends up with half of the total, the
/// next with half of the rest, and a peer with little always finds room. The share needs no number
/// and hurts no peer while there is room: a network behind one address may hold half of the total.
/// The last eighth is for those who hold less than a thousandth: many greedy peers together do not
/// fill it soon either.
///
/// What the process holds for itself, or by an operator's wish, belongs to no peer: it counts, and
/// has no share.
///
/// Runs on: any thread. Each call takes the lock for a few instructions. Bounded: peers are known
/// while they hold something.
class Budget {
 public:
  /// Tells peers apart: net::address_key() of where a request came from.
  using Peer = std::uint64_t;
  static constexpr Peer nobody = 0;

  /// `name` is a literal, for figures: "topics"; `what` is read by operators: "topics on one
  /// broker".
  Budget(std::string_view name, std::string_view what, std::size_t total);
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  /// Takes `amount` for a peer. Error: SystemError that says whether the total or the peer's share
  /// is reached.
  Result<void> take(Peer peer, std::size_t amount = 1);
  /// The same without taking anything: charge() follows before another thread may ask.
  Result<void> may_take(Peer peer, std::size_t amount = 1);
  /// Takes it beyond total and share: it is there already, or an operator wants it.
  void charge(Peer peer, std::size_t amount = 1);
  /// Gives back what the peer has taken.
  void give_back(Peer peer, std::size_t amount = 1);
  /// Gives back everything of everybody.
  void clear();

  std::string_view name() const { return name_; }
  std::size_t total() const { return total_; }
  std::size_t used() const;
  std::size_t used_by(Peer peer) const;
  /// How often take() has refused since the start.
  std::uint64_t refusals() const;

 private:
  Result<void> check(Peer peer, std::size_t amount);  // needs mutex_
  /// What one peer may hold in all.
  std::size_t share_while_free(std::size_t free) const;

  const std::string_view name_;
  const std::string_view what_;
  const std::size_t total_;
  mutable std::mutex mutex_;
  std::size_t used_ = 0;                           // guarded by mutex_
  std::unordered_map<Peer, std::size_t> by_peer_;  // guarded by mutex_; of real peers
  std::uint64_t refusals_ = 0;                     // guarded by mutex_
};

/// Declares, for each budget, its total, what is used of it, and how often it refused. The budgets
/// must outlive the figures.
void add_budget_figures(FigureTable& table, std::vector<const Budget*> budgets);

}  // namespace rocketmq
