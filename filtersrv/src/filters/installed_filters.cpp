#include "filters/installed_filters.hpp"

#include <spdlog/spdlog.h>

#include <functional>
#include <utility>

#include "engine/expr_engine.hpp"

namespace rocketmq::filtersrv {
namespace {

constexpr std::string_view expression = "expr:";
constexpr std::string_view library = "lib:";
constexpr std::size_t value_chars_shown = 64;

FilterLibrary library_of(const std::string& class_name, const std::string& path,
                         const FilterServerConfig& config) {
  return {.class_name = class_name, .path = path, .worker = worker_limits(config)};
}

}  // namespace

Result<void> InstalledFilters::add(const std::string& class_name, std::string_view value,
                                   EngineSet& engines, const FilterServerConfig& config,
                                   const Clock& clock) {
  Installed installed;
  Result<std::unique_ptr<Filter>> filter =
      Error{ResponseCode::SystemError,
            "expected expr: and an expression, or lib: and the path of a library, not '" +
                std::string(value.substr(0, value_chars_shown)) + "'"};
  if (value.starts_with(expression)) {
    filter = ExprEngine().compile(
        {.class_name = class_name, .text = std::string(value.substr(expression.size()))});
  } else if (value.starts_with(library)) {
    const auto sandbox = sandbox_of(engines, config, clock);
    if (!sandbox) return sandbox.error();
    installed.library = value.substr(library.size());
    filter = load_filter_library(**sandbox, library_of(class_name, installed.library, config));
  }
  if (!filter) return filter.error();
  installed.workers.push_back(std::move(*filter));
  filters_.insert_or_assign(class_name, std::move(installed));
  return {};
}

void InstalledFilters::add_workers(EngineSet& engines, const FilterServerConfig& config) {
  if (engines.sandbox == nullptr) return;
  const auto is_half_left = [&] {
    const std::size_t workers = engines.sandbox->workers() + 1;
    return 2 * workers <= static_cast<std::size_t>(config.filter_workers_max) &&
           2 * static_cast<std::int64_t>(workers) * config.filter_worker_memory_bytes <=
               config.filter_workers_memory_bytes_max;
  };
  // In turn: what there is, is shared out evenly.
  for (std::int32_t round = 1; round < config.filter_library_workers; ++round) {
    for (auto& [class_name, installed] : filters_) {
      if (installed.library.empty() || !is_half_left()) continue;
      auto filter =
          load_filter_library(*engines.sandbox, library_of(class_name, installed.library, config));
      if (!filter) {
        spdlog::warn("the library of filter {} has {} of {} workers: {}", class_name,
                     installed.workers.size(), config.filter_library_workers,
                     filter.error().remark);
        return;
      }
      installed.workers.push_back(std::move(*filter));
    }
  }
}

std::shared_ptr<Filter> InstalledFilters::find(std::string_view class_name,
                                               std::string_view group) const {
  const auto found = filters_.find(class_name);
  if (found == filters_.end()) return nullptr;
  const auto& workers = found->second.workers;
  return workers[std::hash<std::string_view>()(group) % workers.size()];
}

}  // namespace rocketmq::filtersrv
