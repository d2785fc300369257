#pragma once

#include <cstdint>
#include <string_view>

namespace rocketmq::store {

/// Hash under which the index files `<topic>#<key>`: the absolute value of Java's string hash, 0
/// for the value that has none.
std::int32_t index_key_hash(std::string_view topic, std::string_view key);

}  // namespace rocketmq::store
