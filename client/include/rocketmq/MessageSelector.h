#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <string>
#include <utility>

namespace rocketmq {

/// Chooses messages of a subscribed topic. A value.
class MessageSelector {
 public:
  /// Tags joined by "||", as in "TagA || TagB"; "*" or empty for everything.
  static MessageSelector byTag(std::string tags) { return {"TAG", std::move(tags)}; }
  /// A condition on the messages' user properties, as in "a > 5 AND region IN ('x', 'y')". Brokers
  /// evaluate it if they are configured to (enablePropertyFilter); start() fails otherwise.
  static MessageSelector bySql(std::string condition) { return {"SQL92", std::move(condition)}; }

  /// "TAG" or "SQL92".
  const std::string& getExpressionType() const { return type_; }
  const std::string& getExpression() const { return expression_; }

  friend bool operator==(const MessageSelector&, const MessageSelector&) = default;

 private:
  MessageSelector(std::string type, std::string expression)
      : type_(std::move(type)), expression_(std::move(expression)) {}

  std::string type_;
  std::string expression_;
};

}  // namespace rocketmq
