#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rocketmq/common/message_record.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// A half message is the first phase of a transaction: it lies in RMQ_SYS_TRANS_HALF_TOPIC, where
/// no consumer looks, and REAL_TOPIC and REAL_QID say where it belongs (spec/broker.md §13.1).

/// The only queue of the half topic and of the op topic.
inline constexpr std::int32_t half_queue_id = 0;

/// Makes the half topic and the op topic unless they exist. Error: the topic table is full.
Result<void> find_or_create_half_topics(TopicConfigManager& topics);

/// Property text of a message that becomes a half message. DELAY goes: a transactional message is
/// not delayed. So does what the broker notes about half messages, which a message that was
/// consumed and is sent again still has.
std::string half_properties(std::string_view properties, std::string_view real_topic,
                            std::int32_t real_queue_id);

/// Where a half message goes when it is committed; the topic points into the record.
struct RealPlace {
  std::string_view topic;
  std::int32_t queue_id = 0;
};
/// Nothing when the record names no place into which a message may be put.
std::optional<RealPlace> real_place_of(const MessageRecord& half);

/// Where in the half queue the transaction's message was first; it moves to the end of the queue
/// whenever its producer is asked.
std::int64_t first_offset_of(const MessageRecord& half);
/// The position of that first message in the log; -1 when it is not known any more.
std::int64_t first_position_of(const store::MessageReader& store, const MessageRecord& half);

/// `properties` with one property set, whatever value it had before.
std::string with_property(std::string_view properties, std::string_view name,
                          std::string_view value);

/// The number that a property of `properties` holds; nothing when it is absent or is no number.
std::optional<std::int64_t> number_property(std::string_view properties, std::string_view name);

}  // namespace rocketmq::broker
