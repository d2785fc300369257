#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/message_queue.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/subscription_data.hpp"

/// What the decoders of JSON bodies share. A body that is no JSON object is an error; a member of
/// another type than expected reads as absent, as Java's readers do.
namespace rocketmq::remoting::detail {

/// Parses a body that has to be a JSON object; `what` begins the remark of the error.
Result<nlohmann::json> parse_body_object(std::string_view what, std::string_view body);

/// The member, or null when it is absent or no array (object).
const nlohmann::json* array_member(const nlohmann::json& object, const char* member);
const nlohmann::json* object_member(const nlohmann::json& object, const char* member);

/// The texts of an array; other types in it are left out.
std::vector<std::string> texts_of(const nlohmann::json& array);
/// texts_of a member; empty when it is absent.
std::vector<std::string> text_list(const nlohmann::json& object, const char* member);

/// {"brokerName":…,"queueId":…,"topic":…}
nlohmann::json queue_to_json(const MessageQueueId& queue);
MessageQueueId queue_from_json(const nlohmann::json& object);
nlohmann::json subscription_to_json(const SubscriptionData& subscription);

}  // namespace rocketmq::remoting::detail
