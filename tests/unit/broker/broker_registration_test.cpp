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

  /// From now on registrations are answered by answer_all() only.
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
    for (Reply& reply : replies) reply(remoting::RegisterBrokerResponseHeader{});
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
    registrations_.push_back(
        {*std::move(body), request.body.size(), header->compressed.value_or(false)});
    changed_.notify_all();
    if (is_silent_) {
      held_.push_back(std::move(reply));
    } else {
      reply(remoting::RegisterBrokerResponseHeader{});
    }
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool is_silent_ = false;                      // guarded by mutex_
  bool has_forgotten_ = false;                  // guarded by mutex_
  std::vector<Registration> registrations_;     // guarded by mutex_
  std::vector<Reply> held_;                     // guarded by mutex_
  std::vector<std::size_t> counts_at_queries_;  // guarded by mutex_
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
    registration.emplace(config, topics, period);
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

  std::chrono::milliseconds period = 1h;
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
