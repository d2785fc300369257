// Access control of a real broker, from outside: every kind of request refused and allowed.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <set>
#include <thread>

#include "broker_daemon.hpp"
#include "rocketmq/broker/requests.hpp"
#include "rocketmq/protocol/acl_headers.hpp"
#include "rocketmq/protocol/admin_headers.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"
#include "transactions.hpp"

namespace rocketmq::test {
namespace {

using remoting::RemotingCommand;
using remoting::RequestCode;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view refused_text = "org.apache.rocketmq.acl.common.AclException: ";

MATCHER(Refused, "") {
  *result_listener << "code " << arg.code << ", " << arg.remark;
  return arg.response_code() == ResponseCode::SystemError && arg.remark.starts_with(refused_text) &&
         arg.body.empty();
}
MATCHER_P(RefusedBecause, reason, "") {
  *result_listener << "code " << arg.code << ", " << arg.remark;
  return arg.response_code() == ResponseCode::SystemError && arg.remark.starts_with(refused_text) &&
         arg.remark.find(reason) != std::string::npos;
}
/// Whatever came of it, access control had nothing against it.
MATCHER(Judged, "") {
  *result_listener << "code " << arg.code << ", " << arg.remark;
  return !arg.remark.starts_with(refused_text);
}
MATCHER(Succeeded, "") {
  *result_listener << "code " << arg.code << ", " << arg.remark;
  return arg.response_code() == ResponseCode::Success;
}

const std::string accounts = R"(# who may do what
globalWhiteRemoteAddresses:
accounts:
  - accessKey: admin-account
    secretKey: admin-secret
    admin: true
  - accessKey: writer-account
    secretKey: writer-secret
    topicPerms: [T=PUB]
  - accessKey: reader-account
    secretKey: reader-secret
    topicPerms: [T=SUB]
    groupPerms: [cg=SUB]
  - accessKey: nobody-account
    secretKey: nobody-secret
)";

/// A broker with accounts, and the topics T and U with a queue each.
class AccessTest : public BrokerDaemonTest {
 protected:
  AccessTest() {
    write_accounts(accounts);
    broker_ = start("aclEnable=true\nrocketmqHome=" + home_.text() +
                    // A machine under load is not what is tested.
                    "\nbrokerFastFailureEnable=false\n");
    auto admin = client("admin");
    for (const char* topic : {"T", "U"}) {
      EXPECT_THAT(admin.create_topic(topic, 1), Succeeded());
    }
  }

  /// As a whole: the broker may read it at any moment, and an empty file has no accounts.
  void write_accounts(const std::string& text) const {
    const auto whole = home_.write("conf/plain_acl.new", text);
    std::filesystem::rename(whole, home_ / "conf/plain_acl.yml");
  }
  std::string written_accounts() const { return home_.read("conf/plain_acl.yml"); }
  std::string log() const { return home_.read("logs/rocketmqlogs/broker.log"); }

