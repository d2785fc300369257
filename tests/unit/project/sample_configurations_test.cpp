#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tuple>

#include "project_files.hpp"
#include "rocketmq/common/properties_file.hpp"

namespace rocketmq::test {
namespace {

using testing::UnorderedElementsAre;

std::map<std::string, std::string> keys_of(const std::string& file) {
  std::map<std::string, std::string> keys;
  const auto properties = load_properties(source_dir() / "conf" / file);
  EXPECT_TRUE(properties) << file;
  if (!properties) return keys;
  for (const Property& property : *properties) keys[property.key] = property.value;
  return keys;
}

struct Sample {
  std::string file;
  std::string broker_name;
  std::string broker_id;
  std::string broker_role;
};

const std::vector<Sample> samples = {
    {"broker.conf", "broker-a", "0", "ASYNC_MASTER"},
    {"2m-noslave/broker-a.properties", "broker-a", "0", "ASYNC_MASTER"},
    {"2m-noslave/broker-b.properties", "broker-b", "0", "ASYNC_MASTER"},
    {"2m-noslave/broker-trace.properties", "broker-trace", "0", "ASYNC_MASTER"},
    {"2m-2s-async/broker-a.properties", "broker-a", "0", "ASYNC_MASTER"},
    {"2m-2s-async/broker-a-s.properties", "broker-a", "1", "SLAVE"},
    {"2m-2s-async/broker-b.properties", "broker-b", "0", "ASYNC_MASTER"},
    {"2m-2s-async/broker-b-s.properties", "broker-b", "1", "SLAVE"},
    {"2m-2s-sync/broker-a.properties", "broker-a", "0", "SYNC_MASTER"},
    {"2m-2s-sync/broker-a-s.properties", "broker-a", "1", "SLAVE"},
    {"2m-2s-sync/broker-b.properties", "broker-b", "0", "SYNC_MASTER"},
    {"2m-2s-sync/broker-b-s.properties", "broker-b", "1", "SLAVE"},
};

TEST(SampleConfigurations, HaveExactlyTheSevenUsualKeys) {
  for (const Sample& sample : samples) {
    EXPECT_THAT(
        keys_of(sample.file),
        UnorderedElementsAre(
            std::pair{"brokerClusterName", "DefaultCluster"},
            std::pair{"brokerName", sample.broker_name}, std::pair{"brokerId", sample.broker_id},
            std::pair{"deleteWhen", "04"}, std::pair{"fileReservedTime", "48"},
            std::pair{"brokerRole", sample.broker_role}, std::pair{"flushDiskType", "ASYNC_FLUSH"}))
        << sample.file;
  }
}

TEST(SampleConfigurations, NoOtherBrokerSampleLiesAround) {
  EXPECT_EQ(files_below("conf", ".properties").size() + files_below("conf", ".conf").size(),
            samples.size() + 2);  // and those of name server and filter server
}

}  // namespace
}  // namespace rocketmq::test
