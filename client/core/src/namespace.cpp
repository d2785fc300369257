#include "rocketmq/client/namespace.hpp"

#include <string_view>

#include "rocketmq/common/names.hpp"

namespace rocketmq::client {
namespace {

/// "%RETRY%" or "%DLQ%" when the name begins so, else empty.
std::string_view special_prefix(std::string_view name) {
  if (is_retry_topic(name)) return names::retry_prefix;
  if (is_dlq_topic(name)) return names::dlq_prefix;
  return {};
}

bool belongs_to_system(std::string_view name) {
  return is_system_topic(name) || name.starts_with(names::system_group_prefix);
}

}  // namespace

std::string Namespace::wrap(std::string name) const {
  if (empty() || name.empty() || belongs_to_system(name)) return name;
  const std::string_view prefix = special_prefix(name);
  const std::string_view plain = std::string_view(name).substr(prefix.size());
  const std::string own = name_ + "%";
  if (plain.starts_with(own)) return name;
  return std::string(prefix) + own + std::string(plain);
}

std::string Namespace::strip(std::string name) const {
  if (empty()) return name;
  const std::string_view prefix = special_prefix(name);
  const std::string_view plain = std::string_view(name).substr(prefix.size());
  const std::string own = name_ + "%";
  if (!plain.starts_with(own)) return name;
  return std::string(prefix) + std::string(plain.substr(own.size()));
}

MessageQueue Namespace::wrap(MessageQueue queue) const {
  if (!empty()) queue.setTopic(wrap(queue.getTopic()));
  return queue;
}

MessageQueue Namespace::strip(MessageQueue queue) const {
  if (!empty()) queue.setTopic(strip(queue.getTopic()));
  return queue;
}

std::vector<MessageQueue> Namespace::strip(std::vector<MessageQueue> queues) const {
  for (MessageQueue& queue : queues) queue = strip(std::move(queue));
  return queues;
}

}  // namespace rocketmq::client
