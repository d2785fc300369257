#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/json_reader.hpp"
#include "rocketmq/common/message_queue.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/subscription_data.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"

// What the decoders and encoders of JSON bodies share.

namespace rocketmq::remoting {

struct ConsumeStats;
bool read_json(JsonReader& in, ConsumeStats& stats);

}  // namespace rocketmq::remoting

namespace rocketmq::remoting::detail {

/// The texts of an array, in place of what was there; nulls are left out.
bool read_texts(JsonReader& in, std::vector<std::string>& texts);

/// {"brokerName":…,"queueId":…,"topic":…}
nlohmann::json queue_to_json(const MessageQueueId& queue);
bool read_json(JsonReader& in, MessageQueueId& queue);
/// What a member is called by clients of every language; hash codes that are missing are computed
/// from the tags.
bool read_json(JsonReader& in, SubscriptionData& subscription);
/// Enums by name or ordinal.
bool read_json(JsonReader& in, ConsumeType& type);
bool read_json(JsonReader& in, MessageModel& model);
bool read_json(JsonReader& in, ConsumeFromWhere& where);
nlohmann::json subscription_to_json(const SubscriptionData& subscription);

}  // namespace rocketmq::remoting::detail
