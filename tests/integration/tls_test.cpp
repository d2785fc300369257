// Daemons, client and mqadmin over TLS, from outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "certificates.hpp"
#include "client_cluster.hpp"
#include "ports.hpp"
#include "process.hpp"
#include "raw_connection.hpp"
#include "rocketmq/net/tls_context.hpp"
#include "rocketmq/remoting/client.hpp"
#include "temp_dir.hpp"

namespace rocketmq::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

remoting::RemotingCommand any_request() {
  return remoting::make_request(remoting::RequestCode::GetBrokerClusterInfo);
}

/// A name server and a broker, with certificates of one authority.
class TlsTest : public testing::Test {
 protected:
  TlsTest() {
    issue("server", authority);
    issue("client", authority);
    dir.write("ca.pem", authority.pem());
    dir.write("client.properties", "tls.client.trustCertPath=" + file("ca.pem") + "\n");
    dir.write("identified.properties", "tls.client.trustCertPath=" + file("ca.pem") +
                                           "\ntls.client.certPath=" + file("client.pem") +
                                           "\ntls.client.keyPath=" + file("client.key") + "\n");
  }

  std::string file(const std::string& name) const { return (dir / name).string(); }
  void issue(const std::string& name, const CertificateAuthority& by) const {
    const IssuedCertificate issued = by.issue(name);
    dir.write(name + ".key", issued.key);
    dir.write(name + ".pem", issued.certificate);
  }
  std::string server_keys() const {
    return "tls.server.certPath=" + file("server.pem") +
           "\ntls.server.keyPath=" + file("server.key") + "\n";
  }
  std::unique_ptr<Process> run(const std::string& program,
                               std::vector<std::string> arguments) const {
    return std::make_unique<Process>(
        std::string(ROCKETMQ_BIN_DIR) + "/" + program,
        ProcessOptions{.arguments = std::move(arguments),
                       .environment = {{"HOME", dir.text()}},
                       .without_environment = {"ROCKETMQ_HOME", "NAMESRV_ADDR"}});
  }
  std::unique_ptr<Process> start(const std::string& program, const std::string& keys) const {
    auto process = run(program, {"-c", dir.write(program + ".conf", keys).string()});
    EXPECT_TRUE(process->wait_for_line("boot success")) << process->error_output();
    return process;
  }
  void start_all(const std::string& keys) {
    name_server_port = free_port();
    broker_port = free_broker_port();
    name_server =
        start("mqnamesrv", "bindAddress=127.0.0.1\nlistenPort=" + std::to_string(name_server_port) +
                               "\n" + keys);
    broker = start("mqbroker",
                   "bindAddress=127.0.0.1\nbrokerIP1=127.0.0.1\nbrokerName=broker-a\n"
                   "mappedFileSizeCommitLog=16777216\nmaxHashSlotNum=1000\n"
                   "maxIndexNum=4000\nlistenPort=" +
                       std::to_string(broker_port) + "\nnamesrvAddr=" + servers() +
                       "\nstorePathRootDir=" + file("store") + "\n" + keys);
  }
  std::string servers() const { return "127.0.0.1:" + std::to_string(name_server_port); }

