#include "rocketmq/filter/compiled_expression.hpp"

#include "sql_parser.hpp"

namespace rocketmq {

Result<std::shared_ptr<const CompiledExpression>> CompiledExpression::compile(
    std::string_view type, std::string_view text) {
  if (type != sql92_expression_type) {
    constexpr std::size_t shown_bytes_max = 64;
    return Error{ResponseCode::SubscriptionParseFailed,
                 "the expression type '" + std::string(type.substr(0, shown_bytes_max)) +
                     "' is unknown; there are TAG and SQL92"};
  }
  return compile(text, sql::subscription_dialect);
}

Result<std::shared_ptr<const CompiledExpression>> CompiledExpression::compile(
    std::string_view text, const sql::Dialect& dialect) {
  if (text.size() > dialect.text_bytes_max) {
    return Error{ResponseCode::SubscriptionParseFailed,
                 "the expression has " + std::to_string(text.size()) + " bytes, more than the " +
                     std::to_string(dialect.text_bytes_max) + " that are allowed"};
  }
  auto expression = std::make_shared<CompiledExpression>(text);
  if (auto parsed = sql::parse(expression->text_, dialect, expression->program_); !parsed) {
    return parsed.error();
  }
  return std::shared_ptr<const CompiledExpression>(std::move(expression));
}

}  // namespace rocketmq
