#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "queued_sink.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// The file <directory>/<name>.log. Before it grows beyond `bytes_max` it becomes <name>.1.log,
/// that one <name>.2.log, and so on; `files_max` files are kept, the one being written among them.
/// A file that was removed or renamed meanwhile is made again. When a new file cannot be opened,
/// lines continue in the old one.
class RotatedFile final : public LogOutput {
 public:
  /// Makes the directory. Error: what cannot be made or opened, and why.
  static Result<std::unique_ptr<RotatedFile>> open(const std::filesystem::path& directory,
                                                   const std::string& name, std::int64_t bytes_max,
                                                   std::int32_t files_max);
  ~RotatedFile() override;
  RotatedFile(const RotatedFile&) = delete;
  RotatedFile& operator=(const RotatedFile&) = delete;

  Result<void> write(const std::vector<std::string>& lines) override;
  /// The old file stays when the new one cannot be opened.
  void reopen() override;

 private:
  RotatedFile(std::filesystem::path directory, std::string name, std::int64_t bytes_max,
              std::int32_t files_max);

  std::filesystem::path path(std::int32_t age) const;
  /// Writes into this file from now on. The old one stays when it cannot be opened.
  Result<void> open_at(const std::filesystem::path& file);
  /// True when the path no longer leads to the open file.
  bool was_taken_away() const;
  void rotate();
  Result<void> write_all(std::string_view bytes);

  const std::filesystem::path directory_;
  const std::string name_;
  const std::int64_t bytes_max_;
  const std::int32_t files_max_;
  int fd_ = -1;
  std::int64_t size_ = 0;
};

/// Standard error, where no file can be written.
class StandardErrorOutput final : public LogOutput {
 public:
  Result<void> write(const std::vector<std::string>& lines) override;
};

}  // namespace rocketmq
