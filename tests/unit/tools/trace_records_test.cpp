#include "mqadmin/commands/trace_records.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace rocketmq::mqadmin {
namespace {

std::string joined(const std::vector<std::string>& fields) {
  std::string text;
  for (const std::string& field : fields) text += (text.empty() ? "" : "\x01") + field;
  return text + "\x02";
}

/// Of a consumption that ended at `end` and took `cost`, both as its consumer wrote them.
std::int64_t begin_of(const std::string& end, const std::string& cost) {
  MessageExt message;
  message.setBody(joined({"SubAfter", "request", "ID", cost, "true", "key", "0", end, "group"}));
  const auto records = trace_records({message}, "ID");
  EXPECT_EQ(records.size(), 1U);
  return records.empty() ? 0 : records.front().time_ms;
}

TEST(TraceRecords, AConsumptionBeganItsCostBeforeItsEnd) {
  EXPECT_EQ(begin_of("1700000000500", "20"), 1'700'000'000'480);
}

TEST(TraceRecords, NumbersThatCannotBeAreNoHarm) {
  EXPECT_EQ(begin_of("-9223372036854775808", "1"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(begin_of("5", "-9223372036854775808"), std::numeric_limits<std::int64_t>::max());
}

}  // namespace
}  // namespace rocketmq::mqadmin
