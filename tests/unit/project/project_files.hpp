#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace rocketmq::test {

inline std::filesystem::path source_dir() { return ROCKETMQ_SOURCE_DIR; }

inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// The files below a folder of the project whose names end so, in order of their names.
inline std::vector<std::filesystem::path> files_below(std::string_view folder,
                                                      std::string_view ending) {
  std::vector<std::filesystem::path> files;
  const auto root = source_dir() / folder;
  if (!std::filesystem::exists(root)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file() && entry.path().string().ends_with(ending))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Relative to the project's root, as it is written in messages.
inline std::string name_of(const std::filesystem::path& file) {
  return file.lexically_relative(source_dir()).string();
}

}  // namespace rocketmq::test
