#include "rocketmq/net/net_threads.hpp"

#include <algorithm>
#include <utility>

#include "rocketmq/net/reactor.hpp"

namespace rocketmq::net {

NetThreads::NetThreads(NetThreadsOptions options) : options_(std::move(options)) {}

NetThreads::~NetThreads() { stop(); }

std::shared_ptr<Reactor> NetThreads::take() {
  const std::lock_guard lock(mutex_);
  auto least =
      std::min_element(threads_.begin(), threads_.end(),
                       [](const Thread& a, const Thread& b) { return a.clients < b.clients; });
  const bool is_one_free = least != threads_.end() && least->clients == 0;
  if (!is_one_free && threads_.size() < std::max<std::size_t>(1, options_.threads_max)) {
    auto reactor = std::make_shared<Reactor>(options_.thread_name_prefix + "-" +
                                             std::to_string(threads_.size()));
    if (options_.callbacks_ran) reactor->on_turn_end(options_.callbacks_ran);
    reactor->scan_idle_every(idle_scan_period(options_.idle_timeout));
    reactor->start();
    threads_.push_back({std::move(reactor), 0});
    least = std::prev(threads_.end());
  }
  ++least->clients;
  return least->reactor;
}

void NetThreads::give_back(const std::shared_ptr<Reactor>& reactor) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(threads_.begin(), threads_.end(),
                                  [&](const Thread& thread) { return thread.reactor == reactor; });
  if (found != threads_.end()) --found->clients;
}

void NetThreads::stop() {
  std::vector<Thread> threads;
  {
    const std::lock_guard lock(mutex_);
    threads.swap(threads_);
  }
  for (const Thread& thread : threads) {
    thread.reactor->stop(Error{ResponseCode::ShutDown, "the client has been shut down"}, {});
  }
  for (const Thread& thread : threads) thread.reactor->join();
}

}  // namespace rocketmq::net
