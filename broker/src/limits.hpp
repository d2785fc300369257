#pragma once

#include <cstddef>
#include <cstdint>

/// What a peer can make the broker remember is bounded here. The numbers are far above what a
/// healthy cluster uses; they stop a broken or hostile client before the machine's memory does.
namespace rocketmq::broker::limits {

/// The most that the keys of this name may allow.
inline constexpr std::int32_t topics_max = 200'000;
inline constexpr std::int32_t queues_per_topic_max = 65'535;
/// Bytes of the whole topic table as JSON, which responses and old name servers take in one frame
/// of 16 MiB: from the first on the broker complains, from the second on no topic is made by
/// itself. What operators make is taken beyond it.
inline constexpr std::size_t topic_table_bytes_warned = 8 * 1'024 * 1'024;
inline constexpr std::size_t topic_table_bytes_max = 14 * 1'024 * 1'024;
/// A registration with more topics than this, as JSON, goes in several parts.
inline constexpr std::size_t registration_part_bytes = 1'024 * 1'024;
/// Topics whose last changes are remembered one by one; those who have missed more get the whole
/// table.
inline constexpr std::size_t topic_changes_max = 65'536;
/// Replies that wait until name servers know a topic; further ones do not wait.
inline constexpr std::size_t replies_waiting_for_registration_max = 20'000;
inline constexpr std::int32_t subscription_groups_max = 200'000;
/// Entries (topic, group, queue) of the consumer offset table.
inline constexpr std::int32_t consumer_offsets_max = 4'000'000;
/// Pulls that wait for a message at one time; beyond it a pull gets its response immediately.
inline constexpr std::size_t held_pulls_max = 100'000;
/// Longest time for which a pull is held, whatever it requests.
inline constexpr std::int64_t hold_ms_max = 120'000;
inline constexpr std::int32_t queue_locks_max = 1'000'000;
/// Memberships (connection, group) of all clients.
inline constexpr std::int32_t memberships_max = 1'000'000;
inline constexpr std::size_t groups_per_heartbeat_max = 10'000;
/// Groups of one kind that one connection may be a member of.
inline constexpr std::size_t groups_per_connection_max = 10'000;
inline constexpr std::size_t subscriptions_per_group_max = 10'000;
/// Queues for which a group's reads are counted.
inline constexpr std::size_t group_queues_max = 400'000;
/// Statistics that are kept for administrators.
inline constexpr std::size_t stat_items_max = 200'000;
/// Of single queues there are many: they leave room for the statistics of topics and groups.
inline constexpr std::size_t queue_stat_items_max = 100'000;
/// Lines of statistics in the log, each minute.
inline constexpr std::size_t stat_lines_max = 2'000;
/// Queues that one response about offsets may hold; it must fit into a frame.
inline constexpr std::size_t queues_per_answer_max = 50'000;
inline constexpr std::size_t client_id_bytes_max = 255;
inline constexpr std::size_t expression_bytes_max = 64 * 1'024;

}  // namespace rocketmq::broker::limits
