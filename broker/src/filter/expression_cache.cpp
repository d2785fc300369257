#include "filter/expression_cache.hpp"

#include <utility>

namespace rocketmq::broker {

ExpressionCache::Compiled ExpressionCache::compile(std::string_view type, std::string_view text) {
  // What is refused at a glance is not worth remembering, and might be large.
  if (type != sql92_expression_type || text.size() > CompiledExpression::text_bytes_max) {
    return CompiledExpression::compile(type, text);
  }
  {
    const std::lock_guard lock(mutex_);
    if (const Compiled* known = find(text)) return *known;
  }
  // Outside the lock: no thread waits for the expression of another.
  auto compiled = CompiledExpression::compile(type, text);
  const std::lock_guard lock(mutex_);
  make_room(text.size());
  young_.insert_or_assign(std::string(text), compiled);
  return compiled;
}

std::size_t ExpressionCache::size() const {
  const std::lock_guard lock(mutex_);
  return young_.size() + old_.size();
}

const ExpressionCache::Compiled* ExpressionCache::find(std::string_view text) {
  if (const auto found = young_.find(text); found != young_.end()) return &found->second;
  const auto found = old_.find(text);
  if (found == old_.end()) return nullptr;
  auto node = old_.extract(found);
  make_room(text.size());
  return &young_.insert(std::move(node)).position->second;
}

void ExpressionCache::make_room(std::size_t text_bytes) {
  if (young_.size() >= limits_.texts_max ||
      young_text_bytes_ + text_bytes > limits_.text_bytes_max) {
    old_ = std::exchange(young_, {});
    young_text_bytes_ = 0;
  }
  young_text_bytes_ += text_bytes;
}

}  // namespace rocketmq::broker
