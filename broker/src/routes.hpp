#pragma once

#include "processors/admin_access.hpp"
#include "processors/admin_broker.hpp"
#include "processors/admin_clients.hpp"
#include "processors/admin_groups.hpp"
#include "processors/admin_offsets.hpp"
#include "processors/admin_topics.hpp"
#include "processors/client_manage.hpp"
#include "processors/consumer_manage.hpp"
#include "processors/end_transaction.hpp"
#include "processors/pull_message.hpp"
#include "processors/query.hpp"
#include "processors/register_filter_server.hpp"
#include "processors/reset_offset.hpp"
#include "processors/resume_check.hpp"
#include "processors/send_back.hpp"
#include "processors/send_message.hpp"
#include "processors/send_reply.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::broker {

/// Everything that handles requests.
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
  AdminOffsetsProcessor admin_offsets;
  AdminClientsProcessor admin_clients;
  ResetOffsetProcessor reset_offset;
  ResumeCheckProcessor resume_check;
  AdminBrokerProcessor broker;
  RegisterFilterServerProcessor filter_server;
  AdminAccessProcessor access;
};

/// The threads for what may block.
struct Pools {
  WorkerPool read;
  WorkerPool admin;
};

/// Which listener the routes are for: the fast one serves everything but pulls.
enum class Listener { Main, Fast };

/// Binds the rows of the table of requests to the objects of this process, which must outlive
/// `routes`.
void add_broker_routes(remoting::Dispatcher& routes, Listener listener,
                       const BrokerSettings& settings, Processors& processors, Pools& pools);

}  // namespace rocketmq::broker
