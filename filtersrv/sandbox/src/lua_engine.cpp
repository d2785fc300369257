#include <memory>

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
    return SandboxedFilter::make(sandbox_, source, limits_,
                                 [this] { return sandbox_.plan(WorkerTask::kLua, limits_); });
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
