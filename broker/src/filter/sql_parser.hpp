#pragma once

#include <string_view>

#include "filter/sql_program.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::broker::sql {

/// Reads a filter expression (docs: spec/broker.md §10.1–10.3) into `program`, which is empty and
/// of no use after an error. Error: SubscriptionParseFailed; the remark names the column, what was
/// expected there and what was found. Bounded by the program's and the builder's limits, whatever
/// the text. Any thread.
Result<void> parse(std::string_view text, Program& program);

}  // namespace rocketmq::broker::sql
