#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "rocketmq/protocol/admin_answers.hpp"

namespace rocketmq::mqadmin {

/// What a consumer says of itself, in the sections that people know (spec/admin.md §5).
std::string running_info_text(const remoting::ConsumerRunningInfo& info);
/// The same as JSON text.
std::string running_info_json(const remoting::ConsumerRunningInfo& info);

/// By client id.
using Members = std::map<std::string, remoting::ConsumerRunningInfo>;
/// Whether all subscribe to the same.
bool have_same_subscriptions(const Members& members);
/// Whether no queue is read by two of them.
bool is_balanced(const Members& members);
/// Queues that a member has not been able to lock or to consume for a while, a line each.
std::vector<std::string> stuck_queues(const Members& members, std::int64_t now_ms);

}  // namespace rocketmq::mqadmin
