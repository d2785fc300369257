#include "engine/engines.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "engine/expr_engine.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::filtersrv {
namespace {

using Made = Result<std::unique_ptr<FilterEngine>>;

/// Every engine there is. Those that run code of users get a sandbox.
struct Maker {
  std::string_view name;
  bool runs_code;
  Made (*make)(const FilterServerConfig& config, Sandbox* sandbox);
};

constexpr Maker makers[] = {
    {"expr", false,
     [](const FilterServerConfig&, Sandbox*) -> Made { return std::make_unique<ExprEngine>(); }},
    {"lua", true,
     [](const FilterServerConfig& config, Sandbox* sandbox) {
       return make_lua_engine(*sandbox, worker_limits(config));
     }},
    {"cpp", true,
     [](const FilterServerConfig& config, Sandbox* sandbox) {
       return make_cpp_engine(
           *sandbox, {.compiler = config.filter_compiler.string(),
                      .include_directory = config.filter_compiler_include_directory.string(),
                      .work_directory = config.filter_compiler_work_directory.string(),
                      .worker = worker_limits(config)});
     }},
    {"java", true,
     [](const FilterServerConfig& config, Sandbox* sandbox) {
       WorkerLimits limits = worker_limits(config);
       limits.memory_bytes = static_cast<std::uint64_t>(config.filter_java_memory_bytes);
       return make_java_engine(*sandbox,
                               {.java_home = config.filter_java_home.string(), .worker = limits});
     }},
};

}  // namespace

WorkerLimits worker_limits(const FilterServerConfig& config) {
  return {.memory_bytes = static_cast<std::uint64_t>(config.filter_worker_memory_bytes),
          .message_deadline = std::chrono::milliseconds(config.filter_message_deadline_ms),
          .batch_deadline = std::chrono::milliseconds(config.filter_batch_deadline_ms)};
}

Result<Sandbox*> sandbox_of(EngineSet& set, const FilterServerConfig& config, const Clock& clock) {
  if (set.sandbox != nullptr) return set.sandbox.get();
  auto sandbox = Sandbox::start(
      {.workers_max = static_cast<std::size_t>(config.filter_workers_max),
       .memory_bytes_max = static_cast<std::uint64_t>(config.filter_workers_memory_bytes_max),
       .source_bytes_max = static_cast<std::size_t>(config.filter_upload_bytes_max),
       .cgroup = config.filter_workers_cgroup.string()},
      clock);
  if (!sandbox) return sandbox.error();
  spdlog::info("filters in processes are held by: {}", (*sandbox)->containment());
  set.sandbox = std::move(*sandbox);
  return set.sandbox.get();
}

Result<EngineSet> make_engines(const FilterServerConfig& config, const Clock& clock) {
  EngineSet set;
  for (const std::string& name : split(config.filter_engines, ';')) {
    const auto maker = std::find_if(std::begin(makers), std::end(makers),
                                    [&](const Maker& m) { return m.name == name; });
    if (maker == std::end(makers)) {
      std::string known;
      for (const Maker& m : makers) known.append(known.empty() ? "" : ", ").append(m.name);
      return Error{ResponseCode::SystemError,
                   "there is no engine '" + name + "'; there are " + known};
    }
    if (maker->runs_code) {
      if (const auto sandbox = sandbox_of(set, config, clock); !sandbox) return sandbox.error();
    }
    auto engine = maker->make(config, set.sandbox.get());
    if (!engine) {
      return Error{engine.error().code, name + ": " + std::move(engine.error().remark)};
    }
    set.engines.push_back(std::move(*engine));
  }
  return set;
}

FilterEngine* engine_for(const Engines& engines, const FilterSource& source) {
  const auto found = std::find_if(engines.begin(), engines.end(),
                                  [&](const auto& engine) { return engine->takes(source); });
  return found == engines.end() ? nullptr : found->get();
}

std::string names_of(const Engines& engines) {
  std::string names;
  for (const auto& engine : engines) names.append(names.empty() ? "" : ", ").append(engine->name());
  return names;
}

}  // namespace rocketmq::filtersrv
