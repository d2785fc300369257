#include "rocketmq/protocol/release_name.hpp"

#include <array>

namespace rocketmq::remoting {
namespace {

/// Releases that are numbered one after the other: two ordinals each, that of its snapshot first.
struct Series {
  std::int32_t first;  // ordinal of the first snapshot
  int major;
  int minor;
  int patch_first;
  int patches;  // of each minor
};

// 3.0.0 had many previews and 3.0 more patches than others; 3.3 to 3.9 began with patch 1.
constexpr std::array series{Series{16, 3, 0, 1, 15}, Series{46, 3, 1, 0, 10},
                            Series{86, 3, 3, 1, 9}, Series{212, 4, 0, 0, 10},
                            Series{412, 5, 0, 0, 10}};
constexpr std::int32_t higher = 612;

}  // namespace

std::string release_name(std::int32_t version) {
  if (version >= higher) return "HIGHER_VERSION";
  const Series* found = nullptr;
  for (const Series& candidate : series) {
    if (version >= candidate.first) found = &candidate;
  }
  if (found == nullptr) return "V3_0_0";
  const int number = (version - found->first) / 2;
  const int minor = found->minor + number / found->patches;
  const int patch = found->patch_first + number % found->patches;
  const bool is_snapshot = (version - found->first) % 2 == 0;
  return "V" + std::to_string(found->major) + "_" + std::to_string(minor) + "_" +
         std::to_string(patch) + (is_snapshot ? "_SNAPSHOT" : "");
}

}  // namespace rocketmq::remoting
