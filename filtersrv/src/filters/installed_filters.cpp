#include "filters/installed_filters.hpp"

#include <utility>

#include "engine/expr_engine.hpp"

namespace rocketmq::filtersrv {

Result<void> InstalledFilters::load(const std::map<std::string, std::string>& classes) {
  constexpr std::string_view expression = "expr:";
  ExprEngine engine;
  for (const auto& [name, value] : classes) {
    const auto refuse = [&name = name](const std::string& reason) {
      return Error{ResponseCode::SystemError, "filterClass." + name + ": " + reason};
    };
    if (!value.starts_with(expression))
      return refuse("expected expr: and an expression, not '" + value.substr(0, 64) + "'");
    auto filter = engine.compile({.class_name = name, .text = value.substr(expression.size())});
    if (!filter) return refuse(filter.error().remark);
    filters_.emplace(name, std::move(*filter));
  }
  return {};
}

std::shared_ptr<Filter> InstalledFilters::find(std::string_view class_name) const {
  const auto found = filters_.find(class_name);
  return found == filters_.end() ? nullptr : found->second;
}

}  // namespace rocketmq::filtersrv
