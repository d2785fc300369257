#include "sql_program_builder.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace rocketmq::sql {
namespace {

bool is_comparison_by_order(Operation operation) {
  return operation == Operation::Less || operation == Operation::LessOrEqual ||
         operation == Operation::Greater || operation == Operation::GreaterOrEqual;
}

bool is_arithmetic(Operation operation) {
  return operation >= Operation::Add && operation <= Operation::Remainder;
}

const char* name_of(const Value& constant) {
  switch (constant.type()) {
    case ValueType::Null: return "NULL";
    case ValueType::Boolean: return "TRUE or FALSE";
    case ValueType::String: return "text in quotes";
    default: return "a number";
  }
}

}  // namespace

void ProgramBuilder::enter(std::string_view token) {
  if (++nesting_ > nesting_max) {
    throw ExpressionError{position_of(token),
                          "nested more than " + std::to_string(nesting_max) + " levels deep"};
  }
}

const Value* ProgramBuilder::constant_of(const Operand& operand) const {
  return operand.kind == Kind::Constant ? &program_.constants[*operand.constant_index] : nullptr;
}

void ProgramBuilder::emit(Operation operation, std::size_t argument) {
  if (program_.instructions.size() == dialect_.instructions_max) {
    throw ExpressionError{
        operands_.empty() ? 0 : operands_.back().position,
        "more than " + std::to_string(dialect_.instructions_max) + " operands and operators"};
  }
  program_.instructions.push_back({operation, static_cast<std::uint32_t>(argument)});
}

void ProgramBuilder::push(std::string_view token, Operand operand) {
  if (operands_.size() == stack_max) {
    throw ExpressionError{position_of(token), "too many operands before their operators"};
  }
  operands_.push_back(operand);
}

void ProgramBuilder::push_constant(std::string_view token, Value value) {
  const std::size_t index = program_.constants.size();
  push(token, {Kind::Constant, position_of(token), index});
  program_.constants.push_back(value);
  emit(Operation::PushConstant, index);
}

void ProgramBuilder::reduce(std::size_t operands, Kind made) {
  const std::size_t first = operands_.size() - operands;
  operands_[first] = {made, operands_[first].position};
  operands_.resize(first + 1);
}

void ProgramBuilder::push_integer(std::string_view token) {
  std::string_view digits = token;
  if (digits.back() == 'l' || digits.back() == 'L') digits.remove_suffix(1);
  const auto value = parse_long(digits);
  if (!value) {
    throw ExpressionError{position_of(token),
                          "the integer " + std::string(digits) + " does not fit 64 bits"};
  }
  const bool is_int = *value <= std::numeric_limits<std::int32_t>::max();
  push_constant(token,
                is_int ? Value::of_int(static_cast<std::int32_t>(*value)) : Value::of_long(*value));
}

void ProgramBuilder::push_float(std::string_view token) {
  const auto value = parse_double(token);
  // Zero written as a float is refused by published brokers too; 0 or a tiny number serve instead.
  if (!value || !std::isfinite(*value) || *value == 0) {
    throw ExpressionError{position_of(token), "the float " + std::string(token) +
                                                  " is outside 4.9E-324 to 1.7976931348623157E308"};
  }
  push_constant(token, Value::of_double(*value));
}

Value ProgramBuilder::stored_text(std::string_view token) {
  const std::string_view quoted = token.substr(1, token.size() - 2);
  std::string text;
  text.reserve(quoted.size());
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    text += quoted[i];
    if (quoted[i] == '\'') ++i;  // two quotes stand for one
  }
  return Value::of_text(program_.texts.emplace_back(std::move(text)));
}

void ProgramBuilder::push_text(std::string_view token) { push_constant(token, stored_text(token)); }

void ProgramBuilder::push_boolean(std::string_view token, bool value) {
  push_constant(token, Value::of_boolean(value));
}

void ProgramBuilder::push_null(std::string_view token) { push_constant(token, Value::null()); }

void ProgramBuilder::push_property(std::string_view token) {
  auto& names = program_.property_names;
  const auto found = std::find(names.begin(), names.end(), token);
  const auto index = static_cast<std::size_t>(found - names.begin());
  if (found == names.end()) {
    if (names.size() == properties_max) {
      throw ExpressionError{position_of(token), "more than " + std::to_string(properties_max) +
                                                    " different properties"};
    }
    names.emplace_back(token);
  }
  push(token, {Kind::Property, position_of(token)});
  emit(Operation::PushProperty, index);
}

void ProgramBuilder::make_condition(Operand& operand) {
  if (operand.kind == Kind::Property) emit(Operation::ToCondition);
  if (const Value* constant = constant_of(operand);
      constant != nullptr && (constant->is_number() || constant->is_text())) {
    throw ExpressionError{operand.position,
                          std::string("expected a condition instead of ") + name_of(*constant)};
  }
  if (operand.kind == Kind::Negative) {
    throw ExpressionError{operand.position, "expected a condition instead of a negative value"};
  }
  if (operand.kind == Kind::Integer) {
    throw ExpressionError{operand.position, "expected a condition instead of a number"};
  }
  operand.kind = Kind::Condition;
}

void ProgramBuilder::check_order(const Operand& operand) const {
  const Value* constant = constant_of(operand);
  if (operand.kind == Kind::Property || operand.kind == Kind::Negative ||
      operand.kind == Kind::Integer || (constant != nullptr && constant->is_number())) {
    return;
  }
  throw ExpressionError{operand.position,
                        std::string("only numbers and properties have an order, ") +
                            (constant ? name_of(*constant) : "a condition") + " has none"};
}

