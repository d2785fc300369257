#pragma once

#include <string_view>

#include "rocketmq/common/result.hpp"
#include "rocketmq/filter/sql_program.hpp"

namespace rocketmq::sql {

/// Reads a filter expression (docs: spec/broker.md §10.1–10.3) into `program`, which is empty and
/// of no use after an error. Error: SubscriptionParseFailed; the remark names the column, what was
/// expected there and what was found. Bounded by the limits of the dialect, the program and the
/// builder, whatever the text. Any thread.
Result<void> parse(std::string_view text, const Dialect& dialect, Program& program);

}  // namespace rocketmq::sql
