#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/engines.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/filtersrv/filter_engine.hpp"
#include "rocketmq/filtersrv/filter_server_settings.hpp"

namespace rocketmq::filtersrv {

/// The filters that the operator has installed in the start-up file, by class name: a consumer that
/// uploads a class of such a name gets this filter, whatever its text says. All groups share it; a
/// library has one process. Does not change after the start, so that any thread may read it.
class InstalledFilters {
 public:
  /// `value`: "expr:<expression>", or "lib:<path>" of a library with a filter in C++, which runs in
  /// a process of the set's sandbox. Error: another kind, an expression that does not compile, or a
  /// library that cannot be loaded.
  Result<void> add(const std::string& class_name, std::string_view value, EngineSet& engines,
                   const FilterServerConfig& config, const Clock& clock);
  /// Null when there is none of this name.
  std::shared_ptr<Filter> find(std::string_view class_name) const;

 private:
  std::map<std::string, std::shared_ptr<Filter>, std::less<>> filters_;
};

}  // namespace rocketmq::filtersrv
