#include "plain_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "errors.hpp"

namespace rocketmq::filtersrv {

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
