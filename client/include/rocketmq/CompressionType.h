#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <iosfwd>

namespace rocketmq {

/// How a producer compresses large bodies. Consumers read all of them, whatever they send
/// themselves.
enum class CompressionType {
  /// Every client of every age reads it.
  ZLIB,
  /// Quick, and larger. Java clients read it from 4.9.4 on.
  LZ4,
  /// Small, and quicker than zlib. Java clients read it from 4.9.4 on.
  ZSTD,
};

/// "ZLIB", "LZ4", "ZSTD".
const char* toString(CompressionType type);
std::ostream& operator<<(std::ostream& out, CompressionType type);

}  // namespace rocketmq
