#include "rocketmq/client/offset_table_json.hpp"

#include <gtest/gtest.h>

namespace rocketmq::client {
namespace {

const OffsetTable offsets_of_two{{MessageQueue("T", "b-a", 0), 100},
                                 {MessageQueue("T", "b-a", 1), 9'223'372'036'854'775'807}};

TEST(OffsetTableJson, WritesQueuesAsBareObjectKeys) {
  EXPECT_EQ(encode_offset_table("offsetTable", {{MessageQueue("T", "b-a", 0), 100}}),
            R"({"offsetTable":{{"brokerName":"b-a","queueId":0,"topic":"T"}:100}})");
}

TEST(OffsetTableJson, ReadsBothForms) {
  EXPECT_EQ(decode_offset_table("offsetTable", encode_offset_table("offsetTable", offsets_of_two))
                .value(),
            offsets_of_two);
  EXPECT_EQ(decode_offset_table(
                "offsetTable",
                R"({"offsetTable":[{"brokerName":"b-a","offset":100,"queueId":0,"topic":"T"}]})")
                .value(),
            (OffsetTable{{MessageQueue("T", "b-a", 0), 100}}));
}

TEST(OffsetTableJson, RefusesOtherTexts) {
  for (const char* text : {"", "[]", "{}", R"({"offsetTable":3})", R"({"offsetTable":{"x":1}})",
                           "{\"offsetTable\":{"}) {
    EXPECT_FALSE(decode_offset_table("offsetTable", text)) << text;
  }
}

}  // namespace
}  // namespace rocketmq::client
