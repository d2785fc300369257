#include "work_directory.hpp"

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "errors.hpp"
#include "plain_file.hpp"

namespace rocketmq::filtersrv {

Result<std::unique_ptr<WorkDirectory>> WorkDirectory::make(const std::string& parent,
                                                           std::uint32_t user_id,
                                                           std::uint32_t group_id) {
  std::string path = parent + "/rocketmq-filter-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return os_error("cannot make a directory in " + parent);
  auto directory = std::make_unique<WorkDirectory>(path);
  if (::geteuid() == 0 && ::lchown(path.c_str(), user_id, group_id) != 0)
    return os_error("cannot give " + path + " to the workers' user");
  return directory;
}

WorkDirectory::~WorkDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Result<std::string> WorkDirectory::read(const std::string& name, std::uint64_t bytes_max) const {
  return read_plain_file(path_ + "/" + name, bytes_max);
}

}  // namespace rocketmq::filtersrv
