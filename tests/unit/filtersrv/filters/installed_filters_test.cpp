#include "filters/installed_filters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "rocketmq/common/message_properties.hpp"
#include "temp_dir.hpp"

namespace rocketmq::filtersrv {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// filtersrv/examples/InstalledFilter.cpp, compiled.
const std::filesystem::path example_library = ROCKETMQ_INSTALLED_FILTER;

class InstalledFiltersTest : public testing::Test {
 protected:
  void SetUp() override {
    auto sandbox = Sandbox::start(
        {.worker_program = std::string(ROCKETMQ_BIN_DIR) + "/mqfilterworker"}, clock_);
    ASSERT_TRUE(sandbox) << sandbox.error().remark;
    engines_.sandbox = std::move(*sandbox);
    const std::string held_by = engines_.sandbox->containment();
    if (held_by.find("landlock") == held_by.npos && held_by.find("own root") == held_by.npos)
      GTEST_SKIP() << "no library is loaded where files cannot be hidden: " << held_by;
    // A busy machine is no failure of a filter.
    config_.filter_message_deadline_ms = 300'000;
    config_.filter_batch_deadline_ms = 600'000;
  }
  Result<void> add(const std::string& value) {
    return installed_.add("example.InstalledFilter", value, engines_, config_, clock_);
  }
  std::string refusal(const std::string& value) {
    const auto added = add(value);
    return added ? "taken" : added.error().remark;
  }
  static std::vector<Verdict> verdicts(Filter& filter) {
    std::vector<std::string> properties;
    for (const char* id : {"9", "12", "13"})
      properties.push_back(encode_properties({{"SequenceId", id}}));
    std::vector<FilterMessage> messages;
    for (const std::string& text : properties)
      messages.push_back({.topic = "T", .properties = text});
    auto judged = filter.match(messages);
    EXPECT_TRUE(judged) << (judged ? "" : judged.error().remark);
    return judged ? *judged : std::vector<Verdict>();
  }

  SystemClock clock_;
  FilterServerConfig config_;
  test::TempDir directory_;
  EngineSet engines_;
  InstalledFilters installed_;
};

TEST_F(InstalledFiltersTest, RunALibraryInAProcessOfItsOwn) {
  ASSERT_EQ(refusal("lib:" + example_library.string()), "taken");
  const auto filter = installed_.find("example.InstalledFilter", "g");
  ASSERT_NE(filter, nullptr);
  EXPECT_THAT(verdicts(*filter), ElementsAre(Verdict::kDrop, Verdict::kDeliver, Verdict::kDrop));
  EXPECT_EQ(engines_.sandbox->workers(), 1U);
  std::ifstream maps("/proc/self/maps");
  const std::string mapped((std::istreambuf_iterator<char>(maps)), {});
  EXPECT_THAT(mapped, Not(HasSubstr(example_library.filename().string()))) << "never here";
}

TEST_F(InstalledFiltersTest, ReadALibraryOnce) {
  const auto copy = directory_ / "filter.so";
  std::filesystem::copy_file(example_library, copy);
  ASSERT_EQ(refusal("lib:" + copy.string()), "taken");
  std::filesystem::remove(copy);
  EXPECT_THAT(verdicts(*installed_.find("example.InstalledFilter", "g")),
              ElementsAre(Verdict::kDrop, Verdict::kDeliver, Verdict::kDrop));
}

TEST_F(InstalledFiltersTest, SpreadTheGroupsOfALibraryOverItsWorkers) {
  config_.filter_workers_max = 7;
  ASSERT_EQ(refusal("lib:" + example_library.string()), "taken");
  installed_.add_workers(engines_, config_);
  EXPECT_EQ(engines_.sandbox->workers(), 3U) << "half is left to uploads";
  const auto of_group = [&](int group) {
    return installed_.find("example.InstalledFilter", "g" + std::to_string(group));
  };
  std::set<std::shared_ptr<Filter>> used;
  for (int group = 0; group < 100; ++group) {
    used.insert(of_group(group));
    EXPECT_EQ(of_group(group), of_group(group)) << "a group keeps its worker";
  }
  EXPECT_EQ(used.size(), 3U);
  for (const auto& filter : used)
    EXPECT_THAT(verdicts(*filter), ElementsAre(Verdict::kDrop, Verdict::kDeliver, Verdict::kDrop));
}

TEST_F(InstalledFiltersTest, RefuseWhatIsNoLibraryWithAFilter) {
  EXPECT_THAT(refusal("lib:filter.so"), HasSubstr("expected the absolute path of a library"));
  EXPECT_THAT(refusal("lib:/nowhere/filter.so"), HasSubstr("No such file or directory"));
  const auto text = directory_.write("text.so", "no library");
  EXPECT_THAT(refusal("lib:" + text.string()), HasSubstr("the filter cannot be loaded"));
  EXPECT_EQ(installed_.find("example.InstalledFilter", "g"), nullptr);
  EXPECT_EQ(engines_.sandbox->workers(), 0U) << "nothing is left";
}

TEST_F(InstalledFiltersTest, RefuseALibraryThatOthersCanReplace) {
  using std::filesystem::perm_options;
  using std::filesystem::perms;
  const auto copy = directory_ / "filter.so";
  std::filesystem::copy_file(example_library, copy);
  std::filesystem::permissions(copy, perms::others_write, perm_options::add);
  EXPECT_THAT(refusal("lib:" + copy.string()),
              HasSubstr("has to be a file that only root or this user can write to"));
  std::filesystem::permissions(copy, perms::others_write, perm_options::remove);
  std::filesystem::permissions(directory_.path(), perms::others_write, perm_options::add);
  EXPECT_THAT(refusal("lib:" + copy.string()),
              HasSubstr("has to be one that only root or this user can write to"));
  std::filesystem::permissions(directory_.path(), perms::others_write, perm_options::remove);
  if (::geteuid() != 0) return;  // only root can give it to a group that is not its own
  constexpr gid_t another_group = 65'534;
  ASSERT_EQ(::chown(directory_.path().c_str(), 0, another_group), 0);
  std::filesystem::permissions(directory_.path(), perms::group_write, perm_options::add);
  EXPECT_THAT(refusal("lib:" + copy.string()),
              HasSubstr("has to be one that only root or this user can write to"));
}

}  // namespace
}  // namespace rocketmq::filtersrv
