// Where libFuzzer enters: the same for every target.
#include <spdlog/spdlog.h>

#include <cstddef>
#include <cstdint>

#include "fuzz_target.hpp"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  // A refused input is logged, which is slower than all the rest.
  spdlog::set_level(spdlog::level::off);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  rocketmq::fuzz::run({reinterpret_cast<const char*>(bytes), count});
  return 0;
}
