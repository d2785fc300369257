#include "processors/register_class.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "engine/expr_engine.hpp"
#include "fake_channel.hpp"
#include "rocketmq/common/crc32.hpp"
#include "signing.hpp"
#include "temp_dir.hpp"

namespace rocketmq::filtersrv {
namespace {

using namespace std::chrono_literals;
using namesrv::FakeChannel;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr const char* expression = "#rmq-filter sql92\nid % 3 = 0";
/// For CodeEngine.
constexpr const char* code_text = "//rmq-filter code\n";

/// Keeps the response, which comes from the pool.
class Response final : public remoting::ResponseSink {
 public:
  void respond(remoting::RemotingCommand& response, remoting::Body) override {
    const std::lock_guard lock(mutex_);
    error_.emplace(Error{response.response_code(), response.remark});
    came_.notify_all();
  }
  bool has_come() {
    const std::lock_guard lock(mutex_);
    return error_.has_value();
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

/// A language whose filters have processes, as far as uploads can see.
class CodeEngine final : public FilterEngine {
 public:
  std::string_view name() const override { return "code"; }
  bool takes(const FilterSource& source) const override {
    return source.text.starts_with("//rmq-filter code");
  }
  Result<std::unique_ptr<Filter>> compile(const FilterSource& source) override {
    std::unique_lock lock(mutex_);
    last_text_ = source.text;
    ++compilations_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !is_held_; });
    return std::unique_ptr<Filter>(std::make_unique<CodeFilter>(*this));
  }

  /// compile() does not return until it is let go.
  void hold(bool is_held) {
    const std::lock_guard lock(mutex_);
    is_held_ = is_held;
    changed_.notify_all();
  }
  void wait_for_compilation() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 60s, [this] { return compilations_ > 0; }));
  }
  std::string last_text() {
    const std::lock_guard lock(mutex_);
    return last_text_;
  }
  /// On which threads filters have ended.
  std::vector<std::thread::id> wait_for_ends(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 60s, [&] { return ends_.size() >= count; }));
    return ends_;
  }

 private:
  class CodeFilter final : public Filter {
   public:
    explicit CodeFilter(CodeEngine& engine) : engine_(engine) {}
    ~CodeFilter() override {
      const std::lock_guard lock(engine_.mutex_);
      engine_.ends_.push_back(std::this_thread::get_id());
      engine_.changed_.notify_all();
    }
    Result<std::vector<Verdict>> match(std::span<const FilterMessage>) override {
      return std::vector<Verdict>();
    }

   private:
    CodeEngine& engine_;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_held_ = false;
  std::size_t compilations_ = 0;
  std::string last_text_;
  std::vector<std::thread::id> ends_;
};

class RegisterClass : public testing::Test {
 protected:
  RegisterClass() {
    config_.filter_upload_allowed_addresses = *AddressList::parse("127.0.0.1");
    engines_.engines.push_back(std::make_unique<ExprEngine>());
    auto engine = std::make_unique<CodeEngine>();
    code_ = engine.get();
    engines_.engines.push_back(std::move(engine));
    pools_ = std::make_unique<UploadPools>(engines_.engines, 1);
  }

  struct Upload {
    std::string group = "g";
    std::string topic = "T";
    std::string class_name = "a.B";
    std::string text = expression;
    std::optional<std::int32_t> crc = {};
  };
  RegisterClassProcessor& processor() {
    if (!processor_) {
      for (const auto& [name, value] : config_.filter_classes)
        require(installed_.add(name, value, engines_, config_, clock_));
      processor_ = std::make_unique<RegisterClassProcessor>(
          RegisterClassProcessor::Parts{.config = config_,
                                        .clock = clock_,
                                        .installed = installed_,
                                        .engines = engines_.engines,
                                        .keys = keys_ ? &*keys_ : nullptr,
                                        .filters = *filters_,
                                        .pools = *pools_});
    }
    return *processor_;
  }
  std::shared_ptr<Response> send(const Upload& sent) {
    auto request =
        remoting::make_request(remoting::RequestCode::RegisterMessageFilterClass,
                               remoting::RegisterMessageFilterClassRequestHeader{
                                   .consumerGroup = sent.group,
                                   .topic = sent.topic,
                                   .className = sent.class_name,
                                   .classCRC = sent.crc.value_or(masked_crc32(sent.text))},
                               sent.text);
    auto response = std::make_shared<Response>();
    processor().process({.channel = channel_}, request, remoting::Reply(response, request));
    return response;
  }
  /// The response's code and remark.
  Error upload(const Upload& sent) { return send(sent)->wait(); }
  static void require(const Result<void>& done) {
    if (!done) throw std::runtime_error(done.error().remark);
  }

