#pragma once

#include <cstdint>

namespace rocketmq::sys_flag {

/// Bits of a message's sysFlag (spec/store.md §2.3).
inline constexpr std::int32_t compressed = 0x1;
inline constexpr std::int32_t multi_tags = 0x2;
inline constexpr std::int32_t transaction_none = 0x0;
inline constexpr std::int32_t transaction_prepared = 0x4;
inline constexpr std::int32_t transaction_commit = 0x8;
inline constexpr std::int32_t transaction_rollback = 0xC;
inline constexpr std::int32_t transaction_mask = 0xC;
inline constexpr std::int32_t born_host_v6 = 0x10;
inline constexpr std::int32_t store_host_v6 = 0x20;
inline constexpr std::int32_t compression_mask = 0x700;
inline constexpr std::int32_t compression_lz4 = 0x100;
inline constexpr std::int32_t compression_zstd = 0x200;
inline constexpr std::int32_t compression_zlib = 0x300;

inline std::int32_t transaction_type(std::int32_t flags) { return flags & transaction_mask; }
inline std::int32_t with_transaction_type(std::int32_t flags, std::int32_t type) {
  return (flags & ~transaction_mask) | type;
}

}  // namespace rocketmq::sys_flag

namespace rocketmq::pull_flag {

/// Bits of PULL_MESSAGE's sysFlag.
inline constexpr std::int32_t commit_offset = 0x1;
inline constexpr std::int32_t suspend = 0x2;
inline constexpr std::int32_t subscription = 0x4;
inline constexpr std::int32_t class_filter = 0x8;
inline constexpr std::int32_t lite_pull = 0x10;

}  // namespace rocketmq::pull_flag

namespace rocketmq::perm {

/// Bits of a topic's or broker's permission.
inline constexpr std::int32_t inherit = 1;
inline constexpr std::int32_t write = 2;
inline constexpr std::int32_t read = 4;
inline constexpr std::int32_t read_write = read | write;

inline bool is_readable(std::int32_t perm) { return (perm & read) != 0; }
inline bool is_writable(std::int32_t perm) { return (perm & write) != 0; }
inline bool is_inherited(std::int32_t perm) { return (perm & inherit) != 0; }

}  // namespace rocketmq::perm
