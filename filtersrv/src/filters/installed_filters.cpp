#include "filters/installed_filters.hpp"

#include <utility>

#include "engine/expr_engine.hpp"

namespace rocketmq::filtersrv {
namespace {

constexpr std::string_view expression = "expr:";
constexpr std::string_view library = "lib:";
constexpr std::size_t value_chars_shown = 64;

}  // namespace

Result<void> InstalledFilters::add(const std::string& class_name, std::string_view value,
                                   EngineSet& engines, const FilterServerConfig& config,
                                   const Clock& clock) {
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
    filter = load_filter_library(**sandbox, {.class_name = class_name,
                                             .path = std::string(value.substr(library.size())),
                                             .worker = worker_limits(config)});
  }
  if (!filter) return filter.error();
  filters_.insert_or_assign(class_name, std::move(*filter));
  return {};
}

std::shared_ptr<Filter> InstalledFilters::find(std::string_view class_name) const {
  const auto found = filters_.find(class_name);
  return found == filters_.end() ? nullptr : found->second;
}

}  // namespace rocketmq::filtersrv
