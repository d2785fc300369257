#pragma once

#include "clients/consumer_manager.hpp"
#include "config/config_updates.hpp"
#include "ha/replication.hpp"
#include "rocketmq/common/figure_table.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "rocketmq/store/store_administration.hpp"
#include "schedule/schedule_message_service.hpp"
#include "stats/broker_stats_manager.hpp"

namespace rocketmq::broker {

/// Tells administrators about the broker itself and its files, and changes its configuration
/// (spec/wire-requests.md, part D). Runs on: the admin pool.
class AdminBrokerProcessor {
 public:
  /// All must outlive the processor.
  struct Parts {
    ConfigUpdates& config;
    const FigureTable& figures;
    const ScheduleMessageService& schedule;
    const BrokerStatsManager& stats;
    const ConsumerManager& consumers;
    const store::MessageReader& reader;
    store::StoreAdministration& administration;
    const ha::Replication& replication;
  };
  explicit AdminBrokerProcessor(Parts parts) : parts_(parts) {}

  void delay_offsets(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                     remoting::Reply reply);
  void config(const remoting::RequestContext& context, remoting::RemotingCommand& request,
              remoting::Reply reply);
  void update_config(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                     remoting::Reply reply);
  void ha_status(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                 remoting::Reply reply);
  void runtime_info(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);
  void stats_data(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                  remoting::Reply reply);
  void consume_queue(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                     remoting::Reply reply);
  void clean_queues(const remoting::RequestContext& context, remoting::RemotingCommand& request,
                    remoting::Reply reply);
  void delete_expired_files(const remoting::RequestContext& context,
                            remoting::RemotingCommand& request, remoting::Reply reply);

 private:
  const Parts parts_;
};

}  // namespace rocketmq::broker
