#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/filtersrv/filter_engine.hpp"
#include "rocketmq/filtersrv/filter_server_settings.hpp"
#include "rocketmq/filtersrv/sandbox.hpp"

namespace rocketmq::filtersrv {

using Engines = std::vector<std::unique_ptr<FilterEngine>>;

/// The engines that the start-up file switches on, in its order. Outlives the filters that they
/// make.
struct EngineSet {
  /// Null while no filter needs a process.
  std::unique_ptr<Sandbox> sandbox;
  Engines engines;
};

/// What one process may use, but for a JVM's memory.
WorkerLimits worker_limits(const FilterServerConfig& config);

/// The sandbox of the set, started if there is none yet. Error: what this machine lacks for one.
Result<Sandbox*> sandbox_of(EngineSet& set, const FilterServerConfig& config, const Clock& clock);

/// Error: a name that no engine has, or what this machine lacks for one of them.
Result<EngineSet> make_engines(const FilterServerConfig& config, const Clock& clock);

/// The engine that takes the text; null when none does.
FilterEngine* engine_for(const Engines& engines, const FilterSource& source);

/// "expr, lua".
std::string names_of(const Engines& engines);

}  // namespace rocketmq::filtersrv