  /// Signs for NAME-account.
  BrokerClient client(const std::string& name) const {
    BrokerClient made(port_);
    made.sign_as(name + "-account", name + "-secret");
    return made;
  }
  /// Tries again until it is so, up to a minute.
  static void wait_until(const std::function<bool()>& is_so) {
    for (int i = 0; i < 3'000 && !is_so(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_TRUE(is_so());
  }

  static RemotingCommand heartbeat(const std::string& group, const std::string& topic) {
    return remoting::make_request(
        RequestCode::HeartBeat,
        remoting::encode_body(remoting::HeartbeatData{
            .client_id = "c@1",
            .consumers = {{.group_name = group, .subscriptions = {{.topic = topic}}}}}));
  }
  static RemotingCommand pull(const std::string& group, const std::string& topic) {
    auto request = BrokerClient::pull_request(topic, 0, 0);
    request.ext_fields.set("consumerGroup", group);
    return request;
  }

  std::unique_ptr<Process> broker_;
};

/// A request with the names that its row says, T and cg.
RemotingCommand request_for(const remoting::RouteSpec& spec) {
  RemotingCommand request;
  request.code = static_cast<std::int32_t>(spec.code);
  for (const auto& permission : spec.access.permissions()) {
    if (permission.field.empty()) continue;
    const bool is_topic = permission.resource == remoting::Resource::Topic;
    request.ext_fields.add(permission.field, is_topic ? "T" : "cg");
  }
  return request;
}

TEST_F(AccessTest, NoRequestIsProcessedWithoutAnAccount) {
  BrokerClient stranger(port_);
  for (const auto& spec : broker::requests())
    EXPECT_THAT(stranger.ask(request_for(spec)), RefusedBecause("No accessKey")) << spec.name;
}

TEST_F(AccessTest, NoRequestIsProcessedWithAWrongSignatureOrAnUnknownAccount) {
  BrokerClient thief(port_);
  thief.sign_as("admin-account", "guessed-secret");
  BrokerClient unknown(port_);
  unknown.sign_as("other-account", "admin-secret");
  for (const auto& spec : broker::requests()) {
    EXPECT_THAT(thief.ask(request_for(spec)),
                RefusedBecause("Check signature failed for accessKey=admin-account"))
        << spec.name;
    EXPECT_THAT(unknown.ask(request_for(spec)), RefusedBecause("No acl config for other-account"))
        << spec.name;
  }
}

TEST_F(AccessTest, AnAccountWithoutPermissionsSeesWhatIsNobodysAndNothingElse) {
  auto nobody = client("nobody");
  for (const auto& spec : broker::requests()) {
    bool has_names = false;
    bool is_named_elsewhere = false;
    bool changes = spec.effect == remoting::Effect::Administers ||
                   spec.effect == remoting::Effect::AdministersMaster;
    for (const auto& permission : spec.access.permissions()) {
      has_names |= !permission.field.empty();
      is_named_elsewhere |= permission.field.empty() &&
                            permission.resource != remoting::Resource::Cluster &&
                            permission.action != remoting::Action::List;
      changes |= permission.action == remoting::Action::Update;
    }
    if (!has_names && is_named_elsewhere && !changes) continue;  // tests of their own
    const auto response = nobody.ask(request_for(spec));
    if (has_names || changes || spec.code == RequestCode::GetBrokerClusterAclConfig) {
      EXPECT_THAT(response, Refused()) << spec.name;
    } else {
      EXPECT_THAT(response, Judged()) << spec.name;
    }
  }
}

TEST_F(AccessTest, AnAdministratorMayDoEverything) {
  auto admin = client("admin");
  for (const auto& spec : broker::requests())
    EXPECT_THAT(admin.ask(request_for(spec)), Judged()) << spec.name;
}

TEST_F(AccessTest, SendsNeedPubOfTheirTopicInEveryFormOfTheRequest) {
  auto writer = client("writer");
  auto reader = client("reader");
  const auto forms = [](const std::string& topic) {
    auto v2 = BrokerClient::send_request(topic, 0, "body");
    auto v1 = remoting::make_request(
        RequestCode::SendMessage,
        remoting::SendMessageRequestHeader{
            .producerGroup = "pg", .topic = topic, .defaultTopic = "TBW102", .bornTimestamp = 1},
        "body");
    return std::vector<RemotingCommand>{std::move(v1), std::move(v2)};
  };
  for (const auto& request : forms("T")) {
    EXPECT_THAT(writer.ask(request), Succeeded());
    EXPECT_THAT(reader.ask(request), RefusedBecause("no permission PUB for the topic T"));
  }
  for (const auto& request : forms("U"))
    EXPECT_THAT(writer.ask(request), RefusedBecause("no permission PUB for the topic U"));
  auto batch = BrokerClient::send_request("U", 0, "body");
  batch.code = static_cast<std::int32_t>(RequestCode::SendBatchMessage);
  EXPECT_THAT(writer.ask(batch), Refused());
  batch.ext_fields.set("b", "T");
  EXPECT_THAT(writer.ask(batch), Judged());
}

TEST_F(AccessTest, AFieldThatIsGivenTwiceIsRefused) {
  auto writer = client("writer");
  for (const bool comes_first : {true, false}) {
    RemotingCommand request = BrokerClient::send_request("T", 0, "body");
    RemotingCommand twice;
    twice.code = request.code;
    if (comes_first) twice.ext_fields.add("b", "U");
    for (std::size_t i = 0; i < request.ext_fields.size(); ++i)
      twice.ext_fields.add(request.ext_fields.key_at(i), request.ext_fields.value_at(i));
    if (!comes_first) twice.ext_fields.add("b", "U");
    twice.set_body("body");
    EXPECT_THAT(writer.ask(twice), RefusedBecause("a field twice")) << comes_first;
  }
}

TEST_F(AccessTest, WhoMayConsumeAsAGroupSendsToItsRetryTopic) {
  auto reader = client("reader");
  EXPECT_THAT(reader.send("%RETRY%cg", 0, "again"), Judged());
  EXPECT_THAT(reader.send("%RETRY%other", 0, "again"), Refused());
}

TEST_F(AccessTest, EveryAccountMaySendTracesAndReplies) {
  auto nobody = client("nobody");
  EXPECT_THAT(nobody.send("RMQ_SYS_TRACE_TOPIC", 0, "trace"), Judged());
  EXPECT_THAT(nobody.send("DefaultCluster_REPLY_TOPIC", 0, "reply"), Judged());
  EXPECT_THAT(nobody.send("Other_REPLY_TOPIC", 0, "reply"), Refused());
}

TEST_F(AccessTest, PullsNeedSubOfTheirTopicAndGroup) {
  ASSERT_THAT(client("writer").send("T", 0, "body"), Succeeded());
  auto reader = client("reader");
  for (const auto code : {RequestCode::PullMessage, RequestCode::LitePullMessage}) {
    const auto with_code = [code](RemotingCommand request) {
      request.code = static_cast<std::int32_t>(code);
      return request;
    };
    EXPECT_THAT(reader.ask(with_code(pull("cg", "T"))), Judged());
    EXPECT_THAT(reader.ask(with_code(pull("cg", "U"))), RefusedBecause("SUB for the topic U"));
    EXPECT_THAT(reader.ask(with_code(pull("other", "T"))),
                RefusedBecause("SUB for the group other"));
    EXPECT_THAT(reader.ask(with_code(pull("cg", "SCHEDULE_TOPIC_XXXX"))), Refused());
    EXPECT_THAT(reader.ask(with_code(pull("cg", "%RETRY%cg"))), Judged());
    EXPECT_THAT(reader.ask(with_code(pull("cg", "%RETRY%other"))), Refused());
    EXPECT_THAT(client("writer").ask(with_code(pull("cg", "T"))), Refused());
  }
}

TEST_F(AccessTest, HeartbeatsNeedSubOfAllTheirGroupsAndTopics) {
  auto reader = client("reader");
  EXPECT_THAT(reader.ask(heartbeat("cg", "T")), Succeeded());
  EXPECT_THAT(reader.ask(heartbeat("cg", "U")), RefusedBecause("SUB for the topic U"));
  EXPECT_THAT(reader.ask(heartbeat("other", "T")), RefusedBecause("SUB for the group other"));
}

TEST_F(AccessTest, LocksNeedSubOfTheirGroupAndOfAllQueues) {
  auto reader = client("reader");
  const auto lock = [](RequestCode code, const std::string& group, const std::string& topic) {
    return remoting::make_request(
        code, R"({"clientId":"c@1","consumerGroup":")" + group +
                  R"(","mqSet":[{"brokerName":"broker-a","queueId":0,"topic":"T"},)"
                  R"({"brokerName":"broker-a","queueId":0,"topic":")" +
                  topic + R"("}]})");
  };
  for (const auto code : {RequestCode::LockBatchMq, RequestCode::UnlockBatchMq}) {
    EXPECT_THAT(reader.ask(lock(code, "cg", "T")), Succeeded());
    EXPECT_THAT(reader.ask(lock(code, "cg", "U")), Refused());
    EXPECT_THAT(reader.ask(lock(code, "other", "T")), Refused());
  }
}

