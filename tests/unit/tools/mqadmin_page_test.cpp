// docs/mqadmin.md has one row for each command.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <sstream>
#include <string>

#include "mqadmin/frame/command.hpp"
#include "project_files.hpp"

namespace rocketmq::test {
namespace {

TEST(MqadminDocuments, HaveARowForEachCommandAndForNothingElse) {
  const std::regex row(R"re(^\| `(\w+)` \| (works|differs) \|.*\|$)re");
  std::map<std::string, int> rows;
  for (const std::string& line : lines_of(source_dir() / "docs/mqadmin.md")) {
    std::smatch match;
    if (std::regex_match(line, match, row)) ++rows[match[1]];
  }
  for (const mqadmin::Command& command : mqadmin::all_commands()) {
    EXPECT_EQ(rows[command.name], 1) << "rows of " << command.name;
    rows.erase(command.name);
  }
  for (const auto& [name, count] : rows) ADD_FAILURE() << "there is no command " << name;
}

TEST(MqadminDocuments, SayOfEachCommandOfTheJavaToolWhereItIs) {
  // Those of 4.9.8 (spec/admin.md §1.8).
  const std::string names =
      "updateTopic deleteTopic updateSubGroup deleteSubGroup updateBrokerConfig topicRoute "
      "topicStatus brokerStatus queryMsgById queryMsgByKey queryMsgByOffset printMsg "
      "producerConnection consumerConnection consumerProgress consumerStatus cloneGroupOffset "
      "clusterList topicList updateKvConfig deleteKvConfig wipeWritePerm resetOffsetByTime "
      "updateOrderConf cleanExpiredCQ startMonitoring statsAll updateTopicPerm topicClusterList "
      "queryMsgByUniqueKey printMsgByQueue sendMsgStatus brokerConsumeStats cleanUnusedTopic "
      "allocateMQ checkMsgSendRT clusterRT getNamesrvConfig updateNamesrvConfig getBrokerConfig "
      "queryCq sendMessage consumeMessage queryMsgTraceById skipAccumulatedMessage addWritePerm "
      "deleteExpiredCommitLog getConsumerConfig producer updateAclConfig deleteAclConfig "
      "clusterAclConfigVersion updateGlobalWhiteAddr exportMetadata exportConfigs exportMetrics";
  const std::string page = content_of(source_dir() / "docs/mqadmin.md");
  std::istringstream words(names);
  for (std::string name; words >> name;)
    EXPECT_NE(page.find("`" + name + "`"), std::string::npos) << name;
}

}  // namespace
}  // namespace rocketmq::test
