#include <memory>
#include <utility>

#include "sandboxed_filter.hpp"

namespace rocketmq::filtersrv {
namespace {

class LuaEngine final : public FilterEngine {
 public:
  LuaEngine(SandboxParts& sandbox, const WorkerLimits& limits)
      : sandbox_(sandbox), limits_(limits) {}

  std::string_view name() const override { return "lua"; }
  bool takes(const FilterSource& source) const override {
    return is_marked_for(source.text, "lua");
  }

  Result<std::unique_ptr<Filter>> compile(const FilterSource& source) override {
    if (auto checked = sandbox_.check_source(source); !checked) return checked.error();
    auto share = sandbox_.budget().take(limits_.memory_bytes);
    if (!share) return share.error();
    auto start = [this, frame = frame_of(source)]() -> Result<std::unique_ptr<Worker>> {
      auto worker = Worker::start(sandbox_.spawner(), sandbox_.plan(WorkerTask::kLua, limits_));
      if (!worker) return worker.error();
      if (auto loaded = (*worker)->load(frame); !loaded) return loaded.error();
      return worker;
    };
    auto worker = start();
    if (!worker) return Error{worker.error().code, name_of(source) + ": " + worker.error().remark};
    return std::unique_ptr<Filter>(
        std::make_unique<SandboxedFilter>(sandbox_, name_of(source), limits_, std::move(*share),
                                          std::move(start), std::move(*worker)));
  }

 private:
  SandboxParts& sandbox_;
  const WorkerLimits limits_;
};

}  // namespace

Result<std::unique_ptr<FilterEngine>> make_lua_engine(Sandbox& sandbox,
                                                      const WorkerLimits& limits) {
  return std::unique_ptr<FilterEngine>(std::make_unique<LuaEngine>(parts_of(sandbox), limits));
}

}  // namespace rocketmq::filtersrv
