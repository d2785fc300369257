// A master and its slave as real daemons: what the slave takes and refuses, and how the two change
// places under traffic.
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>

#include "broker_daemon.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "transactions.hpp"

namespace rocketmq::test {
namespace {

using remoting::RemotingCommand;
using remoting::RequestCode;

/// Far more than anything here takes on a busy machine.
constexpr std::chrono::seconds patience{120};

bool wait_until(const std::function<bool()>& is_so) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

/// One broker of the pair: its files and its process.
class Member {
 public:
  Member(std::string name_server, std::string name)
      : name_server_(std::move(name_server)), name_(std::move(name)), port_(free_broker_port()) {}

  /// Starts it in this role on what its store has.
  void start(const std::string& role, const std::string& more_keys = {}) {
    const bool is_slave = role == "SLAVE";
    const auto file = home_.write(
        "broker.properties",
        "brokerName=broker-a\nbrokerIP1=127.0.0.1\nbrokerIP2=127.0.0.1\nbindAddress=127.0.0.1\n"
        "mappedFileSizeCommitLog=4194304\nmaxHashSlotNum=1000\nmaxIndexNum=4000\n"
        "messageDelayLevel=1s 10s\ntransactionCheckInterval=3600000\n"
        // A machine under load is not what is tested.
        "slaveTimeout=60000\nwaitTimeMillsInSendQueue=60000\nnamesrvAddr=" +
            name_server_ + "\nstorePathRootDir=" + (home_ / "store").string() +
            "\nlistenPort=" + std::to_string(port_) + "\nbrokerRole=" + role +
            "\nbrokerId=" + (is_slave ? "1" : "0") + "\n" + more_keys);
    process_ = std::make_unique<Process>(
        std::string(ROCKETMQ_BIN_DIR) + "/mqbroker",
        ProcessOptions{.arguments = {"-c", file.string()},
                       .environment = {{"HOME", home_.text()}},
                       .without_environment = {"ROCKETMQ_HOME", "NAMESRV_ADDR"}});
    if (!process_->wait_for_line("boot success"))
      throw std::runtime_error(name_ + ": " + process_->output() + process_->error_output());
  }
  void stop() { EXPECT_EQ(process_->stop(), 0) << name_; }
  void kill() { process_->kill(); }
  /// Loses its disk.
  void lose_store() const { std::filesystem::remove_all(home_ / "store"); }
  BrokerClient connect() const { return BrokerClient(port_); }
  std::string log() const {
    return home_.read("logs/rocketmqlogs/broker.log") + home_.read("logs/rocketmqlogs/ha.log");
  }
  bool has_logged(const std::string& text) const { return log().find(text) != std::string::npos; }

 private:
  const std::string name_server_;
  const std::string name_;
  const std::uint16_t port_;
  TempDir home_;
  std::unique_ptr<Process> process_;
};

constexpr const char* other_log = "THIS SLAVE'S LOG IS NOT A PART OF ITS MASTER'S";

std::int64_t end_of(BrokerClient& client, const std::string& topic, std::int32_t queue_id) {
  const auto end = client.ask(
      remoting::make_request(RequestCode::GetMaxOffset,
                             remoting::QueueRequestHeader{.topic = topic, .queueId = queue_id}));
  const std::string offset = field_of(end, "offset");
  return end.response_code() == ResponseCode::Success ? std::stoll(offset) : -1;
}

ResponseCode commit_offset(BrokerClient& client, const std::string& topic, std::int64_t offset) {
  return client
      .ask(remoting::make_request(
          RequestCode::UpdateConsumerOffset,
          remoting::UpdateConsumerOffsetRequestHeader{
              .consumerGroup = "g", .topic = topic, .queueId = 0, .commitOffset = offset}))
      .response_code();
}

std::string offset_of_group(BrokerClient& client, const std::string& topic) {
  return field_of(
      client.ask(remoting::make_request(RequestCode::QueryConsumerOffset,
                                        remoting::QueryConsumerOffsetRequestHeader{
                                            .consumerGroup = "g", .topic = topic, .queueId = 0})),
      "offset");
}

RemotingCommand send_delayed(BrokerClient& client, const std::string& body, int level) {
  std::string properties;
  append_property(properties, property::unique_key, "KEY-" + body);
  append_property(properties, property::delay_level, std::to_string(level));
  return client.ask(BrokerClient::send_request("Delayed", 0, body, properties));
}

/// What was acknowledged with SUCCESS: queue and queue offset, and the body there.
using Ledger = std::map<std::pair<std::int32_t, std::int64_t>, std::string>;

class MasterSlaveTest : public testing::Test {
 protected:
  static constexpr std::int32_t queues = 4;

