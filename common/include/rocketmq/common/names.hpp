#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// Names of topics and groups that the system itself uses.
namespace names {
inline constexpr std::string_view auto_create_topic = "TBW102";
inline constexpr std::string_view schedule_topic = "SCHEDULE_TOPIC_XXXX";
inline constexpr std::string_view self_test_topic = "SELF_TEST_TOPIC";
inline constexpr std::string_view benchmark_topic = "BenchmarkTest";
inline constexpr std::string_view offset_moved_topic = "OFFSET_MOVED_EVENT";
inline constexpr std::string_view half_topic = "RMQ_SYS_TRANS_HALF_TOPIC";
inline constexpr std::string_view op_half_topic = "RMQ_SYS_TRANS_OP_HALF_TOPIC";
inline constexpr std::string_view trans_check_max_time_topic = "TRANS_CHECK_MAX_TIME_TOPIC";
inline constexpr std::string_view trace_topic = "RMQ_SYS_TRACE_TOPIC";
inline constexpr std::string_view reply_topic_suffix = "REPLY_TOPIC";
inline constexpr std::string_view system_topic_prefix = "rmq_sys_";
inline constexpr std::string_view retry_prefix = "%RETRY%";
inline constexpr std::string_view dlq_prefix = "%DLQ%";
inline constexpr std::string_view transaction_group = "CID_RMQ_SYS_TRANS";
inline constexpr std::string_view system_group_prefix = "CID_RMQ_SYS_";
inline constexpr std::string_view client_inner_producer_group = "CLIENT_INNER_PRODUCER";
inline constexpr std::string_view default_producer_group = "DEFAULT_PRODUCER";
inline constexpr std::string_view default_consumer_group = "DEFAULT_CONSUMER";
inline constexpr std::string_view order_topic_config_namespace = "ORDER_TOPIC_CONFIG";
}  // namespace names

/// Longest topic name that a broker takes, in bytes.
inline constexpr std::size_t name_bytes_max = 127;
/// Longest group name. The retry and dead letter topics of a group beyond 120 bytes have no valid
/// name: it consumes, but has no retries.
inline constexpr std::size_t group_name_bytes_max = 255;

/// True when `name` is 1…127 bytes of letters, digits, `%`, `|`, `_`, `-`. A name that passes can
/// be a path segment.
bool is_valid_name(std::string_view name);

/// Refuses a name that is_valid_name does not take, and says why. `what` is "topic" or what else
/// has such a name and begins the remark.
Result<void> check_name(std::string_view what, std::string_view name);
/// The same for a group, whose name may have group_name_bytes_max bytes.
Result<void> check_group_name(std::string_view name);

bool is_retry_topic(std::string_view topic);
bool is_dlq_topic(std::string_view topic);
std::string retry_topic_of(std::string_view group);
std::string dlq_topic_of(std::string_view group);

/// The system topics whose names are the same on every broker.
std::span<const std::string_view> fixed_system_topics();
/// True for the fixed system topics and for every name that begins with `rmq_sys_`.
bool is_system_topic(std::string_view topic);
/// True for the system topics into which no client may send (spec/broker.md §3.2).
bool is_forbidden_to_send(std::string_view topic);

}  // namespace rocketmq
