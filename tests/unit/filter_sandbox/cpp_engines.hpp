// The engine for C++ in tests: where a machine cannot hold it, they are skipped when it says so.
#pragma once

#include <memory>
#include <string>

#include "filters.hpp"

namespace rocketmq::filtersrv::test {

inline CppEngineSettings cpp_settings() {
  return {.compiler = "/usr/bin/g++",
          .include_directory = ROCKETMQ_SOURCE_DIR "/filtersrv/include",
          .compile_deadline = milliseconds(240'000),
          .worker = patient_limits()};
}

inline constexpr char minimal[] =
    "#include <rocketmq/filter/message_filter.hpp>\n"
    "namespace example { struct Filter : rocketmq::filter::MessageFilter {\n"
    "bool match(const rocketmq::filter::MessageView&, const rocketmq::filter::FilterContext&) "
    "override { return true; } }; }\n";

/// 2^60 instances: a compilation that ends by a limit.
inline constexpr char endless_templates[] =
    "template <int N, long K> struct T { static constexpr long v = "
    "T<N - 1, 2 * K>::v + T<N - 1, 2 * K + 1>::v; };\n"
    "template <long K> struct T<0, K> { static constexpr long v = K; };\n"
    "static_assert(T<60, 0>::v == 1);\n";

/// A sandbox and the engine, made for a test. Without an engine the test fails unless this machine
/// has been refused for a reason, and is skipped.
class CppEngineFixture : public testing::Test {
 protected:
  void SetUp() override {
    sandbox_ = start_sandbox(clock_);
    ASSERT_NE(sandbox_, nullptr);
    engine_ = make(cpp_settings());
  }

  std::unique_ptr<FilterEngine> make(const CppEngineSettings& settings) {
    auto engine = make_cpp_engine(*sandbox_, settings);
    if (engine) return std::move(*engine);
    const std::string held_by = sandbox_->containment();
    EXPECT_TRUE(held_by.find("landlock") == std::string::npos &&
                held_by.find("own root directory") == std::string::npos)
        << engine.error().remark;
    EXPECT_NE(engine.error().remark.find("neither Landlock nor mount namespaces"),
              std::string::npos);
    why_none_ = engine.error().remark;
    return nullptr;
  }

  ManualClock clock_;
  std::unique_ptr<Sandbox> sandbox_;
  std::unique_ptr<FilterEngine> engine_;
  /// Why make() has made none.
  std::string why_none_;
  const Messages messages_{21};
};

}  // namespace rocketmq::filtersrv::test