TEST_F(AccessTest, ChecksOfSubscriptionsNeedSubOfTopicAndGroup) {
  auto reader = client("reader");
  const auto check = [](const std::string& group, const std::string& topic) {
    return remoting::make_request(
        RequestCode::CheckClientConfig,
        R"({"clientId":"c@1","group":")" + group +
            R"(","subscriptionData":{"expressionType":"TAG","subString":"*","topic":")" + topic +
            R"("}})");
  };
  EXPECT_THAT(reader.ask(check("cg", "T")), Judged());
  EXPECT_THAT(reader.ask(check("cg", "U")), Refused());
  EXPECT_THAT(reader.ask(check("other", "T")), Refused());
}

TEST_F(AccessTest, ASubscriptionIsShownToThoseWhoMayConsumeAsItsGroup) {
  auto reader = client("reader");
  const auto show = [](const std::string& group) {
    return remoting::make_request(
        RequestCode::QueryConsumeQueue,
        remoting::QueryConsumeQueueRequestHeader{.topic = "T", .count = 1, .consumerGroup = group});
  };
  EXPECT_THAT(reader.ask(show("cg")), Judged());
  EXPECT_THAT(reader.ask(show("other")), RefusedBecause("SUB for the group other"));
}

TEST_F(AccessTest, AStoredMessageIsShownToThoseWhoMayReadItsTopic) {
  auto admin = client("admin");
  auto reader = client("reader");
  for (const char* topic : {"T", "U"}) {
    const auto sent = begun_by(admin.send(topic, 0, "body"));
    const auto view = [&sent] {
      return remoting::make_request(RequestCode::ViewMessageById,
                                    remoting::ViewMessageRequestHeader{.offset = sent.log_offset});
    };
    EXPECT_THAT(admin.ask(view()), Succeeded());
    EXPECT_THAT(client("writer").ask(view()), Refused());
    if (std::string(topic) == "T") {
      EXPECT_THAT(reader.ask(view()), Succeeded());
    } else {
      EXPECT_THAT(reader.ask(view()), Refused());
    }
  }
}