void ProgramBuilder::check_integer(const Operand& operand) const {
  const char* found = nullptr;
  if (operand.kind == Kind::Condition) found = "a condition";
  if (operand.constant_index) {
    const Value& constant = program_.constants[*operand.constant_index];
    if (constant.type() == ValueType::Double) {
      found = "a float";
    } else if (!constant.is_number() && !constant.is_null()) {
      found = name_of(constant);
    }
  }
  if (found != nullptr) {
    throw ExpressionError{operand.position,
                          std::string("expected an integer or a property instead of ") + found};
  }
}

void ProgramBuilder::check_equality(const Operand& left, const Operand& right) const {
  for (const Operand* operand : {&left, &right}) {
    const Value* constant = constant_of(*operand);
    if (constant != nullptr && constant->is_null()) {
      throw ExpressionError{operand->position, "nothing equals NULL; write IS NULL or IS NOT NULL"};
    }
  }
  // The other way round it is no error, as for published brokers: `1 = TRUE` is false.
  const Value* const left_constant = constant_of(left);
  const Value* const right_constant = constant_of(right);
  if (left_constant != nullptr && left_constant->type() == ValueType::Boolean &&
      right_constant != nullptr && right_constant->type() != ValueType::Boolean) {
    throw ExpressionError{
        right.position, std::string("TRUE or FALSE is compared with ") + name_of(*right_constant)};
  }
}

void ProgramBuilder::begin_binary(Operation operation) {
  PendingOperator pending{operation};
  if (operation == Operation::And || operation == Operation::Or) {
    make_condition(operands_.back());
    pending.jump_index = program_.instructions.size();
    emit(operation == Operation::And ? Operation::JumpIfFalse : Operation::JumpIfTrue);
  } else if (is_comparison_by_order(operation)) {
    check_order(operands_.back());
  } else if (is_arithmetic(operation)) {
    check_integer(operands_.back());
  }
  operators_.push_back(pending);
}

void ProgramBuilder::end_binary() {
  const PendingOperator pending = operators_.back();
  operators_.pop_back();
  Operand& right = operands_.back();
  if (pending.operation == Operation::And || pending.operation == Operation::Or) {
    make_condition(right);
    emit(pending.operation);
    program_.instructions[pending.jump_index].argument =
        static_cast<std::uint32_t>(program_.instructions.size());
  } else if (is_arithmetic(pending.operation)) {
    check_integer(right);
    emit(pending.operation);
    return reduce(2, Kind::Integer);
  } else {
    if (is_comparison_by_order(pending.operation)) {
      check_order(right);
    } else {
      check_equality(operands_[operands_.size() - 2], right);
    }
    emit(pending.operation);
  }
  reduce(2);
}

void ProgramBuilder::apply_not() {
  make_condition(operands_.back());
  emit(Operation::Not);
}

void ProgramBuilder::apply_minus() {
  Operand& operand = operands_.back();
  if (dialect_.arithmetic && (operand.kind == Kind::Property || operand.kind == Kind::Integer)) {
    emit(Operation::Negate);
    return reduce(1, Kind::Integer);
  }
  Value* const number =
      operand.constant_index && program_.constants[*operand.constant_index].is_number()
          ? &program_.constants[*operand.constant_index]
          : nullptr;
  if (number == nullptr) {
    emit(Operation::ToNull);
  } else if (number->type() == ValueType::Double) {
    *number = Value::of_double(-number->real());
  } else if (number->type() == ValueType::Int) {
    *number = Value::of_int(static_cast<std::int32_t>(-number->integer()));
  } else {
    *number = Value::of_long(-number->integer());
  }
  operand.kind = Kind::Negative;
}

void ProgramBuilder::apply_null_test(bool is_null) {
  emit(is_null ? Operation::IsNull : Operation::IsNotNull);
  reduce(1);
}

void ProgramBuilder::apply_between(bool negative) {
  const Operand& value = operands_[operands_.size() - 3];
  const Operand& low = operands_[operands_.size() - 2];
  const Operand& high = operands_.back();
  for (const Operand* operand : {&value, &low, &high}) check_order(*operand);
  const Value* const low_constant = constant_of(low);
  const Value* const high_constant = constant_of(high);
  if (low_constant != nullptr && high_constant != nullptr &&
      order(*low_constant, *high_constant) == std::strong_ordering::greater) {
    throw ExpressionError{low.position, "the lower bound of BETWEEN is above the upper one"};
  }
  emit(negative ? Operation::NotBetween : Operation::Between);
  reduce(3);
}

void ProgramBuilder::check_property(const char* what) const {
  const Operand& operand = operands_.back();
  if (operand.kind != Kind::Property) {
    throw ExpressionError{operand.position, std::string(what) + " needs a property on its left"};
  }
}

void ProgramBuilder::begin_list() {
  check_property("IN");
  list_.clear();
}

void ProgramBuilder::add_to_list(std::string_view token) {
  if (list_.size() == list_size_max) {
    throw ExpressionError{position_of(token),
                          "more than " + std::to_string(list_size_max) + " values in one IN list"};
  }
  list_.push_back(stored_text(token).text());
}

void ProgramBuilder::end_list(bool negative) {
  std::sort(list_.begin(), list_.end());
  emit(negative ? Operation::NotIn : Operation::In, program_.text_lists.size());
  program_.text_lists.push_back(std::move(list_));
  list_.clear();
  reduce(1);
}

void ProgramBuilder::apply_text_test(std::string_view token, Operation operation) {
  check_property("a text test");
  if (token.size() == 2)
    throw ExpressionError{position_of(token), "expected a text that is not empty"};
  const std::size_t index = program_.constants.size();
  program_.constants.push_back(stored_text(token));
  emit(operation, index);
  reduce(1);
}

void ProgramBuilder::finish() { make_condition(operands_.back()); }

}  // namespace rocketmq::sql
