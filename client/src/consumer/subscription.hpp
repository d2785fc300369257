#pragma once

#include <cstdint>
#include <string>

#include "rocketmq/MessageSelector.h"
#include "rocketmq/client/failure.hpp"
#include "rocketmq/common/subscription_data.hpp"

namespace rocketmq::client {

/// A topic as it is subscribed. Failures: an illegal topic, tags that are none, an empty condition.
/// Whether an SQL condition can be read is the broker's to say.
Outcome<SubscriptionData> make_subscription(const std::string& topic,
                                            const MessageSelector& selector, std::int64_t version);

/// A topic whose messages are filtered by a class on filter servers. Failures: an illegal topic, a
/// class without a name.
Outcome<SubscriptionData> make_class_subscription(const std::string& topic,
                                                  const std::string& class_name,
                                                  std::int64_t version);

/// Its JSON text, as heartbeats and reports have it.
std::string encode_subscription(const SubscriptionData& data);

/// The body of CHECK_CLIENT_CONFIG.
std::string encode_client_config(const std::string& client_id, const std::string& group,
                                 const SubscriptionData& data);

}  // namespace rocketmq::client
