#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engines.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/filtersrv/filter_engine.hpp"
#include "rocketmq/filtersrv/filter_server_settings.hpp"

namespace rocketmq::filtersrv {

/// The filters that the operator has installed in the start-up file, by class name: a consumer that
/// uploads a class of such a name gets this filter, whatever its text says. Groups share it; those
/// of a library are spread over its processes, so that they do not all wait for each other. Does
/// not change after the start, so that any thread may read it.
class InstalledFilters {
 public:
  /// `value`: "expr:<expression>", or "lib:<path>" of a library with a filter in C++, which runs in
  /// a process of the set's sandbox. Error: another kind, an expression that does not compile, or a
  /// library that cannot be loaded.
  Result<void> add(const std::string& class_name, std::string_view value, EngineSet& engines,
                   const FilterServerConfig& config, const Clock& clock);
  /// After all are added: gives each library further processes, up to filterLibraryWorkers, as long
  /// as half of the processes and of their memory is left to uploads.
  void add_workers(EngineSet& engines, const FilterServerConfig& config);
  /// That of the group; null when there is none of this name.
  std::shared_ptr<Filter> find(std::string_view class_name, std::string_view group) const;

 private:
  struct Installed {
    /// Empty for an expression.
    std::string library;
    /// At least one; a group has one of them, by its name.
    std::vector<std::shared_ptr<Filter>> workers;
  };
  std::map<std::string, Installed, std::less<>> filters_;
};

}  // namespace rocketmq::filtersrv
