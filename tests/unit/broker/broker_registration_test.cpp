// The registration against name servers whose replies the test gives.
#include "registration/broker_registration.hpp"

#include <set>

#include "fixture.hpp"
#include "limits.hpp"
#include "rocketmq/common/crc32.hpp"
#include "rocketmq/protocol/namesrv_headers.hpp"
#include "rocketmq/protocol/route_data.hpp"
#include "rocketmq/remoting/server.hpp"

namespace rocketmq::broker::test {
namespace {

using namespace std::chrono_literals;
using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestCode;
using remoting::RequestContext;

constexpr auto patience = 60s;

/// A name server that takes down what it is sent, and replies when the test wants it to.
class FakeNameServer {
 public:
  struct Registration {
    remoting::RegisterBrokerBody body;
    std::size_t body_bytes = 0;
    bool is_compressed = false;
    std::int32_t release = 0;

    std::set<std::string> topics() const {
      std::set<std::string> names;
      for (const auto& [name, config] : body.topic_config.topic_config_table) names.insert(name);
      return names;
    }
    DataVersion version() const { return body.topic_config.data_version; }
  };

  FakeNameServer() {
    routes_.route(
        RequestCode::RegisterBroker,
        [this](const RequestContext&, RemotingCommand& request, Reply reply) {
          take(request, std::move(reply));
        },
        remoting::inline_on_connection);
    routes_.route(
        RequestCode::QueryDataVersion,
        [this](const RequestContext&, RemotingCommand&, Reply reply) {
          const std::lock_guard lock(mutex_);
          counts_at_queries_.push_back(registrations_.size());
          changed_.notify_all();
          reply(remoting::QueryDataVersionResponseHeader{.changed = has_forgotten_});
        },
        remoting::inline_on_connection);
    routes_.route(
        RequestCode::UnregisterBroker,
        [](const RequestContext&, RemotingCommand&, Reply reply) { reply(); },
        remoting::inline_on_connection);
    remoting::ServerOptions options;
    options.bind_address = "127.0.0.1";
    options.net_threads = 1;
    server_.emplace("name server", options, routes_);
    if (const auto started = server_->start(); !started)
      throw std::runtime_error(started.error().remark);
  }
  ~FakeNameServer() { answer_all(); }

  std::string address() const { return "127.0.0.1:" + std::to_string(server_->port()); }

  /// From now on it names this master to slaves.
  void name_master(std::optional<std::string> address, std::optional<std::string> ha_address) {
    const std::lock_guard lock(mutex_);
    response_ = {.haServerAddr = std::move(ha_address), .masterAddr = std::move(address)};
  }
  /// From now on it refuses releases above this one, as Java does whose look-up fails.
  void know_no_release_above(std::int32_t release, std::string remark) {
    const std::lock_guard lock(mutex_);
    release_max_ = release;
    refusal_ = std::move(remark);
  }
  std::size_t refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
  }
  /// From now on only answer_all() replies to registrations.
  void be_silent() {
    const std::lock_guard lock(mutex_);
    is_silent_ = true;
  }
  void answer_all() {
    std::vector<Reply> replies;
    {
      const std::lock_guard lock(mutex_);
      is_silent_ = false;
      replies.swap(held_);
    }
    for (Reply& reply : replies) reply(response_);
  }
  /// It says that it has another version, or none.
  void forget() {
    const std::lock_guard lock(mutex_);
    has_forgotten_ = true;
  }
  /// How many registrations there were before the question number `query`, counted from 1.
  std::size_t count_before_query(std::size_t query) const {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(
        changed_.wait_for(lock, patience, [&] { return counts_at_queries_.size() >= query; }));
    return counts_at_queries_.at(query - 1);
  }
  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return registrations_.size();
  }
  /// The registrations, once there are `count` of them.
  std::vector<Registration> wait_for(std::size_t count) const {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, patience, [&] { return registrations_.size() >= count; }));
    return registrations_;
  }

 private:
  void take(RemotingCommand& request, Reply reply) {
    const auto header = remoting::decode_header<remoting::RegisterBrokerRequestHeader>(request);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->bodyCrc32, masked_crc32(request.body));
    auto body = remoting::decode_register_broker_body(
        request.body, header->compressed.value_or(false), request.version);
    ASSERT_TRUE(body);
    const std::lock_guard lock(mutex_);
    if (request.version > release_max_) {
      ++refused_;
      return reply(Error{ResponseCode::SystemError, refusal_});
    }
    registrations_.push_back({*std::move(body), request.body.size(),
                              header->compressed.value_or(false), request.version});
    changed_.notify_all();
    if (is_silent_) {
      held_.push_back(std::move(reply));
    } else {
      reply(response_);
    }
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool is_silent_ = false;                             // guarded by mutex_
  bool has_forgotten_ = false;                         // guarded by mutex_
  std::vector<Registration> registrations_;            // guarded by mutex_
  std::vector<Reply> held_;                            // guarded by mutex_
  remoting::RegisterBrokerResponseHeader response_;    // guarded by mutex_
  std::int32_t release_max_ = remoting::version::own;  // guarded by mutex_
  std::string refusal_;                                // guarded by mutex_
  std::size_t refused_ = 0;                            // guarded by mutex_
  std::vector<std::size_t> counts_at_queries_;         // guarded by mutex_
  remoting::Dispatcher routes_;
  std::optional<remoting::Server> server_;
};

