#include "work_directory.hpp"

#include <fcntl.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "errors.hpp"

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

Result<std::string> read_plain_file(const std::string& file, std::uint64_t bytes_max) {
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!descriptor) return os_error("cannot open " + file);
  return read_plain_file(descriptor, file, bytes_max);
}

Result<std::string> read_plain_file(const Descriptor& descriptor, const std::string& file,
                                    std::uint64_t bytes_max) {
  struct stat state {};
  if (::fstat(descriptor.get(), &state) != 0 || !S_ISREG(state.st_mode))
    return system_error(file + " is no plain file");
  if (static_cast<std::uint64_t>(state.st_size) > bytes_max)
    return system_error(file + " has more than " + std::to_string(bytes_max) + " bytes");
  std::string content(static_cast<std::size_t>(state.st_size), '\0');
  std::size_t at = 0;
  while (at < content.size()) {
    const ssize_t got =
        ::pread(descriptor.get(), content.data() + at, content.size() - at, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return os_error("cannot read " + file);
    at += static_cast<std::size_t>(got);
  }
  return content;
}

}  // namespace rocketmq::filtersrv
