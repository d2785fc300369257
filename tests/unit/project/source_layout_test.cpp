#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "project_files.hpp"

namespace rocketmq::test {
namespace {

/// A library and what it may include of others: the arrows of docs/architecture.md. Its public
/// headers are `rocketmq/NAME/...`.
struct Library {
  std::string folder;
  std::set<std::string> may_include;
};
const std::map<std::string, Library> libraries = {
    {"common", {"common", {"common"}}},
    {"acl", {"common/acl", {"acl", "common"}}},
    {"daemon", {"common/daemon", {"daemon", "common"}}},
    {"filter", {"common/filter", {"filter", "common"}}},
    {"protocol", {"remoting/protocol", {"protocol", "common"}}},
    {"net", {"remoting/net", {"net", "common"}}},
    {"remoting", {"remoting/remoting", {"remoting", "protocol", "net", "common"}}},
    {"access", {"remoting/access", {"access", "acl", "remoting", "protocol", "net", "common"}}},
    {"store", {"store", {"store", "common"}}},
    {"namesrv",
     {"namesrv", {"namesrv", "access", "daemon", "remoting", "protocol", "net", "common"}}},
    {"broker",
     {"broker",
      {"broker", "access", "acl", "daemon", "filter", "remoting", "protocol", "net", "store",
       "common"}}},
    {"filter_sandbox", {"filtersrv/sandbox", {"filtersrv", "filter", "common"}}},
    {"client_core", {"client/core", {"client", "remoting", "protocol", "net", "common"}}},
    {"client", {"client", {"client", "remoting", "protocol", "net", "common"}}},
    {"filtersrv",
     {"filtersrv",
      {"filtersrv", "daemon", "filter", "client", "remoting", "protocol", "net", "common"}}},
    {"tools", {"tools", {"acl", "client", "protocol", "common"}}},
};

/// What each subject of the client may include of others. Below all of them is client/core, which
/// includes none.
const std::map<std::string, std::set<std::string>> allowed_in_client = {
    {"client/core", {}},
    {"client/src/instance", {"instance"}},
    {"client/src/trace", {"trace"}},
    {"client/src/producer", {"producer", "instance", "trace"}},
    {"client/src/consumer", {"consumer", "producer", "instance", "trace"}},
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Whether a file belongs to a library whose folder is inside `folder`.
bool is_of_an_inner_library(const std::filesystem::path& file, const std::string& folder) {
  return std::any_of(libraries.begin(), libraries.end(), [&](const auto& entry) {
    const std::string& inner = entry.second.folder;
    return inner.starts_with(folder + "/") && name_of(file).starts_with(inner + "/");
  });
}

/// The sources of a library.
std::vector<std::filesystem::path> sources_of(const std::string& folder) {
  std::vector<std::filesystem::path> sources = files_below(folder, ".cpp");
  for (const char* ending : {".hpp", ".h"}) {
    const auto headers = files_below(folder, ending);
    sources.insert(sources.end(), headers.begin(), headers.end());
  }
  std::erase_if(sources, [&](const auto& file) { return is_of_an_inner_library(file, folder); });
  return sources;
}

/// The nearest folder above a file that says what is built there.
std::filesystem::path folder_that_builds(const std::filesystem::path& source) {
  std::filesystem::path folder = source.parent_path();
  while (!std::filesystem::exists(folder / "CMakeLists.txt")) folder = folder.parent_path();
  return folder;
}

TEST(SourceLayout, EveryTestSourceIsPartOfTheBuild) {
  const auto sources = files_below("tests", "_test.cpp");
  EXPECT_FALSE(sources.empty());
  for (const auto& source : sources) {
    const std::filesystem::path folder = folder_that_builds(source);
    EXPECT_TRUE(
        has(content_of(folder / "CMakeLists.txt"), source.lexically_relative(folder).string()))
        << name_of(source) << " is not listed, so it never runs";
  }
}

TEST(SourceLayout, EverySourceOfAFolderIsPartOfTheBuild) {
  for (const auto& [name, library] : libraries) {
    const std::string list = content_of(source_dir() / library.folder / "CMakeLists.txt");
    for (const auto& source : files_below(library.folder + "/src", ".cpp")) {
      const std::string listed = source.lexically_relative(source_dir() / library.folder).string();
      EXPECT_TRUE(has(list, listed)) << name_of(source) << " is not compiled";
    }
  }
}

TEST(SourceLayout, IncludesFollowTheArrowsBetweenTheFolders) {
  const std::regex include(R"re(^\s*#include "rocketmq/([a-z]+)/.*)re");
  for (const auto& [name, library] : libraries) {
    for (const auto& source : sources_of(library.folder)) {
      for (const std::string& line : lines_of(source)) {
        std::smatch match;
        if (!std::regex_match(line, match, include)) continue;
        EXPECT_TRUE(library.may_include.contains(match[1])) << name_of(source) << ": " << line;
      }
    }
  }
}

TEST(SourceLayout, IncludesFollowTheArrowsInsideTheClient) {
  const std::regex include(R"re(^\s*#include "(instance|trace|producer|consumer)/.*)re");
  for (const auto& [folder, allowed] : allowed_in_client) {
    const auto sources = sources_of(folder);
    EXPECT_FALSE(sources.empty()) << folder;
    for (const auto& source : sources) {
      for (const std::string& line : lines_of(source)) {
        std::smatch match;
        if (!std::regex_match(line, match, include)) continue;
        EXPECT_TRUE(allowed.contains(match[1])) << name_of(source) << ": " << line;
      }
    }
  }
  // Nor does the core include the producers and consumers of the public headers.
  const std::regex clients(R"re(^\s*#include "rocketmq/[A-Za-z]*(Producer|Consumer).*)re");
  for (const auto& source : sources_of("client/core")) {
    for (const std::string& line : lines_of(source)) {
      EXPECT_FALSE(std::regex_match(line, clients)) << name_of(source) << ": " << line;
    }
  }
}

TEST(SourceLayout, PublicHeadersIncludeNeitherAsioNorTheWholeOfJson) {
  const std::regex heavy(R"re(^\s*#include <(boost/asio.*|nlohmann/json\.hpp|spdlog/.*)>.*)re");
  for (const auto& [name, library] : libraries) {
    for (const char* ending : {".hpp", ".h"}) {
      for (const auto& header : files_below(library.folder + "/include", ending)) {
        // Made for programs that use Asio, and included by nothing else.
        if (header.filename() == "asio.hpp") continue;
        for (const std::string& line : lines_of(header)) {
          EXPECT_FALSE(std::regex_match(line, heavy)) << name_of(header) << ": " << line;
        }
      }
    }
  }
}

TEST(SourceLayout, WhatIsPartOfTheClientLogsToNoLoggerOfTheProgram) {
  // shared_log() and client_log() instead: the default logger and the output are the program's.
  const std::regex programs(
      R"re(.*(spdlog::(trace|debug|info|warn|error|critical)\(|std::cout).*)re");
  for (const char* folder : {"common/src", "remoting/protocol", "remoting/net", "remoting/remoting",
                             "client/core", "client/src"}) {
    for (const auto& source : files_below(folder, "pp")) {
      if (source.filename() == "logging.cpp") continue;  // sets a daemon's default logger up
      for (const std::string& line : lines_of(source)) {
        EXPECT_FALSE(std::regex_match(line, programs)) << name_of(source) << ": " << line;
      }
    }
  }
}

TEST(SourceLayout, EveryThreadIsMadeWithAName) {
  // std::thread as a type is fine; one that is made from a function is not.
  const std::regex unnamed(
      R"re(.*(std::thread(\s+\w+)?[({]\[|threads_?\.emplace_back\(\[|std::jthread|std::async|pthread_create).*)re");
  for (const auto& [name, library] : libraries) {
    if (name == "tools") continue;  // they may use the client's public headers only
    for (const auto& source : sources_of(library.folder)) {
      if (source.filename() == "thread_name.cpp") continue;
      if (has(name_of(source), "/examples/")) continue;
      for (const std::string& line : lines_of(source)) {
        EXPECT_FALSE(std::regex_match(line, unnamed))
            << name_of(source) << ": " << line << ": named_thread() makes threads";
      }
    }
  }
}

TEST(SourceLayout, TheVersionThatProgramsSeeIsTheProjects) {
  std::smatch version;
  const std::string project = content_of(source_dir() / "CMakeLists.txt");
  ASSERT_TRUE(
      std::regex_search(project, version, std::regex(R"re(VERSION ([0-9.]+) LANGUAGES)re")));
  const std::string header = content_of(source_dir() / "client/include/rocketmq/Version.h");
  EXPECT_TRUE(has(header, "#define ROCKETMQ_CPP_VERSION \"" + version[1].str() + "\""));
}

TEST(SourceLayout, TheClientsPublicHeadersNeedNothingElseOfOurs) {
  // What begins with "needs" is not there on purpose: it refuses an older C++.
  const std::regex ours(R"re(^\s*#include "(?!rocketmq/(?:[A-Z]|needs )).*)re");
  for (const auto& header : files_below("client/include", ".h")) {
    for (const std::string& line : lines_of(header)) {
      EXPECT_FALSE(std::regex_match(line, ours)) << name_of(header) << ": " << line;
    }
  }
}

}  // namespace
}  // namespace rocketmq::test
