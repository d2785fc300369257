#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "rocketmq/common/subscription_data.hpp"

namespace rocketmq::broker {

/// A subscription by a SQL92 expression.
inline SubscriptionData sql_subscription(std::string topic, std::string expression,
                                         std::int64_t version = 7) {
  SubscriptionData subscription;
  subscription.topic = std::move(topic);
  subscription.sub_string = std::move(expression);
  subscription.sub_version = version;
  subscription.expression_type = "SQL92";
  return subscription;
}

}  // namespace rocketmq::broker
