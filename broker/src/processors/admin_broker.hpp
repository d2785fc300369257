#pragma once

#include <tuple>

#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/remoting/worker_pool.hpp"
#include "rocketmq/store/message_store.hpp"
#include "runtime_figures.hpp"
#include "schedule/schedule_message_service.hpp"

namespace rocketmq::broker {

/// Answers administrators about the broker itself (wire-requests.md, part D). Runs on: the admin
/// pool.
class AdminBrokerProcessor {
 public:
  AdminBrokerProcessor(const BrokerSettings& settings, const RuntimeFigures& figures,
                       const ScheduleMessageService& schedule)
      : settings_(settings), figures_(figures), schedule_(schedule) {}

  void delay_offsets(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                     remoting::Reply reply);
  void config(const remoting::RequestContext& context, remoting::RemotingCommand& request,
              remoting::Reply reply);
  void runtime_info(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);

 private:
  const BrokerSettings& settings_;
  const RuntimeFigures& figures_;
  const ScheduleMessageService& schedule_;
};

}  // namespace rocketmq::broker
