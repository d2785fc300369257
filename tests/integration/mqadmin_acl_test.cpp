#include "mqadmin_fixture.hpp"

namespace rocketmq::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(MqadminTest, AccountsAreRefusedByABrokerWithoutAccessControl) {
  EXPECT_THAT(mqadmin({"updateAclConfig", "-b", broker(), "-a", "account", "-s", "secret"}),
              FailedWith(209));
  EXPECT_THAT(mqadmin({"deleteAclConfig", "-b", broker(), "-a", "account"}), FailedWith(210));
  EXPECT_THAT(mqadmin({"updateGlobalWhiteAddr", "-b", broker(), "-g", "10.0.0.1"}),
              FailedWith(211));
  EXPECT_THAT(mqadmin({"clusterAclConfigVersion", "-c", "DefaultCluster"}), FailedWith(1));
  EXPECT_THAT(mqadmin({"getAclConfig", "-c", "DefaultCluster"}), FailedWith(1));
  EXPECT_THAT(mqadmin({"updateAclConfig", "-b", broker(), "-a", "account"}),
              RefusedWith("Missing required option: s"));
  EXPECT_THAT(mqadmin({"deleteAclConfig", "-b", broker()}),
              RefusedWith("Missing required option: a"));
  EXPECT_THAT(mqadmin({"getAclConfig"}), RefusedWith("Missing required option: [-b "));
}

/// Homes of an administrator and of a thief, and the accounts of the broker.
struct Accounts {
  Accounts() {
    files.write("plain_acl.yml",
                "accounts:\n  - accessKey: admin-account\n    secretKey: admin-secret\n"
                "    admin: true\n");
    files.write("admin/conf/tools.yml", "accessKey: admin-account\nsecretKey: admin-secret\n");
    files.write("thief/conf/tools.yml", "accessKey: admin-account\nsecretKey: guessed-secret\n");
  }
  TempDir files;
};

class MqadminAclTest : private Accounts, public MqadminTest {
 protected:
  MqadminAclTest()
      : MqadminTest(1, "aclEnable=true\naclFile=" + (files / "plain_acl.yml").string() + "\n") {}

  /// With the account of this home.
  Ran mqadmin_of(const std::string& home, std::vector<std::string> words) const {
    words.insert(words.end(), {"-n", cluster.name_server()});
    Process process(std::string(ROCKETMQ_BIN_DIR) + "/mqadmin",
                    ProcessOptions{.arguments = std::move(words),
                                   .environment = {{"HOME", cluster.home().text()},
                                                   {"ROCKETMQ_HOME", (files / home).string()}},
                                   .without_environment = {"NAMESRV_ADDR"}});
    Ran ran;
    ran.status = process.wait();
    ran.out = process.output();
    ran.error_output = process.error_output();
    return ran;
  }
  Ran admin(std::vector<std::string> words) const { return mqadmin_of("admin", std::move(words)); }
  std::string file() const { return (files / "plain_acl.yml").string(); }
};

TEST_F(MqadminAclTest, RequestsAreSignedForTheAccountOfToolsYml) {
  EXPECT_THAT(admin({"updateTopic", "-b", broker(), "-t", "T_acl"}), Printed("success."));
  const Ran unsigned_one = mqadmin({"updateTopic", "-b", broker(), "-t", "T_acl"});
  EXPECT_THAT(unsigned_one, FailedWith(1));
  EXPECT_THAT(unsigned_one.error_output, HasSubstr("No accessKey is configured"));
  const Ran wrong = mqadmin_of("thief", {"updateTopic", "-b", broker(), "-t", "T_acl"});
  EXPECT_THAT(wrong, FailedWith(1));
  EXPECT_THAT(wrong.error_output, HasSubstr("Check signature failed"));
  cluster.wait_for_routes("T_acl");
  EXPECT_THAT(admin({"sendMessage", "-t", "T_acl", "-p", "signed"}), Printed("SEND_OK"));
  EXPECT_EQ(mqadmin({"sendMessage", "-t", "T_acl", "-p", "unsigned"}).status, 2);
}

