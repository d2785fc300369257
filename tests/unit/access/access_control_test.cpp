#include "rocketmq/access/access_control.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "rocketmq/namesrv/requests.hpp"
#include "rocketmq/protocol/request_signature.hpp"
#include "temp_dir.hpp"

namespace rocketmq::acl {
namespace {

using remoting::Effect;
using remoting::RemotingCommand;
using remoting::RouteSpec;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

const Endpoint stranger = Endpoint::v4(10, 0, 0, 7, 40'000);
const Endpoint trusted = Endpoint::v4(10, 9, 0, 1, 40'000);

constexpr std::string_view accounts = R"(
globalWhiteRemoteAddresses: [10.9.0.*]
accounts:
  - accessKey: broker-account
    secretKey: of-the-brokers
    admin: true
  - accessKey: orders-service
    secretKey: of-the-orders
    topicPerms: [orders=PUB]
)";

class AccessControlTest : public testing::Test {
 protected:
  AccessControlTest() { write(accounts); }

  void write(std::string_view text) { directory.write("conf/plain_acl.yml", std::string(text)); }
  Result<remoting::CallerPtr> admit(const RouteSpec& spec, const std::string& access_key,
                                    const std::string& secret, const Endpoint& peer = stranger) {
    RemotingCommand request;
    request.code = static_cast<std::int32_t>(spec.code);
    request.ext_fields.add("topic", "orders");
    if (!access_key.empty()) remoting::RequestCredentials(access_key, secret).sign(request);
    return control.admit(spec, request, peer);
  }
  static std::int64_t wall_now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  /// The same size, and the given time.
  void write_with_other_secret(const std::filesystem::path& file,
                               std::filesystem::file_time_type time) {
    std::string other(accounts);
    other.replace(other.find("of-the-orders"), 13, "OF-THE-ORDERS");
    write(other);
    std::filesystem::last_write_time(file, time);
  }
  bool knows(const std::string& access_key, const std::string& secret) {
    return admit(
               remoting::RouteSpec{
                   .code = remoting::RequestCode::GetRouteInfoByTopic,
                   .access = {{remoting::Resource::Cluster, remoting::Action::Get, {}}}},
               access_key, secret)
        .has_value();
  }

  rocketmq::test::TempDir directory;
  ManualClock clock;
  AccessControl control{access_paths({}, directory.path()), "", clock};
};

struct Asker {
  std::string what;
  std::string access_key;
  std::string secret;
  Endpoint peer;
  bool may_read = false;
  bool may_change = false;
};

TEST_F(AccessControlTest, DecidesEveryRequestOfANameServerByTheAccountThatSignsIt) {
  ASSERT_TRUE(control.load());
  const Asker askers[] = {
      {"an administrator's account", "broker-account", "of-the-brokers", stranger, true, true},
      {"another account", "orders-service", "of-the-orders", stranger, true, false},
      {"a trusted address", "", "", trusted, true, true},
      {"no account", "", "", stranger, false, false},
      {"an account that is not there", "no-such-account", "of-the-orders", stranger, false, false},
      {"another secret", "broker-account", "of-the-orders", stranger, false, false},
  };
  for (const RouteSpec& spec : namesrv::requests()) {
    for (const Asker& asker : askers) {
      const auto admitted = admit(spec, asker.access_key, asker.secret, asker.peer);
      const bool expected = spec.effect == Effect::Reads ? asker.may_read : asker.may_change;
      EXPECT_EQ(admitted.has_value(), expected) << spec.name << " by " << asker.what;
      if (!admitted) {
        EXPECT_EQ(admitted.error().code, ResponseCode::SystemError);
        EXPECT_THAT(admitted.error().remark,
                    StartsWith("org.apache.rocketmq.acl.common.AclException: "));
      }
    }
  }
}

TEST_F(AccessControlTest, ANameServersRoutesOfAnyTopicAreForAnyAccount) {
  ASSERT_TRUE(control.load());
  for (const RouteSpec& spec : namesrv::requests()) {
    if (spec.code != remoting::RequestCode::GetRouteInfoByTopic) continue;
    for (const std::string topic : {"TBW102", "RMQ_SYS_TRACE_TOPIC", "prices", "%RETRY%billing"}) {
      RemotingCommand request;
      request.code = static_cast<std::int32_t>(spec.code);
      request.ext_fields.add("topic", topic);
      remoting::RequestCredentials("orders-service", "of-the-orders").sign(request);
      EXPECT_TRUE(control.admit(spec, request, stranger)) << topic;
    }
  }
}

TEST_F(AccessControlTest, ReadsAChangedFileAgainAlsoOneOfTheSameSizeAndTime) {
  ASSERT_TRUE(control.load());
  const auto file = directory.path() / "conf/plain_acl.yml";
  const auto time = std::filesystem::last_write_time(file);
  // As long as the time may not have moved on, the content is compared.
  clock.set_wall(wall_now_ms());
  control.reload();
  write_with_other_secret(file, time);
  control.reload();
  EXPECT_TRUE(knows("orders-service", "OF-THE-ORDERS"));
  EXPECT_FALSE(knows("orders-service", "of-the-orders"));
}

TEST_F(AccessControlTest, LeavesAFileUnreadWhoseTimeAndSizeHaveLongBeenTheSame) {
  ASSERT_TRUE(control.load());
  const auto file = directory.path() / "conf/plain_acl.yml";
  const auto time = std::filesystem::last_write_time(file) - 1h;
  std::filesystem::last_write_time(file, time);
  clock.set_wall(wall_now_ms());
  control.reload();
  write_with_other_secret(file, time);
  control.reload();
  EXPECT_TRUE(knows("orders-service", "of-the-orders")) << "it has not been read";
  std::filesystem::last_write_time(file, time + 1s);
  control.reload();
  EXPECT_TRUE(knows("orders-service", "OF-THE-ORDERS"));
}

TEST_F(AccessControlTest, ReadsNoFileThatIsLongerThanTheLimit) {
  write(std::string(access_file_bytes_max + 1, '#'));
  const auto loaded = control.load();
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().remark, HasSubstr("plain_acl.yml: the file has more than"));
}

TEST_F(AccessControlTest, ReadsNoDirectoryAsAFile) {
  std::filesystem::remove(directory.path() / "conf/plain_acl.yml");
  std::filesystem::create_directories(directory.path() / "conf/plain_acl.yml");
  const auto loaded = control.load();
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().remark, HasSubstr("it is no file"));
}

}  // namespace
}  // namespace rocketmq::acl
