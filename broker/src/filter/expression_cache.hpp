#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>

#include "rocketmq/common/result.hpp"
#include "rocketmq/common/text_hash.hpp"
#include "rocketmq/filter/compiled_expression.hpp"

namespace rocketmq::broker {

/// Compiled expressions by their text, failures as well: a pull that carries its own expression
/// does so each time. Runs on: any thread (mutex_). Bounded: two generations of a limited number of
/// texts and bytes; when the young one is full it becomes the old one, and what has not been asked
/// for since the last time is forgotten.
class ExpressionCache {
 public:
  /// Of one generation. A compiled expression is several times as large as its text.
  struct Limits {
    std::size_t texts_max = 1'024;
    std::size_t text_bytes_max = 1'024 * 1'024;
  };

  ExpressionCache() : ExpressionCache(Limits()) {}
  explicit ExpressionCache(Limits limits) : limits_(limits) {}

  using Compiled = Result<std::shared_ptr<const CompiledExpression>>;
  /// As CompiledExpression::compile.
  Compiled compile(std::string_view type, std::string_view text);

  /// Texts that are remembered.
  std::size_t size() const;

 private:
  const Compiled* find(std::string_view text);
  void make_room(std::size_t text_bytes);

  const Limits limits_;
  mutable std::mutex mutex_;
  TextMap<Compiled> young_;           // guarded by mutex_
  TextMap<Compiled> old_;             // guarded by mutex_
  std::size_t young_text_bytes_ = 0;  // guarded by mutex_
};

}  // namespace rocketmq::broker
