#pragma once

#include "rocketmq/common/address_list.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::namesrv {

class BrokerRegistrationProcessor;
class KvConfigProcessor;
class NamesrvConfigProcessor;
class RouteProcessor;

struct Processors {
  BrokerRegistrationProcessor& registration;
  RouteProcessor& route;
  KvConfigProcessor& kv_config;
  NamesrvConfigProcessor& config;
};

struct Pools {
  /// One thread: brokers' requests in the order in which they came.
  WorkerPool& registration;
  /// What is large or rare.
  WorkerPool& admin;
  /// One thread: changes that are written to a file before they are confirmed.
  WorkerPool& saver;
};

/// The name server's whole remote surface: what is served, and on which threads. Only peers of
/// `may_change` reach what changes something by an administrator's wish.
void add_namesrv_routes(remoting::Dispatcher& dispatcher, const Processors& processors,
                        const Pools& pools, const AddressList& may_change);

}  // namespace rocketmq::namesrv