  ManualClock clock_;
  FilterServerConfig config_;
  EngineSet engines_;
  CodeEngine* code_ = nullptr;
  InstalledFilters installed_;
  std::optional<UploadKeys> keys_;
  std::unique_ptr<UploadPools> pools_;
  std::unique_ptr<FilterTable> filters_ =
      std::make_unique<FilterTable>(clock_, FilterTable::Limits{});
  remoting::ChannelPtr channel_ = std::make_shared<FakeChannel>(1);
  std::unique_ptr<RegisterClassProcessor> processor_;
};

TEST_F(RegisterClass, MakesAFilterOfAMarkedExpression) {
  EXPECT_EQ(upload({}).code, ResponseCode::Success);
  const auto entry = filters_->find("T", "g");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->class_name, "a.B");
  EXPECT_EQ(entry->crc, masked_crc32(expression));
  EXPECT_EQ(processor_->uploads_taken(), 1);
}

TEST_F(RegisterClass, DoesNothingForATextThatItHolds) {
  ASSERT_EQ(upload({}).code, ResponseCode::Success);
  const auto entry = filters_->find("T", "g");
  EXPECT_EQ(upload({}).code, ResponseCode::Success);
  EXPECT_EQ(filters_->find("T", "g"), entry);
  EXPECT_EQ(upload({.text = "#rmq-filter sql92\nid % 4 = 0"}).code, ResponseCode::Success);
  EXPECT_NE(filters_->find("T", "g"), entry);
}

TEST_F(RegisterClass, KeepsTheFilterWhenANewTextDoesNotCompile) {
  ASSERT_EQ(upload({}).code, ResponseCode::Success);
  const auto entry = filters_->find("T", "g");
  const Error refusal = upload({.text = "#rmq-filter sql92\nid % = 0"});
  EXPECT_EQ(refusal.code, ResponseCode::SystemError);
  EXPECT_EQ(refusal.remark,
            "registerFilterClass error: at column 6: expected a property, a value or '(' instead "
            "of '='");
  EXPECT_EQ(filters_->find("T", "g"), entry);
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
  EXPECT_THAT(refusal.remark, HasSubstr("on are: expr, code."));
  EXPECT_THAT(refusal.remark, HasSubstr("#rmq-filter sql92"));
  EXPECT_EQ(filters_->size(), 0U);
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
  EXPECT_EQ(filters_->find("T", "i"), nullptr);
}

