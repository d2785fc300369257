#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "fuzz_target.hpp"

namespace rocketmq::fuzz {

/// A directory for the files of one target, below TMPDIR: one in memory is best. run.sh removes it.
inline const std::filesystem::path& directory() {
  static const std::filesystem::path made = [] {
    std::string name = std::filesystem::temp_directory_path() / "rocketmq-fuzz-XXXXXX";
    check(::mkdtemp(name.data()) != nullptr, "a temporary directory can be made");
    return std::filesystem::path(name);
  }();
  return made;
}

/// Makes `bytes` the whole content of a file.
inline void write_file(const std::filesystem::path& file, std::string_view bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  check(out.flush().good(), "a temporary file can be written");
}

}  // namespace rocketmq::fuzz
