#include "engine/expr_engine.hpp"

#include <utility>

#include "rocketmq/filter/compiled_expression.hpp"
#include "rocketmq/filtersrv/language_mark.hpp"

namespace rocketmq::filtersrv {
namespace {

constexpr std::string_view language = "sql92";

class ExprFilter final : public Filter {
 public:
  explicit ExprFilter(std::shared_ptr<const CompiledExpression> expression)
      : expression_(std::move(expression)) {}

  Result<std::vector<Verdict>> match(std::span<const FilterMessage> messages) override {
    std::vector<Verdict> verdicts;
    verdicts.reserve(messages.size());
    for (const FilterMessage& message : messages) {
      verdicts.push_back(expression_->matches(message.properties) ? Verdict::kDeliver
                                                                  : Verdict::kDrop);
    }
    return verdicts;
  }
  bool reads_properties_only() const override { return true; }

 private:
  const std::shared_ptr<const CompiledExpression> expression_;
};

}  // namespace

bool ExprEngine::takes(const FilterSource& source) const {
  return read_language_mark(source.text).language == language;
}

Result<std::unique_ptr<Filter>> ExprEngine::compile(const FilterSource& source) {
  const LanguageMark mark = read_language_mark(source.text);
  auto compiled = CompiledExpression::compile(mark.text, sql::filter_server_dialect);
  if (!compiled) return compiled.error();
  return std::unique_ptr<Filter>(std::make_unique<ExprFilter>(std::move(*compiled)));
}

}  // namespace rocketmq::filtersrv