  MasterSlaveTest() {
    const auto port = free_port();
    name_server_address_ = "127.0.0.1:" + std::to_string(port);
    const auto file = home_.write("ns.properties", "listenPort=" + std::to_string(port) + "\n");
    name_server_ = std::make_unique<Process>(
        std::string(ROCKETMQ_BIN_DIR) + "/mqnamesrv",
        ProcessOptions{.arguments = {"-c", file.string()},
                       .environment = {{"HOME", home_.text()}},
                       .without_environment = {"ROCKETMQ_HOME", "NAMESRV_ADDR"}});
    EXPECT_TRUE(name_server_->wait_for_line("boot success"));
    a_.emplace(name_server_address_, "A");
    b_.emplace(name_server_address_, "B");
  }

  /// Sends until a send is acknowledged with SUCCESS: the slave follows.
  static void wait_for_slave(Member& master) {
    BrokerClient client = master.connect();
    EXPECT_TRUE(wait_until([&] {
      return client.send("Warm", 0, "warm").response_code() == ResponseCode::Success;
    })) << master.log();
  }
  static void create_topics(Member& master) {
    BrokerClient client = master.connect();
    for (const char* topic : {"T", "Delayed"})
      ASSERT_EQ(client.create_topic(topic, queues).response_code(), ResponseCode::Success);
  }
  static void send(BrokerClient& client, const std::string& body, std::int32_t queue_id,
                   Ledger& acknowledged) {
    const auto sent = client.send("T", queue_id, body);
    if (sent.response_code() == ResponseCode::Success)
      acknowledged[{queue_id, std::stoll(field_of(sent, "queueOffset"))}] = body;
  }
  /// Every message of the ledger is where it was acknowledged to be.
  static void expect_all(Member& broker, const Ledger& acknowledged) {
    BrokerClient client = broker.connect();
    for (std::int32_t queue_id = 0; queue_id < queues; ++queue_id) {
      std::map<std::int64_t, std::string> wanted;
      for (const auto& [place, body] : acknowledged) {
        if (place.first == queue_id) wanted[place.second] = body;
      }
      if (wanted.empty()) continue;
      const auto count = static_cast<std::size_t>(wanted.rbegin()->first) + 1;
      // A slave has the log before it has the topics.
      ASSERT_TRUE(wait_until([&] {
        const auto first = client.ask(BrokerClient::pull_request("T", queue_id, 0));
        return first.response_code() == ResponseCode::Success;
      })) << "queue "
          << queue_id;
      ASSERT_TRUE(wait_until([&] {
        return end_of(client, "T", queue_id) >= static_cast<std::int64_t>(count);
      })) << "queue "
          << queue_id;
      const auto found = client.pull_all("T", queue_id, count);
      ASSERT_GE(found.size(), count);
      for (const auto& [offset, body] : wanted)
        EXPECT_EQ(found[static_cast<std::size_t>(offset)], body) << queue_id << ":" << offset;
    }
  }
  /// Has the log of the slave reach the master's in this queue.
  static bool has_same_end(Member& slave, Member& master, const std::string& topic,
                           std::int32_t queue_id) {
    BrokerClient of_slave = slave.connect();
    BrokerClient of_master = master.connect();
    return wait_until(
        [&] { return end_of(of_slave, topic, queue_id) == end_of(of_master, topic, queue_id); });
  }
  static bool has_synced_offset(Member& slave, const std::string& topic, std::int64_t offset) {
    BrokerClient client = slave.connect();
    return wait_until([&] { return offset_of_group(client, topic) == std::to_string(offset); });
  }

