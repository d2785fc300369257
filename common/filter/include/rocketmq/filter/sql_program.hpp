#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/filter/sql_value.hpp"

namespace rocketmq::sql {

/// Most different property names that one expression may use.
inline constexpr std::size_t properties_max = 128;
/// Most operands that wait for their operator at one time.
inline constexpr std::size_t stack_max = 256;

/// What an expression may say and how large it may be.
struct Dialect {
  /// + - * / % on 64-bit integers, and the sign of a property.
  bool arithmetic = false;
  std::size_t text_bytes_max = 8 * 1'024;
  /// Operands and operators: what one evaluation costs. As many as the text has room for, unless a
  /// dialect says less.
  std::size_t instructions_max = std::numeric_limits<std::uint32_t>::max();
};

/// The language of subscriptions at the broker (spec/broker.md §10).
inline constexpr Dialect subscription_dialect{};
/// The same with integer arithmetic, of the filter server alone (spec/filtersrv.md §8.2).
inline constexpr Dialect filter_server_dialect{
    .arithmetic = true, .text_bytes_max = 64 * 1'024, .instructions_max = 1'000};

/// What an instruction does. Operands are on the stack, the right one on top; the result replaces
/// them. `argument` is meant where a comment says so.
enum class Operation : std::uint8_t {
  PushConstant,  ///< argument: index in constants
  PushProperty,  ///< argument: index in property_names; pushes Null when the message has none
  ToCondition,   ///< a property where a condition is wanted: Null stays, text is never true
  ToNull,        ///< the negative of anything but a number
  Not,
  And,
  Or,
  JumpIfFalse,  ///< argument: next instruction when the top, which stays, is false
  JumpIfTrue,   ///< the same for true
  IsNull,
  IsNotNull,
  Equal,
  NotEqual,
  Less,
  LessOrEqual,
  Greater,
  GreaterOrEqual,
  Between,  ///< three operands: value, low, high
  NotBetween,
  In,  ///< argument: index in text_lists
  NotIn,
  Contains,  ///< argument: index in constants, a String
  NotContains,
  StartsWith,
  NotStartsWith,
  EndsWith,
  NotEndsWith,
  // Of integers: what is none, an overflow and a division by zero give Null.
  Add,
  Subtract,
  Multiply,
  Divide,     ///< towards zero
  Remainder,  ///< with the sign of the left operand
  Negate,
};

struct Instruction {
  Operation operation;
  std::uint32_t argument = 0;
};

/// What an expression says about a message. Failed: an operand could not be converted, for example
/// the text "abc" to the integer of `a > 3`; it ends the evaluation. Only True delivers.
enum class Verdict : std::uint8_t { True, False, Null, Failed };

/// A filter expression, ready to be evaluated: instructions for a stack machine, so that neither
/// long nor deeply nested expressions recurse. Immutable once built; evaluate() may run on any
/// number of threads. Neither copied nor moved: the constants view into `texts`.
struct Program {
  std::vector<Instruction> instructions;
  std::vector<Value> constants;
  /// At most properties_max.
  std::vector<std::string> property_names;
  /// The strings of each IN list, sorted.
  std::vector<std::vector<std::string_view>> text_lists;
  /// Literals in quotes, without the quotes.
  std::deque<std::string> texts;

  Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// `properties` is the text form of a message's properties. Does not allocate.
  Verdict evaluate(std::string_view properties) const noexcept;
};

}  // namespace rocketmq::sql
