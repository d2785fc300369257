#include "rocketmq/common/atomic_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "temp_dir.hpp"

namespace rocketmq {
namespace {

using testing::HasSubstr;

struct AtomicFile : testing::Test {
  const test::TempDir directory;
};

TEST_F(AtomicFile, WritesANewFileWithoutABackup) {
  ASSERT_TRUE(write_file_atomically(directory / "topics.json", "{}"));
  EXPECT_EQ(directory.read("topics.json"), "{}");
  EXPECT_FALSE(std::filesystem::exists(directory / "topics.json.bak"));
}

TEST_F(AtomicFile, KeepsTheOldContentAsBackup) {
  for (const char* content : {"one", "two", "three"}) {
    ASSERT_TRUE(write_file_atomically(directory / "topics.json", content));
  }
  EXPECT_EQ(directory.read("topics.json"), "three");
  EXPECT_EQ(directory.read("topics.json.bak"), "two");
}

TEST_F(AtomicFile, LeavesNoTemporaryFile) {
  ASSERT_TRUE(write_file_atomically(directory / "topics.json", "one"));
  ASSERT_TRUE(write_file_atomically(directory / "topics.json", "two"));
  EXPECT_FALSE(std::filesystem::exists(directory / "topics.json.tmp"));
}

TEST_F(AtomicFile, OverwritesWhatACrashLeftBehind) {
  directory.write("topics.json", "old");
  directory.write("topics.json.tmp", "half of a muc");
  directory.write("topics.json.bak", "older");
  ASSERT_TRUE(write_file_atomically(directory / "topics.json", "new"));
  EXPECT_EQ(directory.read("topics.json"), "new");
  EXPECT_EQ(directory.read("topics.json.bak"), "old");
}

TEST_F(AtomicFile, TheBackupIsNotTheSameFile) {
  ASSERT_TRUE(write_file_atomically(directory / "f", "one"));
  ASSERT_TRUE(write_file_atomically(directory / "f", "two"));
  directory.write("f", "scribbled over");
  EXPECT_EQ(directory.read("f.bak"), "one");
}

TEST_F(AtomicFile, MakesMissingParentDirectories) {
  ASSERT_TRUE(write_file_atomically(directory / "store/config/topics.json", "{}"));
  EXPECT_EQ(directory.read("store/config/topics.json"), "{}");
}

TEST_F(AtomicFile, WritesAnyBytes) {
  std::string content(300'000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7);
  ASSERT_TRUE(write_file_atomically(directory / "f", content));
  const auto read = read_file(directory / "f");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, content);
}

TEST_F(AtomicFile, SaysWhyItCannotWrite) {
  directory.write("file", "");
  const auto below_a_file = write_file_atomically(directory / "file/x", "{}");
  ASSERT_FALSE(below_a_file);
  EXPECT_THAT(below_a_file.error().remark, HasSubstr((directory / "file").string()));
}

TEST_F(AtomicFile, KeepsTheOldFileAndRemovesTheTemporaryOneWhenItFails) {
  std::filesystem::create_directories(directory / "f.bak/in the way");
  directory.write("f", "old");
  const auto done = write_file_atomically(directory / "f", "new");
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().remark, HasSubstr("f.bak"));
  EXPECT_EQ(directory.read("f"), "old");
  EXPECT_FALSE(std::filesystem::exists(directory / "f.tmp"));
}

TEST_F(AtomicFile, ReadingAMissingFileAnswersNothing) {
  const auto read = read_file(directory / "absent");
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->has_value());
}

TEST_F(AtomicFile, ReadsAnEmptyFile) {
  directory.write("empty", "");
  const auto read = read_file(directory / "empty");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, "");
}

TEST_F(AtomicFile, RefusesToReadADirectory) {
  const auto read = read_file(directory.path());
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().remark, HasSubstr("Is a directory"));
}

TEST_F(AtomicFile, ALinkStaysALinkAndWhatItLeadsToIsReplaced) {
  directory.write("real/broker.conf", "old");
  std::filesystem::create_symlink("real/broker.conf", directory / "broker.conf");
  ASSERT_TRUE(write_file_atomically(directory / "broker.conf", "new"));
  EXPECT_TRUE(std::filesystem::is_symlink(directory / "broker.conf"));
  EXPECT_EQ(directory.read("real/broker.conf"), "new");
  EXPECT_EQ(directory.read("real/broker.conf.bak"), "old");
  EXPECT_TRUE(std::filesystem::equivalent(backup_of(directory / "broker.conf"),
                                          directory / "real/broker.conf.bak"));
}

TEST_F(AtomicFile, MakesTheFileThatALinkLeadsTo) {
  std::filesystem::create_symlink("later", directory / "link");
  ASSERT_TRUE(write_file_atomically(directory / "link", "new"));
  EXPECT_TRUE(std::filesystem::is_symlink(directory / "link"));
  EXPECT_EQ(directory.read("later"), "new");
}

TEST_F(AtomicFile, KeepsThePermissions) {
  using std::filesystem::perms;
  directory.write("secret.conf", "old");
  std::filesystem::permissions(directory / "secret.conf", perms::owner_read | perms::owner_write);
  ASSERT_TRUE(write_file_atomically(directory / "secret.conf", "new"));
  EXPECT_EQ(std::filesystem::status(directory / "secret.conf").permissions(),
            perms::owner_read | perms::owner_write);
}

/// A container with one file of the host mounted into it.
TEST_F(AtomicFile, WritesAMountedFileInPlace) {
  directory.write("outside.conf", "old and longer");
  directory.write("inside/broker.conf", "");
  constexpr int no_mounts_here = 77;
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
      ::_exit(no_mounts_here);
    const auto inside = directory / "inside/broker.conf";
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount((directory / "outside.conf").c_str(), inside.c_str(), nullptr, MS_BIND, nullptr) !=
            0)
      ::_exit(no_mounts_here);
    ::_exit(write_file_atomically(inside, "new") ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == no_mounts_here)
    GTEST_SKIP() << "this user cannot mount anything";
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(directory.read("outside.conf"), "new");
  EXPECT_EQ(directory.read("inside/broker.conf.bak"), "old and longer");
  EXPECT_FALSE(std::filesystem::exists(directory / "inside/broker.conf.tmp"));
}

}  // namespace
}  // namespace rocketmq
