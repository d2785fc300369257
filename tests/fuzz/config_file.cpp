// The configuration files of the daemons. The first byte says whose: b broker, n name server, f
// filter server.
#include <map>

#include "fuzz_target.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/properties_edit.hpp"
#include "rocketmq/common/properties_file.hpp"
#include "rocketmq/daemon/options.hpp"
#include "rocketmq/filtersrv/filter_server_settings.hpp"
#include "rocketmq/namesrv/namesrv_settings.hpp"
#include "temp_files.hpp"

namespace rocketmq::fuzz {

namespace {

/// What stands in a file can be changed there, and nothing else changes with it.
void edit(std::string_view text, const std::vector<Property>& properties) {
  if (properties.empty()) return;
  const std::string& key = properties.front().key;
  const auto edited = edit_properties(text, {{key, "12=\\ \u00e9"}, {"anotherKey", "5"}});
  check(edited.has_value(), "a text that was read can be edited");
  const auto again = parse_properties(*edited);
  check(again.has_value(), "what was edited is read");
  std::map<std::string, std::string> before;
  std::map<std::string, std::string> after;
  for (const auto& property : properties) before[property.key] = property.value;
  for (const auto& property : *again) after[property.key] = property.value;
  before[key] = "12=\\ \u00e9";
  before["anotherKey"] = "5";
  check(before == after, "two values are others, and no more");
}

}  // namespace

void run(std::string_view bytes) {
  Input input(bytes);
  const std::uint8_t whose = input.byte();
  const std::string_view text = input.rest();
  const auto properties = parse_properties(text);
  if (properties) edit(text, *properties);

  const auto file = directory() / "daemon.conf";
  write_file(file, text);
  const auto ignore = [](const std::string&) {};
  const DaemonOptions options{.config_file = file.string()};
  if (whose == 'b') {
    broker::BrokerSettings settings;
    if (settings.configure(options, ignore)) (void)settings.table.print();
  } else if (whose == 'n') {
    namesrv::NamesrvSettings settings("/home/user", "/opt/rocketmq");
    if (settings.configure(options, ignore)) (void)settings.print();
  } else if (whose == 'f') {
    filtersrv::FilterServerSettings settings;
    if (settings.configure(options, ignore) && settings.check()) (void)settings.print(false);
  }
}

}  // namespace rocketmq::fuzz