  TempDir home_;
  std::string name_server_address_;
  std::unique_ptr<Process> name_server_;
  std::optional<Member> a_;
  std::optional<Member> b_;
};

TEST_F(MasterSlaveTest, ASlaveTakesTopicsOffsetsAndMessagesAndServesThem) {
  a_->start("SYNC_MASTER");
  create_topics(*a_);
  b_->start("SLAVE");
  wait_for_slave(*a_);
  BrokerClient master = a_->connect();
  Ledger acknowledged;
  for (int i = 0; i < 20; ++i) send(master, "m" + std::to_string(i), i % queues, acknowledged);
  EXPECT_EQ(acknowledged.size(), 20);
  EXPECT_EQ(commit_offset(master, "T", 3), ResponseCode::Success);
  EXPECT_TRUE(has_synced_offset(*b_, "T", 3));
  expect_all(*b_, acknowledged);
}

TEST_F(MasterSlaveTest, ASlaveRefusesWhatIsForItsMaster) {
  b_->start("SLAVE");
  BrokerClient slave = b_->connect();
  EXPECT_EQ(slave.send("BenchmarkTest", 0, "x").response_code(), ResponseCode::ServiceNotAvailable);
  const auto back = slave.ask(remoting::make_request(
      RequestCode::ConsumerSendMsgBack,
      remoting::ConsumerSendMsgBackRequestHeader{.offset = 0, .group = "g", .delayLevel = 0}));
  EXPECT_EQ(back.response_code(), ResponseCode::SystemError);
  EXPECT_EQ(back.remark, "SERVICE_NOT_AVAILABLE");
  EXPECT_EQ(slave
                .ask(remoting::make_request(RequestCode::EndTransaction,
                                            remoting::EndTransactionRequestHeader{
                                                .producerGroup = "p", .commitOrRollback = 8}))
                .response_code(),
            ResponseCode::SlaveNotAvailable);
  const auto topic = slave.create_topic("New", 4);
  EXPECT_EQ(topic.response_code(), ResponseCode::SystemError);
  EXPECT_NE(topic.remark.find("slave"), std::string::npos);
  EXPECT_EQ(commit_offset(slave, "BenchmarkTest", 5), ResponseCode::Success);
  EXPECT_EQ(offset_of_group(slave, "BenchmarkTest"), "5");
  EXPECT_EQ(slave.ask(BrokerClient::pull_request("BenchmarkTest", 0, 0)).response_code(),
            ResponseCode::PullNotFound);
  const auto ahead = slave.ask(BrokerClient::pull_request("BenchmarkTest", 0, 7));
  EXPECT_EQ(ahead.response_code(), ResponseCode::PullRetryImmediately);
  EXPECT_EQ(field_of(ahead, "nextBeginOffset"), "7");
}

TEST_F(MasterSlaveTest, ASlaveWithoutPermissionToReadServesNoPulls) {
  b_->start("SLAVE", "brokerPermission=2\n");
  BrokerClient slave = b_->connect();
  EXPECT_EQ(slave.ask(BrokerClient::pull_request("BenchmarkTest", 0, 0)).response_code(),
            ResponseCode::NoPermission);
}

TEST_F(MasterSlaveTest, ASlaveOfAMasterThatWasKilledUnderTrafficHasAllThatWasAcknowledged) {
  a_->start("SYNC_MASTER");
  create_topics(*a_);
  b_->start("SLAVE");
  wait_for_slave(*a_);

  BrokerClient master = a_->connect();
  EXPECT_EQ(commit_offset(master, "T", 2), ResponseCode::Success);
  EXPECT_TRUE(has_synced_offset(*b_, "T", 2));
  // Half of them are delivered by the first master after the slave has asked for its progress, the
  // others by the second one.
  std::set<std::string> delayed;
  for (int i = 0; i < 20; ++i) {
    const std::string body = "d" + std::to_string(i);
    if (send_delayed(master, body, 1 + i % 2).response_code() == ResponseCode::Success)
      delayed.insert(body);
  }
  EXPECT_EQ(delayed.size(), 20);
  EXPECT_TRUE(wait_until([&] { return end_of(master, "Delayed", 0) >= 10; }));

  Ledger acknowledged;
  std::atomic<int> count{0};
  std::thread traffic([&] {
    try {
      BrokerClient client = a_->connect();
      for (int i = 0;; ++i) {
        send(client, "m" + std::to_string(i), i % queues, acknowledged);
        ++count;
      }
    } catch (const std::exception&) {
      // the master is gone
    }
  });
  EXPECT_TRUE(wait_until([&] { return count > 200; }));
  a_->kill();
  traffic.join();
  ASSERT_GT(acknowledged.size(), 100);
  expect_all(*b_, acknowledged);

  b_->stop();
  b_->start("SYNC_MASTER");
  EXPECT_TRUE(b_->has_logged("the store was a slave's"));
  expect_all(*b_, acknowledged);
  BrokerClient promoted = b_->connect();
  EXPECT_EQ(offset_of_group(promoted, "T"), "2");
  // Each delayed message once: what the first master has delivered comes no second time.
  EXPECT_TRUE(wait_until([&] { return end_of(promoted, "Delayed", 0) >= 20; }));
  const auto delivered = promoted.pull_all("Delayed", 0, 20);
  EXPECT_EQ(std::set(delivered.begin(), delivered.end()), delayed);
  EXPECT_EQ(end_of(promoted, "Delayed", 0), 20);
  // It takes messages, at the next places of the queues.
  const auto end = end_of(promoted, "T", 0);
  const auto sent = promoted.send("T", 0, "of the new master");
  EXPECT_EQ(sent.response_code(), ResponseCode::SlaveNotAvailable) << "stored, but only here";
  EXPECT_EQ(field_of(sent, "queueOffset"), std::to_string(end));
}

TEST_F(MasterSlaveTest, MasterAndSlaveChangePlacesAndBack) {
  a_->start("SYNC_MASTER");
  create_topics(*a_);
  b_->start("SLAVE");
  wait_for_slave(*a_);
  Ledger acknowledged;
  int number = 0;
  const auto send_some = [&](Member& master) {
    BrokerClient client = master.connect();
    for (int i = 0; i < 40; ++i, ++number)
      send(client, "m" + std::to_string(number), number % queues, acknowledged);
  };
  send_some(*a_);
  EXPECT_EQ(acknowledged.size(), 40);
  for (auto [master, slave] : {std::pair{&*a_, &*b_}, std::pair{&*b_, &*a_}}) {
    {
      BrokerClient client = master->connect();
      EXPECT_EQ(commit_offset(client, "T", number), ResponseCode::Success);
    }
    EXPECT_TRUE(has_synced_offset(*slave, "T", number));
    EXPECT_TRUE(has_same_end(*slave, *master, "Warm", 0));
    master->stop();
    slave->stop();
    slave->start("SYNC_MASTER");
    master->start("SLAVE");
    wait_for_slave(*slave);
    const auto before = acknowledged.size();
    send_some(*slave);
    EXPECT_EQ(acknowledged.size(), before + 40);
    expect_all(*slave, acknowledged);
    expect_all(*master, acknowledged);
    EXPECT_FALSE(master->has_logged(other_log)) << master->log();
  }
  EXPECT_EQ(acknowledged.size(), 120);
}

TEST_F(MasterSlaveTest, TransactionsGoOnWhereTheFormerMasterLeftThem) {
  // Checks are counted also while no producer is there; none may be given up however slow this is.
  const std::string checks =
      "transactionCheckInterval=200\ntransactionTimeOut=1000\ntransactionCheckMax=100000\n";
  a_->start("SYNC_MASTER");
  {
    BrokerClient client = a_->connect();
    ASSERT_EQ(client.create_topic("Paid", 1).response_code(), ResponseCode::Success);
  }
  b_->start("SLAVE");
  wait_for_slave(*a_);
  std::map<std::string, Transaction> begun;
  {
    BrokerClient client = a_->connect();
    for (const char* body : {"committed", "rolled back", "committed later", "open", "unwanted"}) {
      const auto half = send_half(client, "Paid", 0, body);
      ASSERT_EQ(half.response_code(), ResponseCode::Success) << half.remark;
      begun[body] = begun_by(half);
    }
    ASSERT_EQ(end(client, begun["committed"], Decision::Commit).response_code(),
              ResponseCode::Success);
    ASSERT_EQ(end(client, begun["rolled back"], Decision::Rollback).response_code(),
              ResponseCode::Success);
    EXPECT_EQ(client.pull_all("Paid", 0, 1), std::vector<std::string>{"committed"});
  }
  // The end of a rollback is in the log, and nowhere else to be seen.
  EXPECT_TRUE(has_same_end(*b_, *a_, "RMQ_SYS_TRANS_OP_HALF_TOPIC", 0));
  EXPECT_TRUE(has_same_end(*b_, *a_, "Paid", 0));
  a_->kill();
  b_->stop();
  b_->start("ASYNC_MASTER", checks);

  std::set<std::string> asked;
  // The producer commits what it is asked for, but for what it does not want.
  const auto answer_checks = [&](Member& master, std::size_t count) {
    BrokerClient client = master.connect();
    BrokerClient producer = master.connect();
    ASSERT_NO_FATAL_FAILURE(beat_as_producer(producer));
    // Until it has been asked for so many, and then until nothing more comes.
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
      ASSERT_LT(std::chrono::steady_clock::now(), until) << "it asks without end";
      const bool is_enough = asked.size() >= count;
      const auto command =
          producer.connection().read_command(is_enough ? std::chrono::seconds(3) : patience);
      if (!command) break;
      if (command->request_code() != RequestCode::CheckTransactionState) continue;
      const auto half = message_record::decode(command->body, message_record::Check::BodyCrc);
      ASSERT_TRUE(half);
      const std::string body(half->body);
      asked.insert(body);
      ASSERT_EQ(end(client, asked_for_by(*command),
                    body == "unwanted" ? Decision::Rollback : Decision::Commit, true)
                    .response_code(),
                ResponseCode::Success);
    }
  };
  {
    // Its producer knows the transaction by its places at the former master.
    BrokerClient client = b_->connect();
    ASSERT_EQ(end(client, begun["committed later"], Decision::Commit).response_code(),
              ResponseCode::Success);
  }
  ASSERT_NO_FATAL_FAILURE(answer_checks(*b_, 2));
  EXPECT_EQ(asked, (std::set<std::string>{"open", "unwanted"}));
  const std::vector<std::string> paid{"committed", "committed later", "open"};
  BrokerClient of_b = b_->connect();
  EXPECT_EQ(of_b.pull_all("Paid", 0, 3), paid);
  EXPECT_EQ(end_of(of_b, "Paid", 0), 3);