/// Keeps replies that come on any thread.
class SharedSink final : public remoting::ResponseSink {
 public:
  void respond(RemotingCommand& response, remoting::Body) override {
    const std::lock_guard lock(mutex_);
    opaques_.push_back(response.opaque);
    changed_.notify_all();
  }
  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return opaques_.size();
  }
  bool wait_for(std::size_t count) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return opaques_.size() >= count; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::int32_t> opaques_;  // guarded by mutex_
};

class BrokerRegistrationTest : public BrokerFixture {
 protected:
  /// Registers with these name servers and waits until each has the first registration.
  void start(std::vector<const FakeNameServer*> name_servers) {
    config.namesrv_addr.clear();
    for (const auto* server : name_servers)
      config.namesrv_addr += (config.namesrv_addr.empty() ? "" : ";") + server->address();
    registration.emplace(config, topics, period, slow_limit);
    registration->on_master([this](const Master& master) {
      const std::lock_guard lock(masters_mutex);
      masters.push_back(master);
      master_came.notify_all();
    });
    topics.on_change([this] { registration->register_soon(); });
    registration->start();
    registration->wait_for_first(patience);
  }
  /// Makes a topic, and replies to the request that has made it.
  void make_topic(const std::string& name) {
    const auto made = topics.find_or_create_for_send(name, "TBW102", 4, 0);
    ASSERT_TRUE(made) << made.error().remark;
    Reply reply(replies, RemotingCommand());
    topics.waits().hold(reply, made->change);
    reply();
  }
  /// Fills the table so far that its registration needs several parts.
  void make_many_topics() {
    std::vector<TopicConfig> configs;
    const std::size_t bytes = json_bytes_of({.topic_name = many_name(0)});
    for (std::size_t i = 0; i * bytes < 5 * limits::registration_part_bytes / 2; ++i)
      configs.push_back({.topic_name = many_name(i)});
    ASSERT_TRUE(topics.update_all(std::move(configs)));
  }
  static std::string many_name(std::size_t number) {
    return std::string(100, 'x') + std::to_string(1'000'000 + number);
  }

  using Master = BrokerRegistration::Master;
  /// The masters that were named one after the other, once there are `count`.
  std::vector<Master> wait_for_masters(std::size_t count) {
    std::unique_lock lock(masters_mutex);
    EXPECT_TRUE(master_came.wait_for(lock, patience, [&] { return masters.size() >= count; }));
    return masters;
  }

  std::chrono::milliseconds period = 1h;
  std::chrono::milliseconds slow_limit = 1h;
  std::mutex masters_mutex;
  std::condition_variable master_came;
  std::vector<Master> masters;  // guarded by masters_mutex
  std::shared_ptr<SharedSink> replies = std::make_shared<SharedSink>();
  std::optional<BrokerRegistration> registration;
};

