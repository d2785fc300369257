#include "mqadmin/commands/trace_records.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "rocketmq/common/saturating.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::mqadmin {
namespace {

constexpr char field_end = '\x01';
constexpr char record_end = '\x02';

std::vector<std::string> split_text(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string field(const std::vector<std::string>& fields, std::size_t index) {
  return index < fields.size() ? fields[index] : std::string();
}

std::int64_t number(const std::vector<std::string>& fields, std::size_t index) {
  return whole_number<std::int64_t>(field(fields, index)).value_or(0);
}

std::string host_of(const MessageExt& message) {
  const std::string host = message.getBornHost();
  return host.substr(0, host.rfind(':'));
}

/// The beginning of a consumption, which its end refers to.
struct Begun {
  std::string group;
  std::int64_t time_ms = 0;
};
using BegunById = std::map<std::string, Begun>;

/// A consumption's end: requestId msgId cost success keys code [time group].
TraceRecord consumed(const std::vector<std::string>& fields, const BegunById& begun) {
  TraceRecord record{.kind = TraceRecord::Kind::Consumed,
                     .group = field(fields, 8),
                     .time_ms = subtract_saturating(number(fields, 7), number(fields, 3)),
                     .cost_ms = number(fields, 3),
                     .is_success = field(fields, 4) == "true"};
  if (const auto found = begun.find(field(fields, 1)); found != begun.end()) {
    record.group = found->second.group;
    record.time_ms = found->second.time_ms;
  }
  return record;
}

/// Calls take(fields, message) for each record of each message.
template <class Take>
void visit(const std::vector<MessageExt>& messages, const Take& take) {
  for (const MessageExt& message : messages) {
    for (const std::string& record : split_text(message.getBody(), record_end)) {
      if (!record.empty()) take(split_text(record, field_end), message);
    }
  }
}

}  // namespace

std::vector<TraceRecord> trace_records(const std::vector<MessageExt>& messages,
                                       std::string_view id) {
  BegunById begun;
  visit(messages, [&](const std::vector<std::string>& fields, const MessageExt&) {
    if (field(fields, 0) == "SubBefore" && field(fields, 5) == id)
      begun[field(fields, 4)] = {field(fields, 3), number(fields, 1)};
  });
  std::vector<TraceRecord> records;
  visit(messages, [&](const std::vector<std::string>& fields, const MessageExt& message) {
    TraceRecord record;
    if (field(fields, 0) == "Pub" && field(fields, 5) == id) {
      record = {.kind = TraceRecord::Kind::Sent,
                .group = field(fields, 3),
                .time_ms = number(fields, 1),
                .cost_ms = number(fields, 10),
                .is_success = fields.back() == "true" || field(fields, 13) == "true"};
    } else if (field(fields, 0) == "SubAfter" && field(fields, 2) == id) {
      record = consumed(fields, begun);
    } else if (field(fields, 0) == "EndTransaction" && field(fields, 5) == id) {
      record = {.kind = TraceRecord::Kind::TransactionEnded,
                .group = field(fields, 3),
                .time_ms = number(fields, 1),
                .is_success = field(fields, 11) == "COMMIT_MESSAGE"};
    } else {
      return;
    }
    record.client_host = host_of(message);
    records.push_back(std::move(record));
  });
  std::stable_sort(records.begin(), records.end(),
                   [](const auto& a, const auto& b) { return a.time_ms < b.time_ms; });
  return records;
}

}  // namespace rocketmq::mqadmin
