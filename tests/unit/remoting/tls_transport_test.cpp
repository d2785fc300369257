#include "rocketmq/net/tls_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "certificates.hpp"
#include "memory_link.hpp"
#include "net_fixture.hpp"
#include "rocketmq/net/session.hpp"
#include "rocketmq/net/shared_limits.hpp"
#include "rocketmq/remoting/client.hpp"
#include "temp_dir.hpp"
#include "tls_peer.hpp"

namespace rocketmq::net {
namespace {

using namespace std::chrono_literals;

/// Echoes lines.
class EchoSession final : public Session {
 public:
  EchoSession(std::shared_ptr<Reactor> reactor, std::shared_ptr<const SessionContext> context)
      : Session(std::move(reactor), std::move(context), "") {}

  std::size_t on_bytes(std::string_view bytes) override {
    std::size_t done = 0;
    for (;;) {
      const std::size_t end = bytes.find('\n', done);
      if (end == std::string_view::npos || !may_take_unit()) return done;
      const std::string_view line = bytes.substr(done, end + 1 - done);
      done = end + 1;
      ++lines;
      const std::size_t before = output().bytes();
      output().add_encoded(line, {});
      unit_taken(before);
    }
  }
  std::size_t unit_bytes(std::string_view bytes) const override { return bytes.size() + 1'000; }
  void on_losing(const Error& error) override { reason = error.remark; }
  void on_closed() override { ++closings; }

  int lines = 0;
  int closings = 0;
  std::string reason;
};

std::shared_ptr<const TlsCredentials> server_credentials(const TlsConfig& config = {}) {
  auto credentials = std::make_shared<TlsCredentials>(config, TlsSide::Server);
  const auto loaded = credentials->load();
  EXPECT_TRUE(loaded) << loaded.error().remark;
  return credentials;
}

/// A server's session on a link in memory, and a peer at its other end.
class TlsTransportTest : public testing::Test {
 protected:
  TlsTransportTest() {
    context->name = "test";
    context->unit_bytes_max = 4'000'000;
    context->output_bytes_high = 8'000'000;
    context->output_bytes_max = 16'000'000;
    context->limits = std::make_shared<SharedLimits>(SharedLimits::Options{});
  }
  void open(TlsMode mode = TlsMode::Permissive, std::chrono::milliseconds timeout = 1h) {
    session = std::make_shared<EchoSession>(reactor.get(), context);
    on_reactor(*reactor, [&] {
      session->open(accepted_with_tls(*reactor, std::move(prepared), mode, credentials, timeout));
    });
  }
  bool settles(const std::function<bool()>& done) { return settle(*reactor, done); }
  bool is_closed() {
    return settles([&] { return session->closings == 1; });
  }
  /// What the server has sent goes to the peer.
  void fetch() { peer.feed(std::exchange(link.written, {})); }
  /// Exchanges until both ends are done with the handshake: with its deadline at the server.
  bool shake_hands() {
    return settles([&] {
      fetch();
      const bool is_done = peer.handshake();
      link.deliver(peer.take());
      return is_done && reactor.get()->deadlines().empty();
    });
  }
  /// The lines come back.
  void expect_echo(const std::string& lines) {
    on_reactor(*reactor, [&] {
      peer.write(lines);
      link.deliver(peer.take());
    });
    std::string echoed;
    EXPECT_TRUE(settles([&] {
      fetch();
      echoed += peer.read();
      return echoed.size() >= lines.size();
    }));
    EXPECT_TRUE(echoed == lines);
  }

