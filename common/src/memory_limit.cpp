#include "rocketmq/common/memory_limit.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace rocketmq {
namespace {

namespace fs = std::filesystem;

/// Of one version: where its tree is mounted, and which part of the tree that is.
struct Mount {
  /// The cgroup that stands at `point`.
  fs::path cgroup;
  fs::path point;
};

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(std::move(word));
  return words;
}

bool has_word(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    if (list.substr(0, end) == wanted) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

/// mountinfo writes blanks and the like as \ooo.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int value = 0;
    if (text[i] == '\\' && i + 3 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 4, value, 8).ptr ==
            text.data() + i + 4) {
      plain += static_cast<char>(value);
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

/// Searches /proc/self/mountinfo for the tree of version 2, or for the one of version 1 that counts
/// memory.
std::optional<Mount> find_mount(const fs::path& root, bool is_version_2) {
  std::ifstream in(root / "proc/self/mountinfo");
  for (std::string line; std::getline(in, line);) {
    // id parent major:minor cgroup point options [more…] - type source options
    const auto words = words_of(line);
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (words.size() < 6 || std::distance(dash, words.end()) < 4) continue;
    const bool fits =
        is_version_2 ? dash[1] == "cgroup2" : dash[1] == "cgroup" && has_word(dash[3], "memory");
    if (fits) return Mount{unescaped(words[3]), unescaped(words[4])};
  }
  return {};
}

/// The process's cgroup, as /proc/self/cgroup names it: "0::/path" or "4:memory:/path".
std::optional<fs::path> find_cgroup(const fs::path& root, bool is_version_2) {
  std::ifstream in(root / "proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = std::string_view(line).substr(first + 1, second - first - 1);
    if (is_version_2 ? controllers.empty() : has_word(controllers, "memory"))
      return fs::path(line.substr(second + 1));
  }
  return {};
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end == text.data()) return {};
  return number;
}

/// Keeps the smallest limit that it is shown.
class Smallest {
 public:
  Smallest(const fs::path& root, std::int64_t machine_bytes)
      : root_(root), limit_{machine_bytes, "the machine"} {}

  /// A file that holds one number, or "max".
  void look_at(const fs::path& file) {
    std::ifstream in(root_ / file.relative_path());
    std::string text;
    if (in >> text) take(number_of(text), file.string());
  }
  /// A file of lines "name number".
  void look_at(const fs::path& file, std::string_view name) {
    std::ifstream in(root_ / file.relative_path());
    for (std::string key, value; in >> key >> value;) {
      if (key == name) take(number_of(value), file.string() + ", " + key);
    }
  }
  MemoryLimit limit() const { return limit_; }

 private:
  void take(std::optional<std::int64_t> bytes, std::string from) {
    if (bytes && *bytes > 0 && *bytes < limit_.bytes) limit_ = {*bytes, std::move(from)};
  }

  const fs::path& root_;
  MemoryLimit limit_;
};

/// The directories of the process's cgroup and of its ancestors, as far as they are mounted; the
/// cgroup's own first.
std::vector<fs::path> directories_of(const Mount& mount, const fs::path& cgroup) {
  fs::path below = cgroup.lexically_relative(mount.cgroup);
  // Not in the part that is mounted, as in a container without a cgroup namespace of its own: what
  // stands at the mount is the container's.
  if (below.empty() || *below.begin() == "..") below = ".";
  std::vector<fs::path> directories;
  for (fs::path at = (mount.point / below).lexically_normal();; at = at.parent_path()) {
    if (!at.has_filename()) at = at.parent_path();
    directories.push_back(at);
    if (at == mount.point || at == at.root_path() || directories.size() > 64) return directories;
  }
}

}  // namespace

MemoryLimit memory_limit(const fs::path& root, std::int64_t machine_bytes) {
  Smallest smallest(root, machine_bytes);
  for (const bool is_version_2 : {true, false}) {
    const auto mount = find_mount(root, is_version_2);
    const auto cgroup = find_cgroup(root, is_version_2);
    if (!mount || !cgroup) continue;
    for (const fs::path& directory : directories_of(*mount, *cgroup)) {
      if (is_version_2) {
        smallest.look_at(directory / "memory.max");
        // Above it the kernel takes pages back: the page cache ends there too.
        smallest.look_at(directory / "memory.high");
      } else {
        smallest.look_at(directory / "memory.limit_in_bytes");
        smallest.look_at(directory / "memory.stat", "hierarchical_memory_limit");
      }
    }
  }
  return smallest.limit();
}

MemoryLimit memory_limit() {
  return memory_limit(
      "/", static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE));
}

}  // namespace rocketmq
