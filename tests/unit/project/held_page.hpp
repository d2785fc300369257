#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "project_files.hpp"

namespace rocketmq::test {

/// Compares the part of `page` between two comments, "<!-- WHAT -->" and "<!-- end of the WHAT
/// -->", with what the program knows. With ROCKETMQ_WRITE_DOCS in the environment, a part that
/// differs is written again, and the test is skipped.
inline void compare_part(const std::filesystem::path& page, const std::string& what,
                         const std::string& expected) {
  const std::string begin_mark = "<!-- " + what + " -->\n";
  const std::string end_mark = "<!-- end of the " + what + " -->\n";
  std::string text = content_of(page);
  const auto mark = text.find(begin_mark);
  const auto end = text.find(end_mark);
  ASSERT_NE(mark, std::string::npos) << page << " has no line " << begin_mark;
  ASSERT_NE(end, std::string::npos) << page << " has no line " << end_mark;
  const auto begin = mark + begin_mark.size();
  const std::string found = text.substr(begin, end - begin);
  if (std::getenv("ROCKETMQ_WRITE_DOCS") != nullptr && found != expected) {
    std::ofstream(page, std::ios::binary) << text.replace(begin, end - begin, expected);
    GTEST_SKIP() << page << " has been rewritten";
  }
  EXPECT_EQ(found, expected) << "run this program with ROCKETMQ_WRITE_DOCS=1";
}

}  // namespace rocketmq::test
