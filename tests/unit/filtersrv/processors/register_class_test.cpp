#include "processors/register_class.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>

#include "engine/expr_engine.hpp"
#include "fake_channel.hpp"
#include "rocketmq/common/crc32.hpp"

namespace rocketmq::filtersrv {
namespace {

using namespace std::chrono_literals;
using namesrv::FakeChannel;
using testing::HasSubstr;

constexpr const char* expression = "#rmq-filter sql92\nid % 3 = 0";

/// Keeps the response, which comes from the pool.
class Response final : public remoting::ResponseSink {
 public:
  void respond(remoting::RemotingCommand& response, remoting::Body) override {
    const std::lock_guard lock(mutex_);
    error_.emplace(Error{response.response_code(), response.remark});
    came_.notify_all();
  }
  Error wait() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, 60s, [this] { return error_.has_value(); }));
    return error_.value_or(Error{ResponseCode::RequestTimeout, "no response"});
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::optional<Error> error_;  // guarded by mutex_
};

class RegisterClass : public testing::Test {
 protected:
  RegisterClass() {
    config_.filter_upload_allowed_addresses = *AddressList::parse("127.0.0.1");
    engines_.push_back(std::make_unique<ExprEngine>());
  }

  struct Upload {
    std::string group = "g";
    std::string topic = "T";
    std::string class_name = "a.B";
    std::string text = expression;
    std::optional<std::int32_t> crc = {};
  };
  /// The response's code and remark.
  Error upload(const Upload& sent) {
    if (!processor_) {
      require(installed_.load(config_.filter_classes));
      processor_ = std::make_unique<RegisterClassProcessor>(
          RegisterClassProcessor::Parts{.config = config_,
                                        .clock = clock_,
                                        .installed = installed_,
                                        .engines = engines_,
                                        .filters = filters_,
                                        .upload_pool = pool_});
    }
    auto request =
        remoting::make_request(remoting::RequestCode::RegisterMessageFilterClass,
                               remoting::RegisterMessageFilterClassRequestHeader{
                                   .consumerGroup = sent.group,
                                   .topic = sent.topic,
                                   .className = sent.class_name,
                                   .classCRC = sent.crc.value_or(masked_crc32(sent.text))},
                               sent.text);
    const auto response = std::make_shared<Response>();
    processor_->process({.channel = channel_}, request, remoting::Reply(response, request));
    return response->wait();
  }
  static void require(const Result<void>& done) {
    if (!done) throw std::runtime_error(done.error().remark);
  }

  ManualClock clock_;
  FilterServerConfig config_;
  InstalledFilters installed_;
  Engines engines_;
  FilterTable filters_{clock_, {}};
  WorkerPool pool_{"upload", 1, 8};
  remoting::ChannelPtr channel_ = std::make_shared<FakeChannel>(1);
  std::unique_ptr<RegisterClassProcessor> processor_;
};

TEST_F(RegisterClass, MakesAFilterOfAMarkedExpression) {
  EXPECT_EQ(upload({}).code, ResponseCode::Success);
  const auto entry = filters_.find("T", "g");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->class_name, "a.B");
  EXPECT_EQ(entry->crc, masked_crc32(expression));
  EXPECT_EQ(processor_->uploads_taken(), 1);
}

TEST_F(RegisterClass, DoesNothingForATextThatItHolds) {
  ASSERT_EQ(upload({}).code, ResponseCode::Success);
  const auto entry = filters_.find("T", "g");
  EXPECT_EQ(upload({}).code, ResponseCode::Success);
  EXPECT_EQ(filters_.find("T", "g"), entry);
  EXPECT_EQ(upload({.text = "#rmq-filter sql92\nid % 4 = 0"}).code, ResponseCode::Success);
  EXPECT_NE(filters_.find("T", "g"), entry);
}

TEST_F(RegisterClass, KeepsTheFilterWhenANewTextDoesNotCompile) {
  ASSERT_EQ(upload({}).code, ResponseCode::Success);
  const auto entry = filters_.find("T", "g");
  const Error refusal = upload({.text = "#rmq-filter sql92\nid % = 0"});
  EXPECT_EQ(refusal.code, ResponseCode::SystemError);
  EXPECT_EQ(refusal.remark,
            "registerFilterClass error: at column 6: expected a property, a value or '(' instead "
            "of '='");
  EXPECT_EQ(filters_.find("T", "g"), entry);
}

