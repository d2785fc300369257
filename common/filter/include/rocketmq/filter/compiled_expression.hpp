#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"
#include "rocketmq/filter/sql_program.hpp"

namespace rocketmq {

/// The one expression type besides "TAG".
inline constexpr std::string_view sql92_expression_type = "SQL92";

/// An SQL92 filter expression, read once and evaluated for each message (spec/broker.md §10).
/// Immutable: evaluated on any number of threads at the same time.
class CompiledExpression {
 public:
  /// Longest expression of a subscription, in bytes.
  static constexpr std::size_t text_bytes_max = sql::subscription_dialect.text_bytes_max;

  /// Error: SubscriptionParseFailed, for a type other than SQL92, a text that is too long, and a
  /// text that is no condition; the remark begins "at column 7: expected …".
  static Result<std::shared_ptr<const CompiledExpression>> compile(std::string_view type,
                                                                   std::string_view text);
  /// The same of another dialect, of type SQL92.
  static Result<std::shared_ptr<const CompiledExpression>> compile(std::string_view text,
                                                                   const sql::Dialect& dialect);

  /// Use compile().
  explicit CompiledExpression(std::string_view text) : text_(text) {}

  const std::string& text() const { return text_; }
  /// Whether a message is wanted. `properties` is the text form of its properties; a property it
  /// has not is NULL. Does not allocate.
  bool matches(std::string_view properties) const noexcept {
    return evaluate(properties) == sql::Verdict::True;
  }
  /// The same, telling the ways apart in which a message is not wanted.
  sql::Verdict evaluate(std::string_view properties) const noexcept {
    return program_.evaluate(properties);
  }

 private:
  const std::string text_;
  sql::Program program_;
};

}  // namespace rocketmq