  /// What a server that is asked with this client's properties file does: "" is an answer.
  static std::string failure_of(std::uint16_t port, const std::string& client_file) {
    TlsConfig config;
    config.config_file = client_file;
    EXPECT_TRUE(apply_tls_file(config, nullptr));
    auto credentials = std::make_shared<net::TlsCredentials>(config, net::TlsSide::Client);
    EXPECT_TRUE(credentials->load());
    remoting::ClientOptions options;
    options.connect_timeout = 20s;
    options.tls = credentials;
    remoting::Client client(options);
    const auto answer = client.invoke("127.0.0.1:" + std::to_string(port), any_request(), 20s);
    client.shutdown();
    return answer ? "" : answer.error().remark;
  }
  /// Whether a plain connection gets an answer.
  static bool answers_plain(std::uint16_t port) {
    RawConnection connection(port);
    connection.send(any_request());
    return connection.read_command().has_value();
  }
  /// Sends, again while the name server does not know the broker yet.
  static void send(DefaultMQProducer& producer, const std::string& body) {
    for (int attempts = 0;; ++attempts) {
      try {
        producer.send(Message("TopicTest", body));
        return;
      } catch (const MQException&) {
        if (attempts == 1'000) throw;
        std::this_thread::sleep_for(20ms);
      }
    }
  }

  TempDir dir;
  CertificateAuthority authority;
  std::uint16_t name_server_port = 0;
  std::uint16_t broker_port = 0;
  std::unique_ptr<Process> name_server;
  std::unique_ptr<Process> broker;
};

TEST_F(TlsTest, WithoutAnyKeyPlainAndEncryptedClientsAreServedOnOnePort) {
  start_all("");
  DefaultMQProducer plain("plain_producer");
  plain.setNamesrvAddr(servers());
  plain.start();
  DefaultMQProducer encrypted("encrypted_producer");
  encrypted.setNamesrvAddr(servers());
  encrypted.setUseTLS(true);
  encrypted.start();
  send(plain, "plain");
  send(encrypted, "encrypted");
  for (const int port : {+broker_port, broker_port - 2, +name_server_port}) {
    EXPECT_TRUE(answers_plain(static_cast<std::uint16_t>(port)));
    EXPECT_EQ(failure_of(static_cast<std::uint16_t>(port), ""), "");
  }
  DefaultMQPushConsumer consumer("encrypted_consumer");
  consumer.setNamesrvAddr(servers());
  consumer.setUseTLS(true);
  consumer.setConsumeFromWhere(CONSUME_FROM_FIRST_OFFSET);
  consumer.subscribe("TopicTest", "*");
  std::mutex mutex;
  std::condition_variable came;
  std::set<std::string> bodies;
  consumer.registerMessageListener(
      [&](const std::vector<MessageExt>& messages, ConsumeConcurrentlyContext&) {
        const std::lock_guard lock(mutex);
        for (const MessageExt& message : messages) bodies.insert(message.getBody());
        came.notify_all();
        return CONSUME_SUCCESS;
      });
  consumer.start();
  {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(came.wait_for(lock, 60s, [&] { return bodies.size() == 2; }));
  }
  consumer.shutdown();
  encrypted.shutdown();
  plain.shutdown();
}

TEST_F(TlsTest, EnforcingServersTakeNoPlainConnectionAndUseNone) {
  dir.write("tls.properties", server_keys() + "tls.client.trustCertPath=" + file("ca.pem") + "\n");
  start_all("tls.server.mode=enforcing\ntls.config.file=" + file("tls.properties") + "\n");
  for (const int port : {+broker_port, broker_port - 2, +name_server_port}) {
    EXPECT_FALSE(answers_plain(static_cast<std::uint16_t>(port)));
    EXPECT_EQ(failure_of(static_cast<std::uint16_t>(port), file("client.properties")), "");
  }
  DefaultMQProducer producer("producer");
  producer.setNamesrvAddr(servers());
  producer.setUseTLS(true);
  producer.setTlsConfigFile(file("client.properties"));
  producer.start();
  send(producer, "the broker has registered over TLS");
  producer.shutdown();

  const auto plain = run("mqadmin", {"clusterList", "-n", servers()});
  EXPECT_NE(plain->wait(), 0);
  const auto encrypted = run("mqadmin", {"clusterList", "-n", servers(), "--useTLS",
                                         "--tlsConfigFile", file("client.properties")});
  EXPECT_EQ(encrypted->wait(), 0) << encrypted->error_output();
  EXPECT_THAT(encrypted->output(), HasSubstr("broker-a"));
  const auto misled = run("mqadmin", {"clusterList", "-n", servers(), "--useTLS", "--tlsConfigFile",
                                      file("missing.properties")});
  EXPECT_EQ(misled->wait(), 1);
  EXPECT_THAT(misled->error_output(), HasSubstr("missing.properties"));
}

TEST_F(TlsTest, DisabledServersTakePlainConnectionsOnly) {
  start_all("tls.server.mode=disabled\n");
  EXPECT_TRUE(answers_plain(broker_port));
  EXPECT_NE(failure_of(broker_port, ""), "");
}

TEST_F(TlsTest, ARequiredCertificateOfAClientIsAskedFor) {
  start_all(server_keys() + "tls.server.need.client.auth=require\ntls.server.trustCertPath=" +
            file("ca.pem") + "\n");
  EXPECT_NE(failure_of(broker_port, file("client.properties")), "");
  EXPECT_EQ(failure_of(broker_port, file("identified.properties")), "");
  EXPECT_NE(failure_of(name_server_port, file("client.properties")), "");
  EXPECT_EQ(failure_of(name_server_port, file("identified.properties")), "");
}

TEST_F(TlsTest, ACertificateThatChangesIsReadAgain) {
  start_all(server_keys());
  EXPECT_EQ(failure_of(broker_port, file("client.properties")), "");
  const CertificateAuthority next("the next authority");
  issue("server", next);
  dir.write("ca.pem", next.pem());
  for (const std::uint16_t port : {broker_port, name_server_port}) {
    int attempts = 0;
    while (failure_of(port, file("client.properties")) != "" && ++attempts < 1'000)
      std::this_thread::sleep_for(50ms);
    EXPECT_LT(attempts, 1'000);
  }
}

TEST_F(TlsTest, BadFilesAreRefusedAtTheStartByKeyAndFile) {
  dir.write("server.key", "no key");
  for (const char* const program : {"mqnamesrv", "mqbroker"}) {
    const auto daemon =
        run(program, {"-c", dir.write("bad.conf", "bindAddress=127.0.0.1\nlistenPort=" +
                                                      std::to_string(free_broker_port()) +
                                                      "\nbrokerIP1=127.0.0.1\nstorePathRootDir=" +
                                                      file("store") + "\n" + server_keys())
                                .string()});
    EXPECT_NE(daemon->wait(), 0) << program;
    EXPECT_THAT(daemon->output() + daemon->error_output(),
                HasSubstr("tls.server.keyPath=" + file("server.key")))
        << program;
  }
}

TEST_F(TlsTest, AClientWhoseFileIsBadDoesNotStart) {
  DefaultMQProducer producer("producer");
  producer.setNamesrvAddr("127.0.0.1:9876");
  producer.setUseTLS(true);
  producer.setTlsConfigFile(
      dir.write("bad.properties", "tls.client.trustCertPath=" + file("missing.pem") + "\n")
          .string());
  try {
    producer.start();
    ADD_FAILURE() << "it has started";
  } catch (const MQClientException& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("tls.client.trustCertPath=" + file("missing.pem")));
  }
}

}  // namespace
}  // namespace rocketmq::test
