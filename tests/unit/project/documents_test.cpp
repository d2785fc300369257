#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "project_files.hpp"

namespace rocketmq::test {
namespace {

std::vector<std::filesystem::path> documents() {
  auto files = files_below("docs", ".md");
  files.push_back(source_dir() / "README.md");
  return files;
}

TEST(Documents, LinksLeadToFiles) {
  const std::regex link(R"re(\]\(([^)#\s]+)(#[^)]*)?\))re");
  for (const auto& document : documents()) {
    const std::string text = content_of(document);
    for (std::sregex_iterator match(text.begin(), text.end(), link), end; match != end; ++match) {
      const std::string target = (*match)[1];
      if (target.starts_with("http://") || target.starts_with("https://")) continue;
      EXPECT_TRUE(std::filesystem::exists(document.parent_path() / target))
          << name_of(document) << " links to " << target;
    }
  }
}

TEST(Documents, EveryNamedThreadIsInTheTableOfThreads) {
  const std::string table = content_of(source_dir() / "docs/threads.md");
  const std::regex naming(
      R"re((?:(?:set_thread_name|named_thread)\(|thread_name_prefix = |(?:PeriodicTasks|WorkerPool|TimerThread|SharedPool)\s*\w*[({]|pool_?\()"([a-z_-]+)")re");
  for (const char* folder : {"common", "remoting", "store", "namesrv", "broker", "client"}) {
    for (const auto& source : files_below(folder, "pp")) {
      const std::string text = content_of(source);
      for (std::sregex_iterator match(text.begin(), text.end(), naming), end; match != end;
           ++match) {
        const std::string name = (*match)[1];
        EXPECT_NE(table.find("`" + name), std::string::npos)
            << "docs/threads.md does not know " << name << " of " << name_of(source);
      }
    }
  }
}

}  // namespace
}  // namespace rocketmq::test