  std::shared_ptr<SessionContext> context = std::make_shared<SessionContext>();
  std::shared_ptr<const TlsCredentials> credentials = server_credentials();
  RunningReactor reactor;
  std::unique_ptr<MemoryLink> prepared = std::make_unique<MemoryLink>(*reactor);
  MemoryLink& link = *prepared;
  std::shared_ptr<EchoSession> session;
  TlsPeer peer;
};

TEST_F(TlsTransportTest, TheFirstByteTellsAHandshakeFromAPlainConnection) {
  open();
  ASSERT_TRUE(shake_hands());
  expect_echo("encrypted\n");
}

TEST_F(TlsTransportTest, APlainConnectionContinuesOnTheLinkItself) {
  open();
  on_reactor(*reactor, [&] { link.deliver("plain\n"); });
  EXPECT_EQ(link.written, "plain\n");
  on_reactor(*reactor, [&] { link.deliver("\x16 is a byte as others then\n"); });
  EXPECT_EQ(link.written, "plain\n\x16 is a byte as others then\n");
}

TEST_F(TlsTransportTest, EnforcingClosesAPlainConnection) {
  open(TlsMode::Enforcing);
  on_reactor(*reactor, [&] { link.deliver("plain\n"); });
  EXPECT_TRUE(is_closed());
  EXPECT_EQ(link.written, "");
  EXPECT_THAT(session->reason, testing::HasSubstr("tls.server.mode=enforcing"));
}

TEST_F(TlsTransportTest, AServerWithoutACertificateClosesAHandshake) {
  TlsConfig config;
  config.makes_certificate = false;
  credentials = server_credentials(config);
  open();
  on_reactor(*reactor, [&] {
    (void)peer.handshake();
    link.deliver(peer.take());
  });
  EXPECT_TRUE(is_closed());
  EXPECT_THAT(session->reason, testing::HasSubstr("tls.server.certPath"));
}

TEST_F(TlsTransportTest, TakesAHandshakeAndFramesInSingleBytes) {
  prepared->read_max = prepared->write_max = 1;
  open();
  ASSERT_TRUE(settles([&] {
    fetch();
    const bool is_done = peer.handshake();
    for (const char byte : peer.take()) link.deliver({&byte, 1});
    return is_done;
  }));
  on_reactor(*reactor, [&] {
    peer.write("one\ntwo\n");
    for (const char byte : peer.take()) link.deliver({&byte, 1});
  });
  std::string echoed;
  EXPECT_TRUE(settles([&] {
    fetch();
    echoed += peer.read();
    return echoed == "one\ntwo\n";
  }));
}

TEST_F(TlsTransportTest, GarbageAfterTheFirstByteClosesTheConnection) {
  open();
  on_reactor(*reactor, [&] { link.deliver("\x16" + std::string(100'000, 'g')); });
  EXPECT_TRUE(is_closed());
}

TEST_F(TlsTransportTest, GarbageInPlaceOfARecordClosesTheConnection) {
  open();
  ASSERT_TRUE(shake_hands());
  on_reactor(*reactor, [&] { link.deliver(std::string(1'000, 'g')); });
  EXPECT_TRUE(is_closed());
  EXPECT_EQ(session->lines, 0);
}

TEST_F(TlsTransportTest, ADamagedRecordClosesTheConnection) {
  open();
  ASSERT_TRUE(shake_hands());
  on_reactor(*reactor, [&] {
    peer.write("line\n");
    std::string bytes = peer.take();
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    link.deliver(bytes);
  });
  EXPECT_TRUE(is_closed());
  EXPECT_EQ(session->lines, 0);
}

TEST_F(TlsTransportTest, APeerThatClosesInTheMiddleOfAHandshakeIsGone) {
  open();
  on_reactor(*reactor, [&] {
    (void)peer.handshake();
    const std::string hello = peer.take();
    link.deliver(hello.substr(0, hello.size() / 2));
    link.end_stream();
  });
  EXPECT_TRUE(is_closed());
}

TEST_F(TlsTransportTest, APeerThatClosesInTheMiddleOfARecordIsGone) {
  open();
  ASSERT_TRUE(shake_hands());
  on_reactor(*reactor, [&] {
    peer.write("line\n");
    const std::string record = peer.take();
    link.deliver(record.substr(0, record.size() - 1));
    link.end_stream();
  });
  EXPECT_TRUE(is_closed());
  EXPECT_EQ(session->lines, 0);
}

TEST_F(TlsTransportTest, APeerThatSaysItsEndIsGoneWithoutClosingTheLink) {
  open();
  ASSERT_TRUE(shake_hands());
  on_reactor(*reactor, [&] {
    peer.write("last\n");
    SSL_shutdown(peer.native());
    link.deliver(peer.take());
  });
  EXPECT_TRUE(is_closed());
  EXPECT_EQ(session->lines, 1);
}

TEST_F(TlsTransportTest, SaysTheEndToThePeer) {
  open();
  ASSERT_TRUE(shake_hands());
  session->request_close(Error{ResponseCode::SystemError, "the test ends it"});
  ASSERT_TRUE(is_closed());
  on_reactor(*reactor, [&] {
    fetch();
    (void)peer.read();
  });
  EXPECT_TRUE(peer.was_told_the_end());
}

TEST_F(TlsTransportTest, CarriesLargeUnitsBothWaysHoweverTheLinkSplitsThem) {
  std::mt19937 random(20'261'201);
  const auto any = [&random](std::size_t max) {
    return std::uniform_int_distribution<std::size_t>(1, max)(random);
  };
  std::string lines;
  for (int line = 0; line < 200; ++line) {
    lines.append(line % 40 == 0 ? 700'000 : any(2'000), static_cast<char>('a' + line % 26));
    lines += '\n';
  }
  open();
  ASSERT_TRUE(shake_hands());
  std::string sent;
  on_reactor(*reactor, [&] {
    for (std::size_t at = 0; at < lines.size(); at += 1'000'000)
      peer.write(std::string_view(lines).substr(at, 1'000'000));
    sent = peer.take();
  });
  for (std::size_t at = 0; at < sent.size();) {
    const std::size_t count = std::min(sent.size() - at, any(300'000));
    on_reactor(*reactor, [&] {
      link.read_max = any(200'000);
      link.write_max = any(100'000);
      link.deliver(std::string_view(sent).substr(at, count));
    });
    at += count;
  }
  std::string echoed;
  ASSERT_TRUE(settles([&] {
    fetch();
    echoed += peer.read();
    return echoed.size() >= lines.size();
  }));
  EXPECT_TRUE(echoed == lines);
}

TEST_F(TlsTransportTest, EncryptsLittleAheadForAPeerThatDoesNotRead) {
  open();
  ASSERT_TRUE(shake_hands());
  fetch();
  const std::string line = std::string(3'000'000, 'x') + '\n';
  on_reactor(*reactor, [&] {
    link.write_room = 1'000;
    peer.write(line);
    link.deliver(peer.take());
  });
  ASSERT_TRUE(settles([&] { return session->lines == 1; }));
  std::size_t held = 0;
  on_reactor(*reactor, [&] { held = context->limits->buffer_bytes(); });
  EXPECT_GT(held, line.size()) << "what is encrypted is counted, too";
  EXPECT_LT(held, line.size() + 512 * 1024);
  EXPECT_EQ(link.written.size(), 1'000U);
  std::string echoed;
  EXPECT_TRUE(settles([&] {
    link.give_room(100'000);
    fetch();
    echoed += peer.read();
    return echoed.size() == line.size();
  }));
  EXPECT_TRUE(echoed == line);
  EXPECT_TRUE(settles([&] { return context->limits->buffer_bytes() == 0; }));
}

TEST_F(TlsTransportTest, OutputThatIsEncryptedLeavesBeforeAStopCloses) {
  open();
  ASSERT_TRUE(shake_hands());
  fetch();
  on_reactor(*reactor, [&] {
    link.write_room = 10;
    peer.write("line\n");
    link.deliver(peer.take());
    session->wind_down(Error{ResponseCode::ShutDown, "stopping"});
  });
  EXPECT_EQ(session->closings, 0);
  on_reactor(*reactor, [&] { link.give_room(SIZE_MAX); });
  EXPECT_TRUE(is_closed());
  on_reactor(*reactor, [&] { fetch(); });
  EXPECT_EQ(peer.read(), "line\n");
}

TEST_F(TlsTransportTest, AHandshakeHasADeadline) {
  open(TlsMode::Permissive, 1ms);
  on_reactor(*reactor, [&] { link.deliver("\x16\x03\x01"); });
  EXPECT_TRUE(is_closed());
  EXPECT_THAT(session->reason, testing::HasSubstr("took too long"));
}

TEST_F(TlsTransportTest, HandshakesWaitForTurnsOfTheirOwn) {
  open();
  on_reactor(*reactor, [&] {
    (void)peer.handshake();
    link.deliver(peer.take());
    EXPECT_EQ(link.written, "") << "nothing costly is done where bytes are read";
    EXPECT_TRUE(reactor.get()->has_turns_waiting());
  });
  EXPECT_TRUE(settles([&] { return !link.written.empty(); }));
}

TEST_F(TlsTransportTest, RefusesVersionsBefore12) {
  SSL_set_max_proto_version(peer.native(), TLS1_1_VERSION);
  SSL_set_min_proto_version(peer.native(), TLS1_VERSION);
  SSL_set_security_level(peer.native(), 0);
  open();
  on_reactor(*reactor, [&] {
    (void)peer.handshake();
    link.deliver(peer.take());
  });
  EXPECT_TRUE(is_closed());
  on_reactor(*reactor, [&] { fetch(); });
  EXPECT_TRUE(peer.is_refused());
}

TEST_F(TlsTransportTest, RefusesToNegotiateAgain) {
  SSL_set_max_proto_version(peer.native(), TLS1_2_VERSION);
  open();
  ASSERT_TRUE(shake_hands());
  on_reactor(*reactor, [&] {
    SSL_renegotiate(peer.native());
    (void)peer.handshake();
    link.deliver(peer.take());
  });
  ASSERT_TRUE(settles([&] {
    fetch();
    return peer.is_refused();
  }));
}

TEST_F(TlsTransportTest, NewKeysMaySpareOldOnes) {
  open();
  ASSERT_TRUE(shake_hands());
  on_reactor(*reactor, [&] { SSL_key_update(peer.native(), SSL_KEY_UPDATE_REQUESTED); });
  expect_echo("with new keys\n");
}

TEST_F(TlsTransportTest, APeerThatChangesItsKeysWithoutEndIsClosed) {
  open();
  ASSERT_TRUE(shake_hands());
  on_reactor(*reactor, [&] {
    for (int k = 0; k < 100; ++k) {
      SSL_key_update(peer.native(), SSL_KEY_UPDATE_NOT_REQUESTED);
      SSL_do_handshake(peer.native());
    }
    link.deliver(peer.take());
  });
  EXPECT_TRUE(is_closed());
  EXPECT_THAT(session->reason, testing::HasSubstr("changes its keys without end"));
}

// Our client and our server, on sockets.

class TlsServerTest : public remoting::ServerFixture {
 protected:
  TlsServerTest() {
    config.server = files(authority.issue("broker"), "server");
    trusting.client.trusted = dir.write("ca.pem", authority.pem());
  }
  TlsFiles files(const test::IssuedCertificate& issued, const std::string& name) {
    TlsFiles files;
    files.certificate = dir.write(name + ".pem", issued.certificate);
    files.key = dir.write(name + ".key", issued.key);
    return files;
  }
  void start_with(TlsMode mode) {
    options.tls_mode = mode;
    options.tls = server_credentials(config);
    start();
  }
  /// The response to an echo of a client with this configuration.
  Result<remoting::RemotingCommand> echo_by(const TlsConfig& of_client, std::string body = "text") {
    auto credentials = std::make_shared<TlsCredentials>(of_client, TlsSide::Client);
    const auto loaded = credentials->load();
    EXPECT_TRUE(loaded) << loaded.error().remark;
    remoting::ClientOptions client_options;
    client_options.connect_timeout = remoting::patience;
    client_options.tls = credentials;
    remoting::Client client(client_options);
    auto response = client.invoke(
        address(), remoting::request(remoting::echo_code, 1, std::move(body)), remoting::patience);
    client.shutdown();
    return response;
  }

  test::TempDir dir;
  test::CertificateAuthority authority;
  TlsConfig config;
  TlsConfig trusting;
};

TEST_F(TlsServerTest, ServesPlainAndEncryptedConnectionsOnOnePort) {
  start_with(TlsMode::Permissive);
  const std::string large(3'000'000, 'x');
  const auto response = echo_by(trusting, large);
  ASSERT_TRUE(response) << response.error().remark;
  EXPECT_TRUE(response->body == large);
  EXPECT_TRUE(is_serving());
}

TEST_F(TlsServerTest, EnforcingServesEncryptedConnectionsOnly) {
  start_with(TlsMode::Enforcing);
  EXPECT_TRUE(echo_by(trusting));
  EXPECT_FALSE(is_serving());
}

TEST_F(TlsServerTest, DisabledServesPlainConnectionsOnly) {
  start_with(TlsMode::Disabled);
  EXPECT_FALSE(echo_by(trusting));
  EXPECT_TRUE(is_serving());
}

TEST_F(TlsServerTest, AClientRefusesAServerThatItDoesNotTrust) {
  start_with(TlsMode::Permissive);
  trusting.client.trusted = dir.write("other.pem", test::CertificateAuthority("other").pem());
  const auto response = echo_by(trusting);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ResponseCode::ConnectFailed);
  EXPECT_THAT(response.error().remark, testing::HasSubstr("certificate is refused"));
}

TEST_F(TlsServerTest, AClientThatTrustsNobodyInParticularTakesAnyCertificate) {
  config.server = {};
  start_with(TlsMode::Permissive);
  EXPECT_TRUE(echo_by({}));
}

TEST_F(TlsServerTest, AClientThatVerifiesTrustsTheSystemsAuthorities) {
  start_with(TlsMode::Permissive);
  TlsConfig verifying;
  verifying.client.verifies_peer = true;
  EXPECT_FALSE(echo_by(verifying));
}

TEST_F(TlsServerTest, ARequiredCertificateOfTheClientIsVerified) {
  config.client_auth = TlsClientAuth::Require;
  config.server.trusted = dir / "ca.pem";
  start_with(TlsMode::Permissive);
  EXPECT_FALSE(echo_by(trusting)) << "it has none";
  const std::string trusted = trusting.client.trusted;
  trusting.client = files(authority.issue("client"), "client");
  trusting.client.trusted = trusted;
  EXPECT_TRUE(echo_by(trusting));
  trusting.client = files(test::CertificateAuthority("other").issue("stranger"), "stranger");
  trusting.client.trusted = trusted;
  EXPECT_FALSE(echo_by(trusting)) << "another authority has issued it";
}

TEST_F(TlsServerTest, AnOptionalCertificateOfTheClientMayBeMissing) {
  config.client_auth = TlsClientAuth::Optional;
  config.server.trusted = dir / "ca.pem";
  start_with(TlsMode::Permissive);
  EXPECT_TRUE(echo_by(trusting));
}

TEST_F(TlsServerTest, AHandshakeThatIsNotContinuedDoesNotDisturbOthers) {
  start_with(TlsMode::Permissive);
  std::vector<test::RawConnection> half_open;
  for (int count = 0; count < 50; ++count) {
    half_open.push_back(connect());
    half_open.back().send(std::string_view("\x16\x03\x01\x02\x00\x01", 6));
  }
  EXPECT_TRUE(echo_by(trusting));
  EXPECT_TRUE(is_serving());
}

}  // namespace
}  // namespace rocketmq::net
