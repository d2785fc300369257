#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "rocketmq/common/names.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/unique_function.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/daemon/saved_table.hpp"
#include "rocketmq/remoting/reply.hpp"
#include "topics/topic_config_manager.hpp"

/// What the administrators' processors check alike.
namespace rocketmq::broker {

inline Result<void> check_group(std::string_view group) { return check_group_name(group); }

/// Error: the name is malformed, or TopicNotExist.
inline Result<TopicShape> find_topic(const TopicConfigManager& topics, std::string_view topic) {
  if (auto checked = check_name("topic", topic); !checked) return checked.error();
  const auto shape = topics.shape_of(topic);
  if (shape) return *shape;
  return Error{ResponseCode::TopicNotExist,
               "topic[" + std::string(topic) + "] not exist on this broker"};
}

/// Replies once what has changed in `table` is saved, or cannot be. Nothing waits for the disk.
inline void reply_when_saved(SavedTable& table, remoting::Reply reply) {
  table.when_saved([reply = std::move(reply)](const Result<void>& saved) mutable {
    if (!saved) return reply(saved.error());
    reply();
  });
}

/// Has work that takes long done by `pool`; where there is none, or it is full, here.
inline void run_on(WorkerPool* pool, UniqueFunction<void()> work) {
  if (pool == nullptr) return work();
  const auto shared = std::make_shared<UniqueFunction<void()>>(std::move(work));
  if (!pool->post(WorkerPool::owners_lane, [shared](WorkerPool::Fate) { (*shared)(); }))
    (*shared)();
}

/// Sends a response whose size depends on how much there is; refuses what no frame could hold.
inline void answer(remoting::Reply& reply, std::string body) {
  constexpr std::size_t body_bytes_max = remoting::frame_bytes_max - 64 * 1'024;
  if (body.size() <= body_bytes_max) return reply.body(std::move(body));
  reply(ResponseCode::SystemError, "the answer would have " + std::to_string(body.size()) +
                                       " bytes, more than a frame may hold; ask for less");
}

}  // namespace rocketmq::broker
