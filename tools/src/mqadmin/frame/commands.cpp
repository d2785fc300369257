#include <algorithm>
#include <cctype>
#include <iterator>

#include "mqadmin/frame/command.hpp"

namespace rocketmq::mqadmin {
namespace {

Commands join_groups() {
  Commands all;
  for (const auto group :
       {cluster_commands, broker_commands, topic_commands, stats_commands, probe_commands,
        namesrv_commands, group_commands, consumer_commands, monitor_commands, producer_commands,
        offset_commands, message_commands, trace_commands, print_commands, send_commands,
        queue_commands, acl_commands, export_commands, ha_commands}) {
    Commands commands = group();
    std::move(commands.begin(), commands.end(), std::back_inserter(all));
  }
  return all;
}

bool is_same_name(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

const Commands& all_commands() {
  static const Commands commands = join_groups();
  return commands;
}

const Command* find_command(const std::string& name) {
  if (name.empty()) return nullptr;
  const Commands& commands = all_commands();
  const auto found = std::find_if(commands.begin(), commands.end(), [&](const Command& command) {
    return is_same_name(command.name, name) || is_same_name(command.alias, name);
  });
  return found == commands.end() ? nullptr : &*found;
}

}  // namespace rocketmq::mqadmin
