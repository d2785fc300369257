#pragma once

#include "rocketmq/filtersrv/filter_engine.hpp"

namespace rocketmq::filtersrv {

/// SQL92 expressions with integer arithmetic (sql::filter_server_dialect), evaluated in process:
/// side-effect free, bounded in text, depth and operators, without loops. An uploaded one begins
/// with the line `#rmq-filter sql92`; an installed one may leave it out.
///
/// A message on which an operand cannot be converted is not wanted, as at the broker: no expression
/// fails on a message.
class ExprEngine final : public FilterEngine {
 public:
  std::string_view name() const override { return "expr"; }
  bool takes(const FilterSource& source) const override;
  bool runs_code() const override { return false; }
  Result<std::unique_ptr<Filter>> compile(const FilterSource& source) override;
};

}  // namespace rocketmq::filtersrv
