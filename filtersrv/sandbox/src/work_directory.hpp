#pragma once

#include <cstdint>
#include <memory>
#include <string>

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
  /// read_plain_file() of a file in it (plain_file.hpp).
  Result<std::string> read(const std::string& name, std::uint64_t bytes_max) const;

 private:
  const std::string path_;
};

}  // namespace rocketmq::filtersrv
