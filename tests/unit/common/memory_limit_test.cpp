#include "rocketmq/common/memory_limit.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "temp_dir.hpp"

namespace rocketmq {
namespace {

constexpr std::int64_t gib = 1024LL * 1024 * 1024;
constexpr std::int64_t machine = 64 * gib;

/// The files that a process sees, of a machine with 64 GiB.
struct MemoryLimitTest : testing::Test {
  void mounts(std::string_view lines) { root_.write("proc/self/mountinfo", lines); }
  void cgroups(std::string_view lines) { root_.write("proc/self/cgroup", lines); }
  void file(const std::string& path, std::string_view content) { root_.write(path, content); }
  MemoryLimit limit() const { return memory_limit(root_.path(), machine); }

  test::TempDir root_;
};

constexpr std::string_view version_2 =
    "25 30 0:23 / /sys rw,nosuid - sysfs sysfs rw\n"
    "31 25 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr std::string_view version_1 =
    "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
    "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";

TEST_F(MemoryLimitTest, WithoutCgroupsTheMachineSetsIt) {
  EXPECT_EQ(limit().bytes, machine);
  EXPECT_EQ(limit().set_by, "the machine");
}

TEST_F(MemoryLimitTest, TheProcessesOwnCgroupOfVersion2) {
  mounts(version_2);
  cgroups("0::/system.slice/mqbroker.service\n");
  file("sys/fs/cgroup/system.slice/mqbroker.service/memory.max", "4294967296\n");
  EXPECT_EQ(limit().bytes, 4 * gib);
  EXPECT_EQ(limit().set_by, "/sys/fs/cgroup/system.slice/mqbroker.service/memory.max");
}

TEST_F(MemoryLimitTest, AnAncestorsLimitCountsWhenItIsSmaller) {
  mounts(version_2);
  cgroups("0::/system.slice/mqbroker.service\n");
  file("sys/fs/cgroup/system.slice/mqbroker.service/memory.max", "max\n");
  file("sys/fs/cgroup/system.slice/memory.max", "2147483648\n");
  EXPECT_EQ(limit().bytes, 2 * gib);
  file("sys/fs/cgroup/system.slice/mqbroker.service/memory.max", "1073741824\n");
  EXPECT_EQ(limit().bytes, gib);
}

TEST_F(MemoryLimitTest, ThePageCacheEndsWhereTheKernelTakesPagesBack) {
  mounts(version_2);
  cgroups("0::/broker\n");
  file("sys/fs/cgroup/broker/memory.max", "4294967296\n");
  file("sys/fs/cgroup/broker/memory.high", "3221225472\n");
  EXPECT_EQ(limit().bytes, 3 * gib);
}

TEST_F(MemoryLimitTest, AContainerWithACgroupNamespaceFindsItsLimitAtTheMount) {
  mounts(version_2);
  cgroups("0::/\n");
  file("sys/fs/cgroup/memory.max", "1073741824\n");
  EXPECT_EQ(limit().bytes, gib);
}

TEST_F(MemoryLimitTest, TheProcessesOwnCgroupOfVersion1AndItsAncestors) {
  mounts(version_1);
  cgroups("4:memory:/broker/a\n2:cpu,cpuacct:/other\n0::/\n");
  file("sys/fs/cgroup/memory/broker/a/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(limit().bytes, machine) << "no limit is a number above all machines";
  file("sys/fs/cgroup/memory/broker/memory.limit_in_bytes", "8589934592\n");
  EXPECT_EQ(limit().bytes, 8 * gib);
  file("sys/fs/cgroup/memory/broker/a/memory.limit_in_bytes", "4294967296\n");
  EXPECT_EQ(limit().bytes, 4 * gib);
}

TEST_F(MemoryLimitTest, AContainerOfVersion1SeesItsOwnPartOfTheTree) {
  mounts("35 31 0:32 /docker/4f2a /sys/fs/cgroup/memory ro master:9 - cgroup cgroup rw,memory\n");
  cgroups("4:memory:/docker/4f2a/inner\n");
  file("sys/fs/cgroup/memory/inner/memory.limit_in_bytes", "9223372036854771712\n");
  file("sys/fs/cgroup/memory/memory.limit_in_bytes", "2147483648\n");
  EXPECT_EQ(limit().bytes, 2 * gib);
}

TEST_F(MemoryLimitTest, ACgroupOutsideTheMountedPartIsTheOneAtTheMount) {
  mounts("35 31 0:32 /docker/4f2a /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
  cgroups("4:memory:/elsewhere\n");
  file("sys/fs/cgroup/memory/memory.limit_in_bytes", "2147483648\n");
  EXPECT_EQ(limit().bytes, 2 * gib);
}

TEST_F(MemoryLimitTest, TheLimitOfAncestorsThatCannotBeSeenCountsWhereItIsNamed) {
  mounts(version_1);
  cgroups("4:memory:/\n");
  file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  file("sys/fs/cgroup/memory/memory.stat",
       "cache 12288\nhierarchical_memory_limit 3221225472\nhierarchical_memsw_limit 99\n");
  EXPECT_EQ(limit().bytes, 3 * gib);
}

TEST_F(MemoryLimitTest, BothVersionsMayBeMounted) {
  mounts(std::string(version_1) + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  cgroups("4:memory:/a\n0::/b\n");
  file("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "2147483648\n");
  EXPECT_EQ(limit().bytes, 2 * gib);
}

TEST_F(MemoryLimitTest, ALimitAboveTheMachinesMemoryLimitsNothing) {
  mounts(version_2);
  cgroups("0::/a\n");
  file("sys/fs/cgroup/a/memory.max", std::to_string(machine * 2));
  EXPECT_EQ(limit().set_by, "the machine");
}

TEST_F(MemoryLimitTest, WhatCannotBeUnderstoodLimitsNothing) {
  mounts("nonsense\n31 25 0:27 / /sys/fs/cgroup rw -\n" + std::string(version_2));
  cgroups("nonsense\n0::/a\n");
  file("sys/fs/cgroup/a/memory.max", "much\n");
  file("sys/fs/cgroup/memory.max", "-1\n");
  EXPECT_EQ(limit().bytes, machine);
}

TEST_F(MemoryLimitTest, AMountPointWithABlankIsFound) {
  mounts("31 25 0:27 / /my\\040cgroups rw - cgroup2 cgroup2 rw\n");
  cgroups("0::/a\n");
  file("my cgroups/a/memory.max", "1073741824\n");
  EXPECT_EQ(limit().bytes, gib);
}

TEST(MemoryLimit, OfThisProcessIsAtMostTheMachines) {
  const MemoryLimit found = memory_limit();
  EXPECT_GT(found.bytes, 0);
  EXPECT_FALSE(found.set_by.empty());
}

}  // namespace
}  // namespace rocketmq