  // And back: nothing is open any more.
  a_->start("SLAVE");
  EXPECT_TRUE(has_same_end(*a_, *b_, "RMQ_SYS_TRANS_OP_HALF_TOPIC", 0));
  EXPECT_TRUE(has_same_end(*a_, *b_, "Paid", 0));
  b_->stop();
  a_->stop();
  a_->start("ASYNC_MASTER", checks);
  asked.clear();
  ASSERT_NO_FATAL_FAILURE(answer_checks(*a_, 0));
  EXPECT_EQ(asked, std::set<std::string>{});
  BrokerClient of_a = a_->connect();
  EXPECT_EQ(of_a.pull_all("Paid", 0, 3), paid);
  EXPECT_EQ(end_of(of_a, "Paid", 0), 3);
}

TEST_F(MasterSlaveTest, AFormerMasterWithMessagesThatTheNewOneLacksIsRefusedUntilItIsRepaired) {
  a_->start("ASYNC_MASTER");
  create_topics(*a_);
  b_->start("SLAVE");
  BrokerClient master = a_->connect();
  Ledger acknowledged;
  for (int i = 0; i < 8; ++i) send(master, "m" + std::to_string(i), i % queues, acknowledged);
  EXPECT_EQ(commit_offset(master, "T", 1), ResponseCode::Success);
  EXPECT_TRUE(has_synced_offset(*b_, "T", 1));
  expect_all(*b_, acknowledged);
  b_->stop();
  Ledger only_here;
  for (int i = 0; i < 4; ++i) send(master, "lost" + std::to_string(i), i, only_here);
  EXPECT_EQ(only_here.size(), 4);
  a_->stop();

  b_->start("ASYNC_MASTER");
  BrokerClient promoted = b_->connect();
  for (int i = 0; i < 8; ++i) send(promoted, "new" + std::to_string(i), i % queues, acknowledged);
  a_->start("SLAVE");
  EXPECT_TRUE(wait_until([&] { return a_->has_logged(other_log); }));
  // It keeps what it has, and gives it away.
  expect_all(*a_, only_here);
  expect_all(*b_, acknowledged);

  a_->stop();
  a_->lose_store();
  a_->start("SLAVE");
  expect_all(*a_, acknowledged);
}

TEST_F(MasterSlaveTest, ASlaveFollowsWhenItsMasterStartsLater) {
  b_->start("SLAVE");
  a_->start("SYNC_MASTER");
  create_topics(*a_);
  wait_for_slave(*a_);
}

}  // namespace
}  // namespace rocketmq::test