TEST_F(AccessTest, NobodySendsBackAMessageThatHeMayNotRead) {
  auto admin = client("admin");
  auto reader = client("reader");
  const auto back = [](const Transaction& sent, const std::string& group) {
    return remoting::make_request(
        RequestCode::ConsumerSendMsgBack,
        remoting::ConsumerSendMsgBackRequestHeader{.offset = sent.log_offset, .group = group});
  };
  const auto own = begun_by(admin.send("T", 0, "body"));
  const auto foreign = begun_by(admin.send("U", 0, "body"));
  EXPECT_THAT(reader.ask(back(own, "cg")), Succeeded());
  EXPECT_THAT(reader.ask(back(own, "other")), Refused());
  EXPECT_THAT(reader.ask(back(foreign, "cg")), RefusedBecause("SUB for the topic U"));
}

TEST_F(AccessTest, TransactionsEndByThoseWhoMayPublishToTheTopic) {
  auto admin = client("admin");
  auto writer = client("writer");
  const auto own = begun_by(send_half(writer, "T", 0, "own"));
  const auto foreign = begun_by(send_half(admin, "U", 0, "foreign"));
  EXPECT_THAT(end(writer, foreign, Decision::Commit), RefusedBecause("PUB for the topic U"));
  EXPECT_THAT(end(writer, own, Decision::Commit), Succeeded());
  EXPECT_THAT(end(admin, foreign, Decision::Rollback), Succeeded());
}

/// Bytes like those of a record that stands at `place`, with the first `bytes_behind` of what
/// follows them as its properties.
std::string disguise(MessageRecord record, std::int64_t place, std::size_t bytes_behind = 0) {
  const std::string properties = std::string(record.properties) + std::string(bytes_behind, ' ');
  record.magic = message_record::magic_v1;
  record.physical_offset = place;
  record.properties = properties;
  std::string bytes(message_record::encoded_size(record), '\0');
  message_record::encode(record, bytes.data());
  bytes.resize(bytes.size() - bytes_behind);
  return bytes;
}
/// Sends a body to T that knows its place in the log, which is returned.
std::int64_t send_at_known_place(BrokerClient& client,
                                 const std::function<std::string(std::int64_t place)>& body_at) {
  constexpr std::int64_t head_bytes = 88;
  const auto first = begun_by(client.send("T", 0, body_at(0)));
  const auto second = begun_by(client.send("T", 0, body_at(0)));
  const std::int64_t next = second.log_offset + (second.log_offset - first.log_offset);
  EXPECT_EQ(begun_by(client.send("T", 0, body_at(next + head_bytes))).log_offset, next);
  return next + head_bytes;
}

