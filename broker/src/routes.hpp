#pragma once

#include "processors/admin_broker.hpp"
#include "processors/admin_groups.hpp"
#include "processors/admin_topics.hpp"
#include "processors/client_manage.hpp"
#include "processors/consumer_manage.hpp"
#include "processors/end_transaction.hpp"
#include "processors/pull_message.hpp"
#include "processors/query.hpp"
#include "processors/send_back.hpp"
#include "processors/send_message.hpp"
#include "processors/send_reply.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/remoting/worker_pool.hpp"

namespace rocketmq::broker {

/// Everything that answers requests.
struct Processors {
  SendMessageProcessor send;
  SendBackProcessor send_back;
  SendReplyProcessor send_reply;
  EndTransactionProcessor end_transaction;
  PullMessageProcessor pull;
  ClientManageProcessor client;
  ConsumerManageProcessor consumer;
  QueryProcessor query;
  AdminTopicsProcessor topics;
  AdminGroupsProcessor groups;
  AdminBrokerProcessor broker;
};

/// The threads for what may block.
struct Pools {
  remoting::WorkerPool read;
  remoting::WorkerPool admin;
};

/// Which listener the routes are for: the fast one serves everything but pulls.
enum class Listener { Main, Fast };

/// Fills `routes` with the broker's whole remote surface.
void add_broker_routes(remoting::Dispatcher& routes, Listener listener, Processors& processors,
                       Pools& pools);

}  // namespace rocketmq::broker
