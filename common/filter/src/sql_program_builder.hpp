#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/filter/sql_program.hpp"

namespace rocketmq::sql {

/// Deepest nesting of parentheses, NOTs and signs in one expression.
inline constexpr std::size_t nesting_max = 64;
/// Most strings of one IN list.
inline constexpr std::size_t list_size_max = 1'024;

/// Why a text is no filter expression, and where: a byte position in it. Thrown by the builder and
/// caught by the parser; leaves neither.
struct ExpressionError {
  std::size_t position = 0;
  std::string message;
};

/// Makes a Program of an expression's tokens, which come in the order in which the grammar reads
/// them; a token is a view of the expression's text. Refuses what reads well but can mean nothing,
/// such as `a > 'x'`, and what is beyond the bounds. Every call may throw ExpressionError.
class ProgramBuilder {
 public:
  /// All must outlive the builder. `program` is empty.
  ProgramBuilder(std::string_view text, const Dialect& dialect, Program& program)
      : text_(text), dialect_(dialect), program_(program) {}

  bool has_arithmetic() const { return dialect_.arithmetic; }

  /// Around everything that nests.
  void enter(std::string_view token);
  void leave() { --nesting_; }

  void push_integer(std::string_view token);
  void push_float(std::string_view token);
  void push_text(std::string_view token);
  void push_boolean(std::string_view token, bool value);
  void push_null(std::string_view token);
  void push_property(std::string_view token);

  /// Of an operator with two operands: begin when the operator has been read, end when the right
  /// operand has. They nest. `operation` is And, Or, a comparison or arithmetic.
  void begin_binary(Operation operation);
  void end_binary();
  void apply_not();
  void apply_minus();
  void apply_null_test(bool is_null);
  void apply_between(bool negative);

  /// Of an IN list: begin after IN, add for each string, end after the list.
  void begin_list();
  void add_to_list(std::string_view token);
  void end_list(bool negative);
  /// `operation` is Contains, StartsWith, EndsWith or one of their negative forms.
  void apply_text_test(std::string_view token, Operation operation);

  /// Call last: the expression as a whole has to be a condition.
  void finish();

 private:
  /// Negative: after a minus sign, even of a number. What is checked of constants is not checked
  /// of it. Integer: calculated.
  enum class Kind : std::uint8_t { Constant, Property, Condition, Negative, Integer };
  struct Operand {
    Kind kind;
    std::size_t position;
    /// Of a constant, and of the negative of a number.
    std::optional<std::size_t> constant_index = std::nullopt;
  };
  struct PendingOperator {
    Operation operation;
    /// Of And and Or: the jump that skips the right side.
    std::size_t jump_index = 0;
  };

  std::size_t position_of(std::string_view token) const {
    return static_cast<std::size_t>(token.data() - text_.data());
  }
  const Value* constant_of(const Operand& operand) const;
  void emit(Operation operation, std::size_t argument = 0);
  void push(std::string_view token, Operand operand);
  void push_constant(std::string_view token, Value value);
  /// Replaces the top operands by the condition, or what else it is, that they make.
  void reduce(std::size_t operands, Kind made = Kind::Condition);
  Value stored_text(std::string_view token);
  void make_condition(Operand& operand);
  void check_order(const Operand& operand) const;
  void check_integer(const Operand& operand) const;
  void check_equality(const Operand& left, const Operand& right) const;
  void check_property(const char* what) const;

  const std::string_view text_;
  const Dialect& dialect_;
  Program& program_;
  std::size_t nesting_ = 0;
  /// What would be on the stack when the program has run this far.
  std::vector<Operand> operands_;
  std::vector<PendingOperator> operators_;
  std::vector<std::string_view> list_;
};

}  // namespace rocketmq::sql