TEST_F(AccessTest, ABodyThatLooksLikeARecordShowsNobodyTheMessagesBehindIt) {
  auto admin = client("admin");
  auto writer = client("writer");
  auto reader = client("reader");
  const std::string secret(500, 's');
  const MessageRecord disguises[] = {
      {.queue_offset = 1'000'000, .topic = "T"},
      {.queue_id = 9, .topic = "T"},
      {.sys_flag = 4, .topic = "T"},
      {.sys_flag = 12, .topic = "T"},
  };
  for (const MessageRecord& record : disguises) {
    const auto place = send_at_known_place(
        writer, [&record](std::int64_t at) { return disguise(record, at, 400); });
    ASSERT_THAT(admin.send("U", 0, secret), Succeeded());
    const auto view = remoting::make_request(RequestCode::ViewMessageById,
                                             remoting::ViewMessageRequestHeader{.offset = place});
    const auto seen = admin.ask(view);
    EXPECT_THAT(seen, Succeeded());
    EXPECT_THAT(std::string(seen.body), HasSubstr("ssssssss")) << "it is no disguise";
    EXPECT_THAT(reader.ask(view), Refused());
    EXPECT_THAT(reader.ask(remoting::make_request(
                    RequestCode::ConsumerSendMsgBack,
                    remoting::ConsumerSendMsgBackRequestHeader{.offset = place, .group = "cg"})),
                Refused());
  }
}

TEST_F(AccessTest, ABodyThatLooksLikeAHalfMessageEndsNoTransactionOfAnother) {
  auto admin = client("admin");
  auto writer = client("writer");
  const auto foreign = begun_by(send_half(admin, "U", 0, "foreign"));
  std::string properties;
  append_property(properties, property::producer_group, "pg");
  append_property(properties, property::real_topic, "T");
  append_property(properties, property::real_queue_id, "0");
  const MessageRecord half{.queue_offset = foreign.queue_offset,
                           .sys_flag = 4,
                           .topic = "RMQ_SYS_TRANS_HALF_TOPIC",
                           .properties = properties};
  const auto place =
      send_at_known_place(writer, [&half](std::int64_t at) { return disguise(half, at); });
  EXPECT_THAT(end(writer, {foreign.queue_offset, place}, Decision::Rollback), Refused());
  EXPECT_THAT(end(admin, foreign, Decision::Commit), Succeeded());
  EXPECT_THAT(admin.pull_all("U", 0, 1), testing::ElementsAre("foreign"));
}

