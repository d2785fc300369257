#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/filter_engine.hpp"

namespace rocketmq::filtersrv {

/// The filters that the operator has installed in the start-up file, by class name: a consumer that
/// uploads a class of such a name gets this filter, whatever its text says. Does not change after
/// load(), so that any thread may read it.
class InstalledFilters {
 public:
  /// `classes`: class name → "expr:<expression>". Error: another kind, or an expression that does
  /// not compile; names the key.
  Result<void> load(const std::map<std::string, std::string>& classes);
  /// Null when there is none of this name.
  std::shared_ptr<Filter> find(std::string_view class_name) const;

 private:
  std::map<std::string, std::shared_ptr<Filter>, std::less<>> filters_;
};

}  // namespace rocketmq::filtersrv
