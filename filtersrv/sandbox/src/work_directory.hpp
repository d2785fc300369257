#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "rocketmq/common/descriptor.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::filtersrv {

/// A new directory for one compilation, which only the worker's user may use; removed at the end
/// with everything in it.
class WorkDirectory {
 public:
  static Result<std::unique_ptr<WorkDirectory>> make(const std::string& parent,
                                                     std::uint32_t user_id, std::uint32_t group_id);
  explicit WorkDirectory(std::string path) : path_(std::move(path)) {}
  ~WorkDirectory();
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;

  const std::string& path() const { return path_; }
  /// read_plain_file() of a file in it.
  Result<std::string> read(const std::string& name, std::uint64_t bytes_max) const;

 private:
  const std::string path_;
};

/// The content of a plain file: no link is followed, and it is no longer than `bytes_max`.
Result<std::string> read_plain_file(const std::string& file, std::uint64_t bytes_max);
/// The same of one that is open; `file` is its name, for errors.
Result<std::string> read_plain_file(const Descriptor& descriptor, const std::string& file,
                                    std::uint64_t bytes_max);

}  // namespace rocketmq::filtersrv
