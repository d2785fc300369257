#include "rocketmq/filter/sql_program.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "rocketmq/common/message_properties.hpp"

namespace rocketmq::sql {
namespace {

/// Finds the wanted properties in one pass over the text. `values` has an entry for each name; that
/// of an absent property stays Null. Of duplicates the last one counts.
void read_properties(std::string_view text, std::span<const std::string> names, Value* values) {
  if (names.empty()) return;
  std::fill_n(values, names.size(), Value::null());
  while (!text.empty()) {
    const PropertyPiece piece = next_property(text);
    if (piece.name.empty()) continue;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == piece.name) values[i] = Value::of_text(piece.value);
    }
  }
}

/// The result of a comparison, or nothing when an operand cannot be converted.
using Answer = std::optional<Value>;

template <class Test>
Answer test_order(const Value& left, const Value& right, Test test) {
  if (left.is_null() || right.is_null()) return Value::null();
  const auto ordered = order(left, right);
  if (!ordered) return std::nullopt;
  return Value::of_boolean(test(*ordered));
}

Answer at_least(const Value& left, const Value& right) {
  return test_order(left, right, [](std::strong_ordering o) { return o >= 0; });
}
Answer at_most(const Value& left, const Value& right) {
  return test_order(left, right, [](std::strong_ordering o) { return o <= 0; });
}

Value negate(const Value& condition) {
  return condition.is_null() ? condition : Value::of_boolean(!condition.boolean());
}

Answer negate(const Answer& condition) {
  return condition ? Answer(negate(*condition)) : std::nullopt;
}

Value conjunction(const Value& left, const Value& right) {
  if (left.is_false() || right.is_false()) return Value::of_boolean(false);
  return left.is_null() || right.is_null() ? Value::null() : Value::of_boolean(true);
}

Value disjunction(const Value& left, const Value& right) {
  if (left.is_true() || right.is_true()) return Value::of_boolean(true);
  return left.is_null() || right.is_null() ? Value::null() : Value::of_boolean(false);
}

/// Null is unknown on the left only: on the right it is equal to Null and to nothing else.
Answer test_equal(const Value& left, const Value& right) {
  if (right.is_null()) return Value::of_boolean(left.is_null());
  if (left.is_null()) return Value::null();
  const auto same = equal(left, right);
  if (!same) return std::nullopt;
  return Value::of_boolean(*same);
}

/// Two comparisons joined by AND: the second is not made when the first decides.
Answer is_between(const Value& value, const Value& low, const Value& high) {
  const Answer lower = at_least(value, low);
  if (!lower || lower->is_false()) return lower;
  const Answer upper = at_most(value, high);
  return upper ? Answer(conjunction(*lower, *upper)) : std::nullopt;
}

/// The operations of two operands, except AND and OR.
Answer compare(Operation operation, const Value& left, const Value& right) {
  switch (operation) {
    case Operation::Equal: return test_equal(left, right);
    case Operation::NotEqual: return negate(test_equal(left, right));
    case Operation::Less:
      return test_order(left, right, [](std::strong_ordering o) { return o < 0; });
    case Operation::LessOrEqual: return at_most(left, right);
    case Operation::Greater:
      return test_order(left, right, [](std::strong_ordering o) { return o > 0; });
    case Operation::GreaterOrEqual: return at_least(left, right);
    default: return std::nullopt;
  }
}

std::optional<std::int64_t> integer_of(const Value& value) {
  if (value.is_text()) return parse_long(value.text());
  if (value.type() == ValueType::Int || value.type() == ValueType::Long) return value.integer();
  return std::nullopt;
}

/// Nothing when the result does not fit, or there is none.
std::optional<std::int64_t> calculate(Operation operation, std::int64_t left, std::int64_t right) {
  std::int64_t result = 0;
  switch (operation) {
    case Operation::Add:
      if (__builtin_add_overflow(left, right, &result)) return std::nullopt;
      return result;
    case Operation::Subtract:
      if (__builtin_sub_overflow(left, right, &result)) return std::nullopt;
      return result;
    case Operation::Multiply:
      if (__builtin_mul_overflow(left, right, &result)) return std::nullopt;
      return result;
    case Operation::Divide:
      if (right == 0) return std::nullopt;
      // The one quotient that does not fit, for which the processor traps.
      if (right == -1) return calculate(Operation::Subtract, 0, left);
      return left / right;
    case Operation::Remainder:
      if (right == 0) return std::nullopt;
      return right == -1 ? 0 : left % right;  // the same trap
    default: return std::nullopt;
  }
}

Value calculate(Operation operation, const Value& left, const Value& right) {
  const auto left_integer = integer_of(left);
  const auto right_integer = integer_of(right);
  if (!left_integer || !right_integer) return Value::null();
  const auto result = calculate(operation, *left_integer, *right_integer);
  return result ? Value::of_long(*result) : Value::null();
}