TEST_F(MqadminAclTest, AccountsAreMadeShownAndDeleted) {
  EXPECT_THAT(admin({"updateAclConfig", "-c", "DefaultCluster", "-a", "orders-service", "-s",
                     "orders-secret", "-t", "orders=PUB|SUB,prices=SUB", "-g", "billing=SUB", "-i",
                     "DENY", "-m", "false"}),
              Printed("create or update plain access config to " + broker() +
                      " success.\nPlainAccessConfig{accessKey='orders-service', "));
  const Ran shown = admin({"getAclConfig", "-b", broker()});
  EXPECT_THAT(shown, Printed("#AccessKey"));
  EXPECT_THAT(shown.out, testing::ContainsRegex("orders-service +false +DENY +DENY +"
                                                "orders=PUB.SUB,prices=SUB +billing=SUB"));
  EXPECT_THAT(shown.out, Not(HasSubstr("secret")));
  EXPECT_THAT(admin({"clusterAclConfigVersion", "-c", "DefaultCluster"}), Printed(file() + "  1 "));
  EXPECT_THAT(admin({"updateAclConfig", "-b", broker(), "-a", "short", "-s", "long-enough"}),
              FailedWith(209));
  EXPECT_THAT(admin({"deleteAclConfig", "-c", "DefaultCluster", "-a", "orders-service"}),
              Printed("delete plain access config account from " + broker() +
                      " success.\naccount's accesskey is:orders-service\n"));
  EXPECT_THAT(admin({"deleteAclConfig", "-b", broker(), "-a", "orders-service"}), FailedWith(210));
}

TEST_F(MqadminAclTest, TrustedAddressesAreSet) {
  EXPECT_THAT(
      admin({"updateGlobalWhiteAddr", "-b", broker(), "-g", "127.0.0.1,10.0.*", "-p", file()}),
      Printed("update global white remote addresses to " + broker() + " success.\n"));
  EXPECT_THAT(admin({"getAclConfig", "-b", broker()}),
              Printed("Global white addresses of " + broker() + ": 127.0.0.1,10.0.*\n"));
  EXPECT_THAT(mqadmin({"updateTopic", "-b", broker(), "-t", "T_open"}), Printed("success."));
  EXPECT_THAT(mqadmin({"getAclConfig", "-b", broker()}), FailedWith(1)) << "accounts need more";
  EXPECT_THAT(admin({"updateGlobalWhiteAddr", "-b", broker(), "-g", "10.0"}), FailedWith(211));
  EXPECT_THAT(admin({"updateGlobalWhiteAddr", "-b", broker(), "-g", "*", "-p", "/etc/passwd"}),
              FailedWith(211));
}

TEST_F(MqadminAclTest, ProducersAndConsumersSignForTheirAccount) {
  ASSERT_EQ(admin({"updateTopic", "-c", "DefaultCluster", "-t", "T_acl"}).status, 0);
  ASSERT_EQ(admin({"updateAclConfig", "-b", broker(), "-a", "reader-account", "-s", "reader-secret",
                   "-t", "T_acl=SUB", "-g", "G_acl=SUB"})
                .status,
            0);
  cluster.wait_for_routes("T_acl");
  TestConsumer consumer(cluster.name_server(), "G_acl", "T_acl", "*",
                        [](DefaultMQPushConsumer& reader) {
                          reader.setSessionCredentials("reader-account", "reader-secret");
                        });
  DefaultMQProducer producer("P_acl");
  producer.setNamesrvAddr(cluster.name_server());
  producer.setSessionCredentials(SessionCredentials("admin-account", "admin-secret"));
  producer.start();
  producer.send(Message("T_acl", "TagA", "signed"));
  EXPECT_TRUE(consumer.inbox.wait_for(1));

  DefaultMQProducer reader("P_reader");
  reader.setNamesrvAddr(cluster.name_server());
  reader.setSessionCredentials("reader-account", "reader-secret");
  reader.start();
  try {
    reader.send(Message("T_acl", "TagA", "refused"));
    ADD_FAILURE() << "was not refused";
  } catch (const MQException& refusal) {
    EXPECT_THAT(refusal.what(), HasSubstr("no permission PUB for the topic T_acl"));
  }
}

TEST_F(MqadminAclTest, ClientsNeedBothKeysOrNone) {
  DefaultMQProducer producer("P_half");
  producer.setNamesrvAddr(cluster.name_server());
  producer.setSessionCredentials("admin-account", "");
  EXPECT_THROW(producer.start(), MQClientException);
}

}  // namespace
}  // namespace rocketmq::test