TEST_F(BrokerRegistrationTest, HasReplyWaitUntilEveryNameServerKnowsTheNewTopic) {
  FakeNameServer quick;
  FakeNameServer slow;
  start({&quick, &slow});
  slow.be_silent();
  make_topic("Orders");
  EXPECT_TRUE(quick.wait_for(2)[1].topics().contains("Orders"));
  EXPECT_TRUE(slow.wait_for(2)[1].topics().contains("Orders"));
  EXPECT_EQ(replies->count(), 0);
  slow.answer_all();
  EXPECT_TRUE(replies->wait_for(1));
}

TEST_F(BrokerRegistrationTest, ASlowNameServerDelaysNoRegistrationWithAnother) {
  FakeNameServer quick;
  FakeNameServer slow;
  start({&quick, &slow});
  slow.be_silent();
  make_topic("First");
  (void)slow.wait_for(2);
  make_topic("Second");
  EXPECT_TRUE(quick.wait_for(3)[2].topics().contains("Second"));
  EXPECT_EQ(slow.count(), 2) << "one request at a time";
}

TEST_F(BrokerRegistrationTest, WaitsForNoNameServerWhoseLastRegistrationHasFailed) {
  config.register_broker_timeout_ms = 50;
  FakeNameServer quick;
  FakeNameServer mute;
  mute.be_silent();
  start({&quick, &mute});
  // It has had its time-out. The clock of the replies stands still: they leave when they may.
  make_topic("Orders");
  EXPECT_TRUE(replies->wait_for(1));
  EXPECT_TRUE(quick.wait_for(2)[1].topics().contains("Orders"));
}

TEST_F(BrokerRegistrationTest, TellsANameServerThatRefusesItsReleaseAnOlderOneImmediately) {
  FakeNameServer old;
  FakeNameServer new_one;
  old.know_no_release_above(139,
                            "java.lang.ArrayIndexOutOfBoundsException: Index 409 out of bounds "
                            "for length 140, com.alibaba.rocketmq.common.MQVersion.value2Version");
  start({&old, &new_one});
  EXPECT_EQ(old.wait_for(1)[0].release, 139) << "within the first registration";
  EXPECT_EQ(new_one.wait_for(1)[0].release, remoting::version::own);
  make_topic("Orders");
  EXPECT_TRUE(replies->wait_for(1));
  EXPECT_TRUE(old.wait_for(2)[1].topics().contains("Orders"));
  EXPECT_EQ(old.refused(), 1) << "it is not asked again with every registration";
}

TEST_F(BrokerRegistrationTest, GuessesTheReleaseOfANameServerThatDoesNotSayIt) {
  // Java 8 says only which index it was.
  FakeNameServer of_3_2_6;
  of_3_2_6.know_no_release_above(139, "java.lang.ArrayIndexOutOfBoundsException: 409, null");
  FakeNameServer older;
  older.know_no_release_above(77, "java.lang.ArrayIndexOutOfBoundsException: 409, null");
  start({&of_3_2_6, &older});
  EXPECT_EQ(of_3_2_6.wait_for(1)[0].release, 139);
  EXPECT_EQ(older.wait_for(1)[0].release, remoting::version::v3_0_11);
  EXPECT_EQ(older.refused(), 2);
}

TEST_F(BrokerRegistrationTest, ANameServerThatRefusesEveryReleaseIsOneThatFails) {
  FakeNameServer odd;
  odd.know_no_release_above(
      0, "java.lang.ArrayIndexOutOfBoundsException: Index 9 out of bounds for length 0");
  FakeNameServer quick;
  start({&odd, &quick});
  EXPECT_EQ(odd.refused(), 2);
  make_topic("Orders");
  EXPECT_TRUE(replies->wait_for(1)) << "nothing waits for it";
}

