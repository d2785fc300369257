#include "rotated_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "temp_dir.hpp"

namespace rocketmq {
namespace {

TEST(RotatedFile, RenamesTheOlderFilesAndKeepsOnlySomeOfThem) {
  const test::TempDir directory;
  const auto file = RotatedFile::open(directory.path(), "broker", 8, 3).value();
  ASSERT_TRUE(file->write({"one---\n", "two---\n", "three-\n", "four--\n"}));
  EXPECT_EQ(directory.read("broker.log"), "four--\n");
  EXPECT_EQ(directory.read("broker.1.log"), "three-\n");
  EXPECT_EQ(directory.read("broker.2.log"), "two---\n");
  EXPECT_FALSE(std::filesystem::exists(directory / "broker.3.log"));
}

TEST(RotatedFile, ContinuesAnOlderFile) {
  const test::TempDir directory;
  directory.write("broker.log", "old\n");
  const auto file = RotatedFile::open(directory.path(), "broker", 8, 3).value();
  ASSERT_TRUE(file->write({"new\n"}));
  EXPECT_EQ(directory.read("broker.log"), "old\nnew\n");
  ASSERT_TRUE(file->write({"x\n"}));
  EXPECT_EQ(directory.read("broker.1.log"), "old\nnew\n");
}

TEST(RotatedFile, WritesTheOldFileFurtherWhereNoNewOneCanBeMade) {
  const test::TempDir directory;
  const auto file = RotatedFile::open(directory.path(), "broker", 8, 3).value();
  ASSERT_TRUE(file->write({"one---\n"}));
  std::filesystem::create_directory(directory / "broker.log.new");
  ASSERT_TRUE(file->write({"two---\n", "three-\n"}));
  EXPECT_EQ(directory.read("broker.log"), "one---\ntwo---\nthree-\n");
  std::filesystem::remove(directory / "broker.log.new");
  ASSERT_TRUE(file->write({"four--\n"}));
  EXPECT_EQ(directory.read("broker.log"), "four--\n");
}

}  // namespace
}  // namespace rocketmq
