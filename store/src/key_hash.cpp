#include "key_hash.hpp"

#include <algorithm>
#include <string>

#include "rocketmq/common/tags.hpp"

namespace rocketmq::store {
namespace {

/// Continues a hash over plain ASCII text; false when there is other text in it.
bool continue_ascii(std::uint32_t& hash, std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
    hash = 31 * hash + static_cast<unsigned char>(c);
  }
  return true;
}

std::int32_t absolute(std::int32_t hash) {
  if (hash >= 0) return hash;
  return hash == INT32_MIN ? 0 : -hash;
}

}  // namespace

std::int32_t index_key_hash(std::string_view topic, std::string_view key) {
  std::uint32_t hash = 0;
  if (continue_ascii(hash, topic) && continue_ascii(hash, "#") && continue_ascii(hash, key))
    return absolute(static_cast<std::int32_t>(hash));
  std::string text(topic);
  text.append("#").append(key);
  return absolute(java_string_hash(text));
}

}  // namespace rocketmq::store