TEST_F(BrokerRegistrationTest, WaitsNoLongerForANameServerThatIsSlow) {
  slow_limit = 50ms;
  FakeNameServer quick;
  FakeNameServer slow;
  start({&quick, &slow});
  slow.be_silent();
  make_topic("Orders");
  EXPECT_TRUE(replies->wait_for(1)) << "its registration is under way still";
  slow.answer_all();
  (void)slow.wait_for(2);
}

TEST_F(BrokerRegistrationTest, ASlaveLearnsWhereItsMasterIs) {
  config.broker_id = 1;
  FakeNameServer name_server;
  name_server.name_master("10.0.0.1:10911", "10.0.0.1:10912");
  start({&name_server});
  EXPECT_EQ(wait_for_masters(1).front(), (Master{"10.0.0.1:10911", "10.0.0.1:10912"}));
}

TEST_F(BrokerRegistrationTest, ASlaveAsksSoonAgainWhileThereIsNoMaster) {
  config.broker_id = 1;
  period = 10ms;  // the shorter one of this and the time for a new try
  FakeNameServer name_server;
  start({&name_server});
  (void)name_server.wait_for(2);
  name_server.name_master("10.0.0.1:10911", "10.0.0.1:10912");
  EXPECT_EQ(wait_for_masters(1).size(), 1);
  name_server.name_master(std::nullopt, std::nullopt);
  EXPECT_EQ(wait_for_masters(2).back(), Master());
}

TEST_F(BrokerRegistrationTest, ASlaveStaysWithItsMasterWhileOneNameServerNamesIt) {
  config.broker_id = 1;
  period = 10ms;
  FakeNameServer first;
  FakeNameServer second;
  first.name_master("10.0.0.1:10911", "10.0.0.1:10912");
  start({&first, &second});
  (void)wait_for_masters(1);
  second.name_master("10.0.0.2:10911", "10.0.0.2:10912");
  (void)second.wait_for(second.count() + 3);
  EXPECT_EQ(wait_for_masters(1).size(), 1);
  first.name_master(std::nullopt, std::nullopt);
  EXPECT_EQ(wait_for_masters(2).back(), (Master{"10.0.0.2:10911", "10.0.0.2:10912"}));
}

TEST_F(BrokerRegistrationTest, ASlaveKeepsItsMasterWhenNoNameServerReplies) {
  config.broker_id = 1;
  config.register_broker_timeout_ms = 50;
  period = 10ms;
  std::optional<FakeNameServer> name_server(std::in_place);
  name_server->name_master("10.0.0.1:10911", "10.0.0.1:10912");
  start({&*name_server});
  (void)wait_for_masters(1);
  name_server.reset();
  // The loss of the connection has been noted when a new topic is not held back any more.
  make_topic("Orders");
  EXPECT_TRUE(replies->wait_for(1));
  EXPECT_EQ(wait_for_masters(1).size(), 1);
}

TEST_F(BrokerRegistrationTest, ASlaveSendsTheVersionOfALargeTableOnly) {
  config.broker_id = 1;
  make_many_topics();
  FakeNameServer name_server;
  start({&name_server});
  const auto sent = name_server.wait_for(1).front();
  EXPECT_TRUE(sent.topics().empty());
  EXPECT_EQ(sent.version(), topics.data_version());
}

TEST_F(BrokerRegistrationTest, AMasterAsksForNoMaster) {
  FakeNameServer name_server;
  name_server.name_master("10.0.0.1:10911", "10.0.0.1:10912");
  start({&name_server});
  make_topic("Orders");
  EXPECT_TRUE(replies->wait_for(1));
  const std::lock_guard lock(masters_mutex);
  EXPECT_TRUE(masters.empty());
}

TEST_F(BrokerRegistrationTest, RepliesWhenNoNameServerCanBeReached) {
  std::optional<FakeNameServer> gone(std::in_place);
  start({&*gone});
  gone.reset();
  make_topic("Orders");
  EXPECT_TRUE(replies->wait_for(1));
}

