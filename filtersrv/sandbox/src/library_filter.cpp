#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "errors.hpp"
#include "rocketmq/filtersrv/trusted_file.hpp"
#include "sandboxed_filter.hpp"

namespace rocketmq::filtersrv {
namespace {

constexpr std::uint64_t library_bytes_max = 16ULL * 1024 * 1024;

/// A user who can write to the directory can replace the library before the next start.
Result<void> check_directory(const std::filesystem::path& directory) {
  struct stat state {};
  if (::stat(directory.c_str(), &state) != 0)
    return os_error("the directory " + directory.string() + " cannot be looked at");
  if (!is_closed_to_others(state)) {
    return system_error("the directory " + directory.string() +
                        " of the library has to be one that only root or this user can write to");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Filter>> load_filter_library(Sandbox& sandbox,
                                                    const FilterLibrary& library) {
  auto& parts = parts_of(sandbox);
  if (!library.path.starts_with('/')) {
    return system_error("expected the absolute path of a library, not '" +
                        printable_lines(library.path) + "'");
  }
  std::error_code failure;
  const auto path = std::filesystem::canonical(library.path, failure);
  if (failure) return system_error("the library " + library.path + ": " + failure.message());
  if (const auto hidden = parts.check_hides_files("in the library's reach"); !hidden)
    return hidden.error();
  if (auto checked = check_directory(path.parent_path()); !checked) return checked.error();
  const auto content = read_trusted_file("the library", path.string(), library_bytes_max);
  if (!content) return content.error();
  auto made = memory_file("filter-library", *content);
  if (!made) return made.error();
  // std::function copies its function, and a descriptor has one owner.
  const auto file = std::make_shared<Descriptor>(std::move(*made));
  return SandboxedFilter::make(parts, {.class_name = library.class_name}, library.worker,
                               [&parts, limits = library.worker, file]() -> Result<WorkerPlan> {
                                 WorkerPlan plan = parts.plan(WorkerTask::kCpp, limits);
                                 plan.payload = file->get();
                                 return plan;
                               });
}

}  // namespace rocketmq::filtersrv
