// The tables that daemons keep in files. The first byte says which: t topics, g consumer groups, o
// consumer offsets, f filters, k the name server's KV pairs.
#include <nlohmann/json.hpp>

#include "filter/consumer_filter_manager.hpp"
#include "fuzz_target.hpp"
#include "groups/consumer_offset_manager.hpp"
#include "groups/subscription_group_manager.hpp"
#include "kv_config_manager.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "temp_files.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::fuzz {

using namespace broker;

namespace {

const ManualClock a_clock;
const BrokerConfig a_config;

/// What was saved is loaded again, and is the same.
template <class Table, class Make, class Content>
void load_and_save(const std::filesystem::path& file, const Make& make, const Content& content_of) {
  Table table = make();
  if (!table.load()) return;
  table.file().changed();
  check(table.flush().has_value(), "the table is saved");
  Table again = make();
  check(again.load().has_value(), "what was saved is loaded");
  check(content_of(again) == content_of(table), "the table survives");
  std::filesystem::remove(file.string() + ".bak");
}

}  // namespace

void run(std::string_view bytes) {
  Input input(bytes);
  const std::uint8_t which = input.byte();
  const auto file = directory() / "table.json";
  write_file(file, input.rest());
  switch (which) {
    case 't':
      load_and_save<TopicConfigManager>(
          file, [&] { return TopicConfigManager(a_config, a_clock, file); },
          [](const auto& table) { return table.snapshot().topic_config_table; });
      break;
    case 'g':
      load_and_save<SubscriptionGroupManager>(
          file, [&] { return SubscriptionGroupManager(a_config, a_clock, file); },
          [](const auto& table) { return table.snapshot().subscription_group_table; });
      break;
    case 'o':
      load_and_save<ConsumerOffsetManager>(
          file, [&] { return ConsumerOffsetManager(file); },
          [](const auto& table) { return parse_fastjson(table.to_json()).value(); });
      break;
    case 'f': {
      ExpressionCache cache;
      load_and_save<ConsumerFilterManager>(
          file, [&] { return ConsumerFilterManager({.file = file}, a_clock, cache); },
          [](const auto& table) { return table.to_json(); });
      break;
    }
    case 'k': {
      namesrv::KvConfigManager table(file);
      if (table.load()) (void)table.list("ORDER_TOPIC_CONFIG");
      break;
    }
    default: break;
  }
}

}  // namespace rocketmq::fuzz
