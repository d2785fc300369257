#include "mqadmin_fixture.hpp"

namespace rocketmq::test {
namespace {

TEST_F(MqadminTest, WritePermIsWipedAndGivenBack) {
  make_topic("T_drained");
  const std::string where =
      " write perm of broker[broker-a] in name server[" + cluster.name_server() + "] OK, ";
  EXPECT_THAT(mqadmin({"wipeWritePerm", "-b", "broker-a"}), Printed("wipe" + where));
  EXPECT_THAT(mqadmin({"topicRoute", "-t", "T_drained"}), Printed("\"perm\":4"));
  EXPECT_THAT(mqadmin({"addWritePerm", "-b", "broker-a"}), Printed("add" + where));
  EXPECT_THAT(mqadmin({"topicRoute", "-t", "T_drained"}), Printed("\"perm\":6"));

  EXPECT_THAT(mqadmin({"wipeWritePerm", "-b", "nosuch"}), Printed("OK, 0\n"));
  EXPECT_THAT(mqadmin({"wipeWritePerm"}), RefusedWith("Missing required option: b"));
  const Ran silent = mqadmin_alone({"wipeWritePerm", "-b", "broker-a", "-n", "127.0.0.1:1"});
  EXPECT_EQ(silent.status, 2);
  EXPECT_EQ(silent.out, "wipe write perm of broker[broker-a] in name server[127.0.0.1:1] Failed\n");
}

TEST_F(MqadminTest, KvConfigIsSetListedAndRemoved) {
  EXPECT_EQ(mqadmin({"updateKvConfig", "-s", "space", "-k", "key", "-v", "a value"}).out,
            "create or update kv config to namespace success.\n");
  EXPECT_THAT(mqadmin({"listKvConfig", "-s", "space"}),
              Printed("key" + std::string(47, ' ') + "=  a value\n"));
  EXPECT_EQ(mqadmin({"deleteKvConfig", "-s", "space", "-k", "key"}).out,
            "delete kv config from namespace success.\n");
  EXPECT_EQ(mqadmin({"deleteKvConfig", "-s", "space", "-k", "key"}).status, 0);
  EXPECT_EQ(mqadmin({"listKvConfig", "-s", "space"}).status, 2);
  EXPECT_THAT(mqadmin({"updateKvConfig", "-s", "space", "-k", "key"}),
              RefusedWith("Missing required option: v"));
}

TEST_F(MqadminTest, NamesrvConfigIsShownAndChanged) {
  EXPECT_EQ(mqadmin({"updateNamesrvConfig", "-k", "orderMessageEnable", "-v", "true"}).out,
            "update name server config success![" + cluster.name_server() +
                "]\norderMessageEnable : true\n");
  const Ran shown = mqadmin({"getNamesrvConfig"});
  EXPECT_THAT(shown, Printed("============" + cluster.name_server() + "============\n"));
  EXPECT_THAT(shown, Printed("\norderMessageEnable" + std::string(32, ' ') + "=  true\n"));

  EXPECT_EQ(mqadmin({"updateNamesrvConfig", "-k", "kvConfigPath", "-v", "/x"}).status, 2);
  EXPECT_THAT(mqadmin({"updateNamesrvConfig", "-k", "a=b", "-v", "1"}), RefusedWith("a '=' in it"));
  EXPECT_EQ(mqadmin_alone({"getNamesrvConfig"}).status, 1);
  EXPECT_EQ(mqadmin_alone({"getNamesrvConfig", "-n", "127.0.0.1:1"}).status, 2);
}

}  // namespace
}  // namespace rocketmq::test
