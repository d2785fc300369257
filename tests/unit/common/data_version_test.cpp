#include "rocketmq/common/data_version.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/json_reader.hpp"

namespace rocketmq {
namespace {

DataVersion read_version(std::string_view text) {
  JsonReader in(text);
  DataVersion version;
  EXPECT_TRUE(read_json(in, version) && in.end()) << in.error().remark;
  return version;
}

TEST(DataVersion, IsWrittenWithBothSpellingsOfItsTime) {
  const DataVersion version{.timestamp_ms = 17, .counter = 3};
  EXPECT_EQ(dump_json(version), R"({"counter":3,"timestamp":17,"timestatmp":17})");
}

TEST(DataVersion, CarriesTheStateVersionOnlyWhenThereIsOne) {
  const DataVersion version{.timestamp_ms = 17, .counter = 3, .state_version = 2};
  EXPECT_EQ(dump_json(version), R"({"counter":3,"stateVersion":2,"timestamp":17,"timestatmp":17})");
  EXPECT_EQ(read_version(dump_json(version)), version);
}

TEST(DataVersion, IsReadWithEitherSpelling) {
  EXPECT_EQ(read_version(R"({"counter":3,"timestamp":17})"),
            (DataVersion{.timestamp_ms = 17, .counter = 3}));
  EXPECT_EQ(read_version(R"({"counter":3,"timestatmp":17})"),
            (DataVersion{.timestamp_ms = 17, .counter = 3}));
  EXPECT_EQ(read_version("{}"), DataVersion{});
  EXPECT_EQ(read_version("[]"), DataVersion{});
}

TEST(DataVersion, ChangesWithEveryStep) {
  DataVersion version;
  version.next(5);
  version.next(5);
  EXPECT_EQ(version, (DataVersion{.timestamp_ms = 5, .counter = 2}));
}

}  // namespace
}  // namespace rocketmq