TEST_F(RegisterClass, ComparesTheChecksumWithTheText) {
  EXPECT_EQ(upload({.crc = 4711}).remark,
            "registerFilterClass error: classCRC is not the CRC-32 of the text");
  EXPECT_EQ(upload({.crc = static_cast<std::int32_t>(crc32(expression))}).code,
            ResponseCode::Success)
      << "with the sign bit, as the description has it";
}

TEST_F(RegisterClass, RefusesATextThatNoEngineTakes) {
  const Error refusal = upload({.text = "package a; public class B implements MessageFilter {}"});
  EXPECT_EQ(refusal.code, ResponseCode::SystemError);
  EXPECT_THAT(refusal.remark, HasSubstr("on are: expr"));
  EXPECT_THAT(refusal.remark, HasSubstr("#rmq-filter sql92"));
  EXPECT_EQ(filters_.size(), 0U);
}

TEST_F(RegisterClass, TakesUploadsFromAllowedAddressesOnly) {
  channel_ = std::make_shared<FakeChannel>(2, Endpoint::v4(10, 0, 0, 9, 40'000));
  EXPECT_EQ(upload({}).code, ResponseCode::NoPermission);
  config_.filter_upload_allowed_addresses = *AddressList::parse("10.0.0.0/24");
  EXPECT_EQ(upload({}).code, ResponseCode::Success);
  config_.filter_upload_allowed_addresses = AddressList();
  EXPECT_EQ(upload({}).code, ResponseCode::NoPermission) << "an empty list holds no address";
}

/// A connection from this machine to one of its other addresses.
class OwnAddressChannel final : public remoting::Channel {
 public:
  std::uint64_t id() const override { return 3; }
  const Endpoint& remote() const override { return remote_; }
  const Endpoint& local() const override { return local_; }
  bool is_open() const override { return true; }
  bool send_oneway(remoting::RemotingCommand) override { return true; }
  void invoke(remoting::RemotingCommand, std::chrono::milliseconds,
              remoting::ResponseCallback) override {}
  void close(std::string) override {}

 private:
  const Endpoint remote_ = Endpoint::v4(10, 0, 0, 1, 40'000);
  const Endpoint local_ = Endpoint::v4(10, 0, 0, 1, 33'211);
};

TEST_F(RegisterClass, TakesUploadsFromThisMachineUnderAnyOfItsAddresses) {
  channel_ = std::make_shared<OwnAddressChannel>();
  EXPECT_EQ(upload({}).code, ResponseCode::Success);
  config_.filter_upload_allowed_addresses = *AddressList::parse("10.9.0.0/16");
  EXPECT_EQ(upload({}).code, ResponseCode::NoPermission);
}

TEST_F(RegisterClass, TakesUploadsOfAllowedGroupsOnly) {
  config_.filter_upload_allowed_groups = "g; h";
  EXPECT_EQ(upload({.group = "h"}).code, ResponseCode::Success);
  EXPECT_EQ(upload({.group = "i"}).code, ResponseCode::NoPermission);
}

TEST_F(RegisterClass, GivesAnyoneAnInstalledFilterWhateverTheTextSays) {
  config_.filter_classes = {{"a.B", "expr:id % 2 = 0"}};
  config_.client_upload_filter_class_enable = false;
  channel_ = std::make_shared<FakeChannel>(2, Endpoint::v4(10, 0, 0, 9, 40'000));
  EXPECT_EQ(upload({.text = "package a; public class B {}", .crc = 4711}).code,
            ResponseCode::Success);
  const auto entry = filters_.find("T", "g");
  ASSERT_NE(entry, nullptr);
  EXPECT_TRUE(entry->is_installed);
  EXPECT_EQ(upload({.text = "", .crc = 0}).code, ResponseCode::Success);
  EXPECT_EQ(filters_.find("T", "g"), entry);
  EXPECT_EQ(upload({.class_name = "a.C"}).code, ResponseCode::NoPermission);
}

TEST_F(RegisterClass, LetsNobodyWhoMayNotUploadReplaceAnUploadedFilterByAnInstalledOne) {
  config_.filter_classes = {{"a.Installed", "expr:id % 2 = 0"}};
  ASSERT_EQ(upload({}).code, ResponseCode::Success);
  const auto entry = filters_.find("T", "g");
  channel_ = std::make_shared<FakeChannel>(2, Endpoint::v4(10, 0, 0, 9, 40'000));
  EXPECT_EQ(upload({.class_name = "a.Installed"}).code, ResponseCode::NoPermission);
  EXPECT_EQ(filters_.find("T", "g"), entry);
  config_.filter_upload_allowed_addresses = *AddressList::parse("10.0.0.0/24");
  EXPECT_EQ(upload({.class_name = "a.Installed"}).code, ResponseCode::Success);
  EXPECT_TRUE(filters_.find("T", "g")->is_installed);
}

TEST_F(RegisterClass, BoundsTheTextOfAnUpload) {
  config_.filter_upload_bytes_max = 100;
  const std::string text = expression;
  EXPECT_EQ(upload({.text = text + std::string(100 - text.size(), ' ')}).code,
            ResponseCode::Success);
  EXPECT_THAT(upload({.text = text + std::string(101 - text.size(), ' ')}).remark,
              HasSubstr("the text has 101 bytes"));
  EXPECT_THAT(upload({.text = ""}).remark, HasSubstr("has no text"));
}

TEST_F(RegisterClass, RefusesNamesThatCouldBePaths) {
  for (const char* name : {"", "../a", "a/b", "a..b", ".a", "a.", "a b", "a\nb", "a;b"}) {
    EXPECT_EQ(upload({.class_name = name}).code, ResponseCode::SystemError) << name;
  }
  EXPECT_NE(upload({.topic = "a/b"}).code, ResponseCode::Success);
  EXPECT_NE(upload({.group = "a@b"}).code, ResponseCode::Success);
  EXPECT_EQ(filters_.size(), 0U);
}

TEST_F(RegisterClass, CompilesSoManyTextsAMinute) {
  config_.filter_uploads_per_minute = 8;
  EXPECT_EQ(upload({.topic = "T1"}).code, ResponseCode::Success);
  EXPECT_EQ(upload({.topic = "T2"}).code, ResponseCode::Success);
  EXPECT_EQ(upload({.topic = "T3"}).code, ResponseCode::SystemBusy);
  EXPECT_EQ(upload({.topic = "T1"}).code, ResponseCode::Success) << "is held";
  clock_.advance(1min);
  EXPECT_EQ(upload({.topic = "T3"}).code, ResponseCode::Success);
}

TEST_F(RegisterClass, RemembersATextThatDoesNotCompile) {
  config_.filter_uploads_per_minute = 4;
  const Upload bad{.text = "#rmq-filter sql92\nid % = 0"};
  const Error first = upload(bad);
  EXPECT_EQ(first.code, ResponseCode::SystemError);
  EXPECT_EQ(upload(bad), first) << "without taking the connection's only place of this minute";
}

TEST_F(RegisterClass, SaysThatTheTableIsFull) {
  ASSERT_EQ(upload({}).code, ResponseCode::Success);
  FilterTable full(clock_, {.filters_max = 1});
  RegisterClassProcessor processor({.config = config_,
                                    .clock = clock_,
                                    .installed = installed_,
                                    .engines = engines_,
                                    .filters = full,
                                    .upload_pool = pool_});
  for (const char* topic : {"T", "U"}) {
    auto request = remoting::make_request(
        remoting::RequestCode::RegisterMessageFilterClass,
        remoting::RegisterMessageFilterClassRequestHeader{.consumerGroup = "g",
                                                          .topic = topic,
                                                          .className = "a.B",
                                                          .classCRC = masked_crc32(expression)},
        expression);
    const auto response = std::make_shared<Response>();
    processor.process({.channel = channel_}, request, remoting::Reply(response, request));
    EXPECT_EQ(response->wait().code == ResponseCode::Success, std::string(topic) == "T");
  }
}

}  // namespace
}  // namespace rocketmq::filtersrv
