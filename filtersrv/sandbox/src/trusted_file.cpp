#include "rocketmq/filtersrv/trusted_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "errors.hpp"
#include "plain_file.hpp"

namespace rocketmq::filtersrv {
namespace {

Result<void> check_trusted_file(const std::string& what, const std::string& path,
                                const struct stat& state) {
  if (S_ISREG(state.st_mode) && is_closed_to_others(state)) return {};
  return system_error(what + " " + path +
                      " has to be a file that only root or this user can write to");
}

}  // namespace

bool is_closed_to_others(const struct stat& state) {
  const bool is_open_to_others =
      (state.st_mode & S_IWOTH) != 0 ||
      ((state.st_mode & S_IWGRP) != 0 && state.st_gid != 0 && state.st_gid != ::getegid());
  return !is_open_to_others && (state.st_uid == 0 || state.st_uid == ::geteuid());
}

Result<void> check_trusted_file(const std::string& what, const std::string& path) {
  struct stat state {};
  if (::stat(path.c_str(), &state) != 0) return os_error(what + " " + path + " is missing");
  return check_trusted_file(what, path, state);
}

Result<std::string> read_trusted_file(const std::string& what, const std::string& path,
                                      std::uint64_t bytes_max) {
  // What is checked is what is read, whatever becomes of the path meanwhile.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat state {};
  if (!file || ::fstat(file.get(), &state) != 0)
    return os_error(what + " " + path + " cannot be opened");
  if (auto checked = check_trusted_file(what, path, state); !checked) return checked.error();
  return read_plain_file(file, path, bytes_max);
}

}  // namespace rocketmq::filtersrv
