#include <limits>
#include <map>
#include <string>
#include <vector>

#include "mqadmin/commands/trace_records.hpp"
#include "mqadmin/frame/command.hpp"
#include "mqadmin/frame/times.hpp"
#include "rocketmq/client/message_queries.hpp"
#include "rocketmq/common/names.hpp"

namespace rocketmq::mqadmin {
namespace {

constexpr int records_max = 64;

std::vector<Column> columns_of(const char* group, const char* time) {
  return {{"#Type", "%-10s "}, {group, "%-20s "},        {"#ClientHost", "%-20s "},
          {time, "%-20s "},    {"#CostTimes", "%-10s "}, {"#Status", "%-10s"}};
}

void show(Table& table, const char* type, const TraceRecord& record) {
  table.row({type, record.group, record.client_host, second_text(record.time_ms),
             std::to_string(record.cost_ms) + "ms", record.is_success ? "success" : "failed"});
}

Outcome<void> query_msg_trace_by_id(Context& context) {
  const Arguments& arguments = context.arguments();
  const std::string id = arguments.get("i");
  const auto found = client::query_by_key(
      context.client(),
      {.topic = arguments.get("t", std::string(names::trace_topic)),
       .key = id,
       .max = static_cast<int>(arguments.get_number("c", records_max)),
       .begin_ms = arguments.get_number("b", 0),
       .end_ms = arguments.get_number("e", std::numeric_limits<std::int64_t>::max())});
  if (!found) return found.error();
  std::map<std::string, std::vector<TraceRecord>> consumers;
  std::vector<TraceRecord> sent;
  for (const TraceRecord& record : trace_records(found->messages, id)) {
    if (record.kind == TraceRecord::Kind::Consumed) {
      consumers[record.group].push_back(record);
    } else if (record.kind == TraceRecord::Kind::Sent) {
      sent.push_back(record);
    }
  }
  if (!sent.empty()) {
    Table table = context.out().table("sent", columns_of("#ProducerGroup", "#SendTime"));
    for (const TraceRecord& record : sent) show(table, "Pub", record);
    context.out().print("\n");
  }
  for (const auto& [group, records] : consumers) {
    Table table =
        context.out().table("consumed:" + group, columns_of("#ConsumerGroup", "#ConsumerTime"));
    for (const TraceRecord& record : records) show(table, "Sub", record);
    context.out().print("\n");
  }
  return {};
}

}  // namespace

Commands trace_commands() {
  const auto time = [](const char* name, const char* long_name, const char* help) {
    return number(name, long_name, help, 0, std::numeric_limits<std::int64_t>::max());
  };
  return {{"queryMsgTraceById",
           "Show what producers and consumers noted about a message",
           {required(text("i", "msgId", "Id of the message")),
            text("t", "traceTopic", "Topic of the notes (RMQ_SYS_TRACE_TOPIC)"),
            time("b", "beginTimestamp", "First store time of the notes, ms"),
            time("e", "endTimestamp", "Last store time of the notes, ms"),
            number("c", "maxNum", "Most notes of each broker (64)", 1)},
           query_msg_trace_by_id}};
}

}  // namespace rocketmq::mqadmin