TEST_F(BrokerRegistrationTest, ManyNewTopicsShareOneRegistration) {
  FakeNameServer name_server;
  start({&name_server});
  name_server.be_silent();
  make_topic("First");
  (void)name_server.wait_for(2);
  for (int i = 0; i < 100; ++i) make_topic("Topic" + std::to_string(i));
  name_server.answer_all();
  EXPECT_TRUE(replies->wait_for(101));
  EXPECT_EQ(name_server.count(), 3);
  EXPECT_TRUE(name_server.wait_for(3)[2].topics().contains("Topic99"));
}

TEST_F(BrokerRegistrationTest, SendsALargeTableInPartsOfWhichTheLastHasItsVersion) {
  make_many_topics();
  FakeNameServer name_server;
  start({&name_server});
  const auto sent = name_server.wait_for(3);
  std::set<std::string> topics_sent;
  std::set<std::int64_t> counters;
  for (const auto& registration_sent : sent) {
    EXPECT_LT(registration_sent.body_bytes, 2 * limits::registration_part_bytes);
    topics_sent.merge(registration_sent.topics());
    counters.insert(registration_sent.version().counter);
  }
  EXPECT_EQ(topics_sent.size(), topics.size());
  EXPECT_EQ(counters.size(), sent.size()) << "a part under a known version would be skipped";
  EXPECT_EQ(sent.back().version(), topics.data_version());
  EXPECT_NE(sent.front().version(), topics.data_version());
}

TEST_F(BrokerRegistrationTest, SendsOfALargeTableOnlyWhatHasChanged) {
  make_many_topics();
  FakeNameServer name_server;
  start({&name_server});
  const auto parts = name_server.wait_for(3).size();
  make_topic("Orders");
  EXPECT_TRUE(replies->wait_for(1));
  const auto sent = name_server.wait_for(parts + 1);
  EXPECT_EQ(sent.back().topics(), std::set<std::string>{"Orders"});
  EXPECT_EQ(sent.back().version(), topics.data_version());
}

TEST_F(BrokerRegistrationTest, AsksForTheVersionOfALargeTableInsteadOfSendingItAgain) {
  period = 10ms;
  make_many_topics();
  FakeNameServer name_server;
  start({&name_server});
  const auto parts = name_server.wait_for(3).size();
  EXPECT_EQ(name_server.count_before_query(3), parts);
  name_server.forget();
  EXPECT_EQ(name_server.wait_for(2 * parts)[2 * parts - 1].version(), topics.data_version());
}

TEST_F(BrokerRegistrationTest, SendsASmallTableEachTime) {
  period = 10ms;
  FakeNameServer name_server;
  start({&name_server});
  EXPECT_EQ(name_server.wait_for(3).back().topics().size(), topics.size());
}

TEST_F(BrokerRegistrationTest, SendsEverythingAgainWhenSomethingConcernsAllTopics) {
  make_many_topics();
  FakeNameServer name_server;
  start({&name_server});
  const auto parts = name_server.wait_for(3).size();
  const auto before = topics.data_version();
  config.broker_permission = 4;
  topics.touch_all();
  const auto sent = name_server.wait_for(2 * parts);
  EXPECT_EQ(sent.back().body.topic_config.topic_config_table.begin()->second.perm, 4);
  EXPECT_NE(sent.back().version(), before) << "name servers take no topics under a known version";
}

TEST_F(BrokerRegistrationTest, CompressesRegistrationsWhenToldSo) {
  config.compressed_register = true;
  add_topic("Orders", 3, 4);
  FakeNameServer name_server;
  start({&name_server});
  const auto sent = name_server.wait_for(1).front();
  EXPECT_TRUE(sent.is_compressed);
  EXPECT_EQ(sent.version(), topics.data_version());
  const auto& orders = sent.body.topic_config.topic_config_table.at("Orders");
  EXPECT_EQ(orders.read_queue_nums, 3);
  EXPECT_EQ(orders.write_queue_nums, 3);
  EXPECT_EQ(orders.perm, 4);
  EXPECT_EQ(sent.topics().size(), topics.size());
}

}  // namespace
}  // namespace rocketmq::broker::test
