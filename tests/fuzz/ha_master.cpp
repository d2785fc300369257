// A master's end of the replication: a slave's reports, for a log that the first numbers describe.
#include <algorithm>

#include "fuzz_target.hpp"
#include "ha/ha_protocol.hpp"
#include "ha/slave_feed.hpp"

namespace rocketmq::fuzz {

using namespace broker::ha;

void run(std::string_view bytes) {
  constexpr std::int64_t file_bytes = 262'144;
  Input input(bytes);
  const std::int64_t files = input.byte();
  const std::int64_t first = input.byte() * file_bytes;
  const store::LogBounds log{.begin = first, .end = first + files * file_bytes + input.byte()};
  const SlaveFeed::Time now{};
  SlaveFeed feed(now);
  std::string_view reports = input.rest();
  while (reports.size() >= report_bytes) {
    const std::int64_t report = last_report(reports.substr(0, report_bytes));
    reports.remove_prefix(report_bytes);
    if (!feed.take_report(report, log, file_bytes, now)) return;
    check(feed.has_begun(), "after a report the feed has begun");
    check(feed.next() >= log.begin && feed.next() <= log.end, "what is sent next is in the log");
    check(feed.acknowledged() <= log.end, "no slave has more than its master");
    if (!feed.check_still_there(log)) return;
    feed.sent(std::min<std::int64_t>(32'768, log.end - feed.next()), now);
  }
}

}  // namespace rocketmq::fuzz