/// The tests of a property's text against text: the part that says yes.
bool matches_text(Operation operation, std::string_view text, std::string_view wanted) {
  switch (operation) {
    case Operation::Contains:
    case Operation::NotContains: return text.find(wanted) != std::string_view::npos;
    case Operation::StartsWith:
    case Operation::NotStartsWith: return text.starts_with(wanted);
    default: return text.ends_with(wanted);
  }
}

bool is_negative(Operation operation) {
  return operation == Operation::NotIn || operation == Operation::NotContains ||
         operation == Operation::NotStartsWith || operation == Operation::NotEndsWith;
}

Verdict verdict_of(const Value& value) {
  if (value.is_null()) return Verdict::Null;
  return value.is_true() ? Verdict::True : Verdict::False;
}

/// One run of a program. The builder has checked that the stack cannot overflow.
class Evaluation {
 public:
  Evaluation(const Program& program, std::string_view properties) noexcept : program_(program) {
    read_properties(properties, program.property_names, properties_.data());
  }

  Verdict run() noexcept {
    const std::span<const Instruction> code(program_.instructions);
    for (std::size_t at = 0; at < code.size(); ++at) {
      const Instruction instruction = code[at];
      switch (instruction.operation) {
        case Operation::JumpIfFalse:
          if (top_[-1].is_false()) at = instruction.argument - 1;
          break;
        case Operation::JumpIfTrue:
          if (top_[-1].is_true()) at = instruction.argument - 1;
          break;
        default:
          if (!step(instruction)) return Verdict::Failed;
      }
    }
    return verdict_of(top_[-1]);
  }

 private:
  /// False when an operand cannot be converted.
  bool step(const Instruction& instruction) {
    switch (instruction.operation) {
      case Operation::PushConstant: *top_++ = program_.constants[instruction.argument]; return true;
      case Operation::PushProperty: *top_++ = properties_[instruction.argument]; return true;
      case Operation::ToCondition:
        if (!top_[-1].is_null()) top_[-1] = Value::of_boolean(false);
        return true;
      case Operation::ToNull: top_[-1] = Value::null(); return true;
      case Operation::Not: top_[-1] = negate(top_[-1]); return true;
      case Operation::And: return replace(2, conjunction(top_[-2], top_[-1]));
      case Operation::Or: return replace(2, disjunction(top_[-2], top_[-1]));
      case Operation::IsNull: return replace(1, Value::of_boolean(top_[-1].is_null()));
      case Operation::IsNotNull: return replace(1, Value::of_boolean(!top_[-1].is_null()));
      case Operation::Between: return replace(3, is_between(top_[-3], top_[-2], top_[-1]));
      case Operation::NotBetween:
        return replace(3, negate(is_between(top_[-3], top_[-2], top_[-1])));
      case Operation::In:
      case Operation::NotIn:
      case Operation::Contains:
      case Operation::NotContains:
      case Operation::StartsWith:
      case Operation::NotStartsWith:
      case Operation::EndsWith:
      case Operation::NotEndsWith: return replace(1, test_text(instruction));
      case Operation::Add:
      case Operation::Subtract:
      case Operation::Multiply:
      case Operation::Divide:
      case Operation::Remainder:
        return replace(2, calculate(instruction.operation, top_[-2], top_[-1]));
      case Operation::Negate:
        return replace(1, calculate(Operation::Subtract, Value::of_int(0), top_[-1]));
      default: return replace(2, compare(instruction.operation, top_[-2], top_[-1]));
    }
  }

  Answer test_text(const Instruction& instruction) const {
    const Value& property = top_[-1];
    if (property.is_null()) return Value::null();
    const auto operation = instruction.operation;
    bool matches = false;
    if (operation == Operation::In || operation == Operation::NotIn) {
      const auto& list = program_.text_lists[instruction.argument];
      matches = std::binary_search(list.begin(), list.end(), property.text());
    } else {
      matches =
          matches_text(operation, property.text(), program_.constants[instruction.argument].text());
    }
    return Value::of_boolean(matches != is_negative(operation));
  }

  bool replace(std::ptrdiff_t operands, const Answer& answer) {
    if (!answer) return false;
    top_ -= operands;
    *top_++ = *answer;
    return true;
  }

  const Program& program_;
  // Filled as far as they are used; to initialise all of them would cost more than most
  // evaluations.
  std::array<Value, properties_max> properties_;
  std::array<Value, stack_max> stack_;
  Value* top_ = stack_.data();
};

}  // namespace

Verdict Program::evaluate(std::string_view properties) const noexcept {
  return Evaluation(*this, properties).run();
}

}  // namespace rocketmq::sql