TEST_F(RegisterClass, GivesAnyoneAnInstalledFilterWhateverTheTextSays) {
  config_.filter_classes = {{"a.B", "expr:id % 2 = 0"}};
  config_.client_upload_filter_class_enable = false;
  config_.filter_upload_allowed_groups = "h";
  channel_ = std::make_shared<FakeChannel>(2, Endpoint::v4(10, 0, 0, 9, 40'000));
  EXPECT_EQ(upload({.text = "package a; public class B {}", .crc = 4711}).code,
            ResponseCode::Success);
  const auto entry = filters_->find("T", "g");
  ASSERT_NE(entry, nullptr);
  EXPECT_TRUE(entry->is_installed);
  EXPECT_EQ(upload({.text = "", .crc = 0}).code, ResponseCode::Success);
  EXPECT_EQ(filters_->find("T", "g"), entry);
  EXPECT_EQ(upload({.class_name = "a.C"}).code, ResponseCode::NoPermission);
}

TEST_F(RegisterClass, LetsNobodyWhoMayNotUploadReplaceAnUploadedFilterByAnInstalledOne) {
  config_.filter_classes = {{"a.Installed", "expr:id % 2 = 0"}};
  ASSERT_EQ(upload({}).code, ResponseCode::Success);
  const auto entry = filters_->find("T", "g");
  channel_ = std::make_shared<FakeChannel>(2, Endpoint::v4(10, 0, 0, 9, 40'000));
  EXPECT_EQ(upload({.class_name = "a.Installed"}).code, ResponseCode::NoPermission);
  EXPECT_EQ(filters_->find("T", "g"), entry);
  config_.filter_upload_allowed_addresses = *AddressList::parse("10.0.0.0/24");
  EXPECT_EQ(upload({.class_name = "a.Installed"}).code, ResponseCode::Success);
  EXPECT_TRUE(filters_->find("T", "g")->is_installed);
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
  EXPECT_EQ(filters_->size(), 0U);
}

TEST_F(RegisterClass, CompilesSoManyTextsAMinute) {
  config_.filter_uploads_per_minute = 8;
  EXPECT_EQ(upload({.topic = "T1"}).code, ResponseCode::Success);
  channel_ = std::make_shared<FakeChannel>(2);
  EXPECT_EQ(upload({.topic = "T2"}).code, ResponseCode::Success);
  EXPECT_EQ(upload({.topic = "T3"}).code, ResponseCode::SystemBusy) << "of this address";
  EXPECT_EQ(upload({.topic = "T1"}).code, ResponseCode::Success) << "is held";
  clock_.advance(1min);
  EXPECT_EQ(upload({.topic = "T3"}).code, ResponseCode::Success);
}

TEST_F(RegisterClass, ChecksTextsOnAThreadOfThePool) {
  std::promise<void> end;
  pools_->check().post([held = end.get_future().share()] { held.wait(); });
  const auto response = send({.crc = 4711});
  EXPECT_FALSE(response->has_come());
  end.set_value();
  EXPECT_EQ(response->wait().code, ResponseCode::SystemError);
}

TEST_F(RegisterClass, CountsATextOnceThatSeveralMembersOfAGroupSend) {
  config_.filter_uploads_per_minute = 4;  // one of each address
  std::promise<void> end;
  pools_->check().post([held = end.get_future().share()] { held.wait(); });
  const auto first = send({});
  const auto second = send({});
  end.set_value();
  EXPECT_EQ(first->wait().code, ResponseCode::Success);
  EXPECT_EQ(second->wait().code, ResponseCode::Success);
}

TEST_F(RegisterClass, CompilesExpressionsWhileACompilerIsBusy) {
  code_->hold(true);
  const auto slow = send({.topic = "T1", .text = code_text});
  code_->wait_for_compilation();
  EXPECT_EQ(upload({.topic = "T2"}).code, ResponseCode::Success);
  EXPECT_FALSE(slow->has_come());
  code_->hold(false);
  EXPECT_EQ(slow->wait().code, ResponseCode::Success);
}

TEST_F(RegisterClass, EndsFiltersWithAProcessOnAThreadOfThePools) {
  config_.filter_classes = {{"a.Installed", "expr:id % 2 = 0"}};
  ASSERT_EQ(upload({.text = code_text}).code, ResponseCode::Success);
  ASSERT_EQ(upload({.topic = "U", .text = code_text}).code, ResponseCode::Success);
  ASSERT_EQ(upload({.class_name = "a.Installed"}).code, ResponseCode::Success);
  EXPECT_THAT(code_->wait_for_ends(1), Not(Contains(std::this_thread::get_id())));
  filters_.reset();
  EXPECT_THAT(code_->wait_for_ends(2), Not(Contains(std::this_thread::get_id())));
}

TEST_F(RegisterClass, TakesSignedTextsOnlyWhereThereAreKeys) {
  const test::SigningKey alice;
  const test::SigningKey bob;
  const test::TempDir directory;
  auto keys = UploadKeys::load(directory.write("keys.pem", alice.public_pem()));
  ASSERT_TRUE(keys) << keys.error().remark;
  keys_ = std::move(*keys);
  const std::string text = std::string(code_text) + "a = b;\n";
  const struct {
    std::string text;
    const char* reason;
  } refused[] = {
      {text, "the text is not signed"},
      {bob.sign(text), "it was made with another key"},
      {alice.sign(text).insert(text.size() - 2, "c"), "the text has been changed since"}};
  for (const auto& [sent, reason] : refused) {
    const Error refusal = upload({.text = sent});
    EXPECT_EQ(refusal.code, ResponseCode::NoPermission);
    EXPECT_THAT(refusal.remark, HasSubstr(reason));
  }
  EXPECT_EQ(filters_->size(), 0U);
  EXPECT_EQ(upload({.text = alice.sign(text)}).code, ResponseCode::Success);
  EXPECT_EQ(code_->last_text(), text) << "without the signature";
}

TEST_F(RegisterClass, NeitherCountsNorRemembersTextsThatAreNotSigned) {
  const test::SigningKey alice;
  const test::TempDir directory;
  keys_ = *UploadKeys::load(directory.write("keys.pem", alice.public_pem()));
  config_.filter_uploads_per_minute = 4;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(upload({}).code, ResponseCode::NoPermission);
  const std::string text = std::string(expression) + "\n";
  EXPECT_EQ(upload({.text = alice.sign(text)}).code, ResponseCode::Success);
}

TEST_F(RegisterClass, DoesWithoutTheSignatureWhereThereAreNoKeys) {
  const std::string text = std::string(expression) + "\n";
  EXPECT_EQ(upload({.text = test::SigningKey().sign(text)}).code, ResponseCode::Success);
}

TEST_F(RegisterClass, RemembersATextThatDoesNotCompile) {
  config_.filter_uploads_per_minute = 4;
  const Upload bad{.text = "#rmq-filter sql92\nid % = 0"};
  const Error first = upload(bad);
  EXPECT_EQ(first.code, ResponseCode::SystemError);
  EXPECT_EQ(upload(bad), first) << "without taking the address's only place of this minute";
}

TEST_F(RegisterClass, SaysThatTheTableIsFull) {
  filters_ = std::make_unique<FilterTable>(clock_, FilterTable::Limits{.filters_max = 1});
  EXPECT_EQ(upload({.topic = "T"}).code, ResponseCode::Success);
  EXPECT_THAT(upload({.topic = "U", .text = code_text}).remark,
              HasSubstr("holds 1 uploaded filters and takes no further one"));
  EXPECT_EQ(code_->last_text(), "") << "nothing was compiled for it";
}

}  // namespace
}  // namespace rocketmq::filtersrv
