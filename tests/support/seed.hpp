#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace rocketmq::test {

/// A generator for a random test. Its seed is printed, and taken from ROCKETMQ_TEST_SEED when that
/// is set, so that a failure can be repeated.
inline std::mt19937_64 seeded_random() {
  const char* const given = std::getenv("ROCKETMQ_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  std::cout << "random test: ROCKETMQ_TEST_SEED=" << seed << '\n';
  return std::mt19937_64(seed);
}

/// A number in [least, most].
inline std::size_t random_between(std::mt19937_64& random, std::size_t least, std::size_t most) {
  return std::uniform_int_distribution<std::size_t>(least, most)(random);
}

/// Up to `bytes_most` bytes of any value.
inline std::string random_bytes(std::mt19937_64& random, std::size_t bytes_most) {
  std::string bytes(random_between(random, 0, bytes_most), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random_between(random, 0, 255));
  return bytes;
}

}  // namespace rocketmq::test
