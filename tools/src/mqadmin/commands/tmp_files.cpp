#include "mqadmin/commands/tmp_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <optional>

#include "rocketmq/common/descriptor.hpp"

namespace rocketmq::mqadmin {
namespace {

constexpr mode_t directory_mode = 0755;
constexpr mode_t file_mode = 0644;

/// Opens a directory in `parent`, made when it is not there: -1 unless it is our own and no one
/// else may write into it.
int open_own_directory(int parent, const std::string& name) {
  if (::mkdirat(parent, name.c_str(), directory_mode) != 0 && errno != EEXIST) return -1;
  const int opened =
      ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (opened < 0) return -1;
  struct stat about {};
  const bool is_own = ::fstat(opened, &about) == 0 && about.st_uid == ::geteuid() &&
                      (about.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  if (is_own) return opened;
  ::close(opened);
  return -1;
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// The path, or nothing.
std::optional<std::string> write_below(const std::string& directory, const std::string& folder,
                                       const std::string& name, std::string_view bytes) {
  const Descriptor tmp(::open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Descriptor outer(open_own_directory(tmp.get(), directory));
  if (!outer) return std::nullopt;
  const Descriptor inner(open_own_directory(outer.get(), folder));
  if (!inner) return std::nullopt;
  const Descriptor file(::openat(inner.get(), name.c_str(),
                                 O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, file_mode));
  if (!file || !write_all(file.get(), bytes)) return std::nullopt;
  return "/tmp/" + directory + "/" + folder + "/" + name;
}

}  // namespace

client::Outcome<std::string> write_tmp_file(const std::string& folder, const std::string& name,
                                            std::string_view bytes) {
  for (const std::string& directory :
       {std::string("rocketmq"), "rocketmq-" + std::to_string(::geteuid())}) {
    if (auto path = write_below(directory, folder, name, bytes)) return *std::move(path);
  }
  return client::client_failure("/tmp/rocketmq/" + folder + "/" + name + " cannot be written");
}

}  // namespace rocketmq::mqadmin