TEST_F(AccessTest, AHeldPullEndsWithItsAccount) {
  auto admin = client("admin");
  auto reader = client("reader");
  const auto held = reader.post(BrokerClient::pull_request("T", 0, 0, 120'000));
  // Answered after the pull was held: both come on one connection.
  ASSERT_THAT(reader.ask(heartbeat("cg", "T")), Succeeded());
  ASSERT_THAT(admin.ask(remoting::make_request(
                  RequestCode::DeleteAclConfig,
                  remoting::DeleteAclConfigRequestHeader{.accessKey = "reader-account"})),
              Succeeded());
  ASSERT_THAT(admin.send("T", 0, "secret"), Succeeded());
  EXPECT_THAT(reader.answer_to(held), RefusedBecause("deleted"));
}

TEST_F(AccessTest, AFileThatChangesIsReadAgain) {
  auto writer = client("writer");
  ASSERT_THAT(writer.send("U", 0, "body"), Refused());
  write_accounts(accounts +
                 "  - accessKey: extra-account\n    secretKey: extra-secret\n"
                 "    defaultTopicPerm: PUB\n");
  auto extra = client("extra");
  wait_until([&] { return extra.send("U", 0, "body").response_code() == ResponseCode::Success; });
  EXPECT_THAT(writer.send("T", 0, "body"), Succeeded());
}

TEST_F(AccessTest, OfABadFileTheLogTellsTheLineAndTheAccountsStay) {
  write_accounts(accounts + "  - accessKey: short\n");
  wait_until([this] { return log().find("plain_acl.yml:16: accessKey") != std::string::npos; });
  EXPECT_THAT(log(), HasSubstr("the accounts stay as they are"));
  EXPECT_THAT(client("writer").send("T", 0, "body"), Succeeded());
}

TEST_F(AccessTest, FilesBelowTheDirectoryCountAsWell) {
  home_.write("conf/acl/team/more.yaml",
              "accounts:\n  - accessKey: extra-account\n    secretKey: extra-secret\n"
              "    defaultTopicPerm: PUB\n"
              "  - accessKey: writer-account\n    secretKey: other-secret\n");
  auto extra = client("extra");
  wait_until([&] { return extra.send("U", 0, "body").response_code() == ResponseCode::Success; });
  EXPECT_THAT(client("writer").send("T", 0, "body"), Succeeded()) << "the first file counts";
}

TEST_F(AccessTest, ABrokerWithABadFileDoesNotStart) {
  write_accounts("accounts:\n  - accessKey: short\n");
  const auto second =
      run({"-c", configure(free_broker_port(),
                           "aclEnable=true\nstorePathRootDir=" + (home_ / "second").string() +
                               "\nrocketmqHome=" + home_.text() + "\n")});
  EXPECT_NE(second->wait(), 0);
  EXPECT_THAT(second->output() + second->error_output(), HasSubstr("plain_acl.yml:2: accessKey"));
}

TEST_F(AccessTest, AccountsAreMadeChangedAndDeletedByRequests) {
  auto admin = client("admin");
  ::chmod((home_ / "conf/plain_acl.yml").c_str(), 0600);
  const auto update = [](remoting::UpdateAclConfigRequestHeader header) {
    return remoting::make_request(RequestCode::UpdateAndCreateAclConfig, header);
  };
  ASSERT_THAT(admin.ask(update({.accessKey = "extra-account",
                                .secretKey = "extra-secret",
                                .topicPerms = "U=PUB,T=DENY"})),
              Succeeded());
  auto extra = client("extra");
  EXPECT_THAT(extra.send("U", 0, "body"), Succeeded());
  EXPECT_THAT(extra.send("T", 0, "body"), Refused());
  EXPECT_THAT(written_accounts(), HasSubstr("# who may do what"));
  struct stat status {};
  ASSERT_EQ(::stat((home_ / "conf/plain_acl.yml").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);

  ASSERT_THAT(admin.ask(update({.accessKey = "extra-account", .topicPerms = "T=PUB"})),
              Succeeded());
  EXPECT_THAT(extra.send("T", 0, "body"), Succeeded()) << "its secret stays";
  EXPECT_THAT(extra.send("U", 0, "body"), Refused());

  const auto refused = admin.ask(update({.accessKey = "short", .secretKey = "long-enough"}));
  EXPECT_EQ(refused.code, 209);
  EXPECT_THAT(refused.remark, HasSubstr("accessKey must have 7"));
  EXPECT_THAT(written_accounts(), Not(HasSubstr("long-enough")));

  const auto remove = [](const std::string& key) {
    return remoting::make_request(RequestCode::DeleteAclConfig,
                                  remoting::DeleteAclConfigRequestHeader{.accessKey = key});
  };
  EXPECT_THAT(admin.ask(remove("extra-account")), Succeeded());
  EXPECT_THAT(extra.send("T", 0, "body"), Refused());
  EXPECT_EQ(admin.ask(remove("extra-account")).code, 210);

  const auto versions = admin.ask(remoting::make_request(RequestCode::GetBrokerClusterAclInfo));
  ASSERT_THAT(versions, Succeeded());
  EXPECT_THAT(field_of(versions, "version"), HasSubstr("\"counter\":3"));
  EXPECT_THAT(field_of(versions, "allAclFileVersion"), HasSubstr("conf/plain_acl.yml"));
  EXPECT_EQ(field_of(versions, "brokerName"), "broker-a");
}

TEST_F(AccessTest, AnAccountThatTwoFilesHaveIsDeletedFromBoth) {
  home_.write("conf/acl/more.yml",
              "accounts:\n  - accessKey: writer-account\n    secretKey: writer-secret\n"
              "    topicPerms: [U=PUB]\n"
              "  - accessKey: extra-account\n    secretKey: extra-secret\n"
              "    topicPerms: [U=PUB]\n");
  auto extra = client("extra");
  wait_until([&] { return extra.send("U", 0, "body").response_code() == ResponseCode::Success; });
  EXPECT_THAT(client("admin").ask(remoting::make_request(
                  RequestCode::DeleteAclConfig,
                  remoting::DeleteAclConfigRequestHeader{.accessKey = "writer-account"})),
              Succeeded());
  EXPECT_THAT(client("writer").send("U", 0, "body"), RefusedBecause("No acl config"));
  EXPECT_THAT(home_.read("conf/acl/more.yml"),
              AllOf(Not(HasSubstr("writer-account")), HasSubstr("extra-account")));
  EXPECT_THAT(extra.send("U", 0, "body"), Succeeded());
}

TEST_F(AccessTest, SecretsAreInNoResponseAndNoLog) {
  auto admin = client("admin");
  const auto listed = admin.ask(remoting::make_request(RequestCode::GetBrokerClusterAclConfig));
  ASSERT_THAT(listed, Succeeded());
  EXPECT_THAT(std::string(listed.body), HasSubstr("\"accessKey\":\"reader-account\""));
  for (const auto& spec : broker::requests()) {
    const auto response = admin.ask(request_for(spec));
    EXPECT_THAT(std::string(response.body) + response.remark, Not(HasSubstr("-secret")))
        << spec.name;
  }
  ASSERT_THAT(admin.ask(remoting::make_request(
                  RequestCode::UpdateAndCreateAclConfig,
                  remoting::UpdateAclConfigRequestHeader{.accessKey = "extra-account",
                                                         .secretKey = "extra-secret"})),
              Succeeded());
  EXPECT_THAT(log(), Not(HasSubstr("-secret")));
}

TEST_F(AccessTest, ATrustedAddressNeedsNoSignatureButForTheAccounts) {
  BrokerClient stranger(port_);
  auto admin = client("admin");
  ASSERT_THAT(admin.ask(remoting::make_request(RequestCode::UpdateGlobalWhiteAddrsConfig,
                                               remoting::UpdateGlobalWhiteAddrsRequestHeader{
                                                   .globalWhiteAddrs = "10.0.0.{1,2},127.0.0.*"})),
              Succeeded());
  EXPECT_THAT(stranger.send("U", 0, "body"), Succeeded());
  EXPECT_THAT(stranger.ask(heartbeat("other", "U")), Succeeded());
  for (const auto code :
       {RequestCode::UpdateAndCreateAclConfig, RequestCode::DeleteAclConfig,
        RequestCode::UpdateGlobalWhiteAddrsConfig, RequestCode::GetBrokerClusterAclConfig})
    EXPECT_THAT(stranger.ask(remoting::make_request(code)), Refused());
  const auto elsewhere = admin.ask(
      remoting::make_request(RequestCode::UpdateGlobalWhiteAddrsConfig,
                             remoting::UpdateGlobalWhiteAddrsRequestHeader{
                                 .globalWhiteAddrs = "*", .aclFileFullPath = "/etc/passwd"}));
  EXPECT_EQ(elsewhere.code, 211);
}

TEST_F(AccessTest, AnAccountsOwnAddressesNeedNoSignature) {
  write_accounts(accounts + "    whiteRemoteAddress: 127.0.0.1\n");
  BrokerClient trusted(port_);
  RemotingCommand request = BrokerClient::send_request("U", 0, "body");
  request.ext_fields.add("AccessKey", "nobody-account");
  wait_until([&] { return trusted.ask(request).response_code() == ResponseCode::Success; });
  EXPECT_THAT(BrokerClient(port_).send("U", 0, "body"), Refused());
}

class OpenBrokerTest : public BrokerDaemonTest {};

TEST_F(OpenBrokerTest, ABrokerWithoutAccessControlRefusesRequestsAboutIt) {
  const auto broker = start();
  BrokerClient anybody(port_);
  EXPECT_EQ(anybody
                .ask(remoting::make_request(
                    RequestCode::UpdateAndCreateAclConfig,
                    remoting::UpdateAclConfigRequestHeader{.accessKey = "extra-account"}))
                .code,
            209);
  const auto listed = anybody.ask(remoting::make_request(RequestCode::GetBrokerClusterAclConfig));
  EXPECT_EQ(listed.response_code(), ResponseCode::SystemError);
  EXPECT_THAT(listed.remark, HasSubstr("aclEnable=false"));
}

}  // namespace
}  // namespace rocketmq::test
