#pragma once

#include <string>
#include <vector>

#include "mqadmin/frame/arguments.hpp"
#include "mqadmin/frame/context.hpp"

namespace rocketmq::mqadmin {

/// One sub-command.
struct Command {
  std::string name;
  std::string summary;
  std::vector<Option> options;
  /// Failures are shown as `CODE: n  DESC: text`; those of usage_failure() with the usage.
  Outcome<void> (*run)(Context& context) = nullptr;
  /// A second name, or empty.
  std::string alias;
};

using Commands = std::vector<Command>;

// The groups, each in a file of its own under commands/. Names as in spec/admin.md.
Commands cluster_commands();
Commands broker_commands();
Commands topic_commands();
Commands stats_commands();
Commands probe_commands();
Commands namesrv_commands();
Commands group_commands();
Commands consumer_commands();
Commands monitor_commands();
Commands producer_commands();
Commands offset_commands();
Commands message_commands();
Commands trace_commands();
Commands print_commands();
Commands send_commands();
Commands queue_commands();
Commands acl_commands();
Commands export_commands();
Commands ha_commands();

/// All of them, in the order in which they are listed.
const Commands& all_commands();
/// By name or alias, without regard to case; null: there is none.
const Command* find_command(const std::string& name);

}  // namespace rocketmq::mqadmin
