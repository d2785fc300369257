#include "rocketmq/common/home.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv is POSIX

#include <string>

namespace rocketmq {
namespace {

/// With a HOME of its own.
struct HomeTest : testing::Test {
  HomeTest() { ::setenv("HOME", "/home/mq", 1); }
  ~HomeTest() override { ::setenv("HOME", before.c_str(), 1); }
  const std::string before = [] {
    const char* home = ::getenv("HOME");
    return std::string(home == nullptr ? "" : home);
  }();
};

TEST_F(HomeTest, StandsForTheHomeDirectoryInEveryUsualSpelling) {
  for (const char* path :
       {"~/store", "$HOME/store", "${HOME}/store", "${user.home}/store", "/home/mq/store"}) {
    EXPECT_EQ(expand_path(path).value(), "/home/mq/store") << path;
  }
  EXPECT_EQ(expand_path("~").value(), "/home/mq");
  EXPECT_EQ(expand_path("/data/$HOME/x").value(), "/data//home/mq/x");
}

TEST_F(HomeTest, APathWithoutThemStaysAsItIs) {
  for (const char* path : {"", "/data/store", "relative", "/a~b", "/price$", "/a$/b"})
    EXPECT_EQ(expand_path(path).value(), path);
}

TEST_F(HomeTest, WhatWouldBecomeADirectoryOfThatNameIsRefused) {
  for (const char* path : {"~other/store", "$DATA/store", "${data}/store", "/x/$HOMES", "${HOME"}) {
    const auto refused = expand_path(path);
    ASSERT_FALSE(refused) << path;
    EXPECT_NE(refused.error().remark.find("user.home"), std::string::npos);
  }
}

TEST_F(HomeTest, AnEmptyHomeIsThatOfTheUserDatabase) {
  ::setenv("HOME", "", 1);
  EXPECT_FALSE(home_directory().empty());
}

}  // namespace
}  // namespace rocketmq
