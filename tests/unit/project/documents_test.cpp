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

/// The text with comments that go on over several lines joined to one.
std::string with_joined_comments(const std::string& text) {
  return std::regex_replace(text, std::regex(R"re(\n *//+ ?)re"), " ");
}

bool has_heading(const std::string& page, const std::string& number) {
  for (const char* mark : {". ", " "}) {
    for (const char* level : {"\n## ", "\n### ", "\n#### "}) {
      if (page.find(level + number + mark) != std::string::npos) return true;
    }
  }
  return false;
}

TEST(Documents, CommentsCiteSectionsOfTheSpecificationThatAreThere) {
  const std::regex citation(R"re(spec/([a-z-]+\.md)((?: §[0-9.]+,?)*))re");
  const std::regex section(R"re(§([0-9]+(?:\.[0-9]+)*))re");
  std::size_t citations = 0;
  for (const char* folder :
       {"common", "remoting", "store", "namesrv", "broker", "client", "tools", "tests"}) {
    for (const char* ending : {".cpp", ".hpp", ".h"}) {
      for (const auto& source : files_below(folder, ending)) {
        const std::string text = with_joined_comments(content_of(source));
        for (std::sregex_iterator match(text.begin(), text.end(), citation), end; match != end;
             ++match) {
          const auto page = source_dir() / "docs/spec" / std::string((*match)[1]);
          ASSERT_TRUE(std::filesystem::exists(page)) << name_of(source) << " cites " << page;
          const std::string content = content_of(page);
          const std::string sections = (*match)[2];
          for (std::sregex_iterator at(sections.begin(), sections.end(), section); at != end;
               ++at) {
            EXPECT_TRUE(has_heading(content, (*at)[1]))
                << name_of(source) << " cites section " << (*at)[1] << " of " << page;
            ++citations;
          }
        }
      }
    }
  }
  EXPECT_GT(citations, 50U);
}

}  // namespace
}  // namespace rocketmq::test
