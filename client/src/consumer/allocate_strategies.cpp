#include <algorithm>
#include <cstddef>
#include <map>

#include "rocketmq/AllocateMessageQueueStrategy.h"
#include "rocketmq/MQException.h"

namespace rocketmq {
namespace {

/// Position of `id`; the size of the list when it is not in it.
std::size_t index_of(const std::vector<std::string>& ids, const std::string& id) {
  return static_cast<std::size_t>(std::find(ids.begin(), ids.end(), id) - ids.begin());
}

}  // namespace

std::vector<MessageQueue> AllocateMessageQueueAveragely::allocate(
    const std::string&, const std::string& currentClientId, const std::vector<MessageQueue>& queues,
    const std::vector<std::string>& clientIds) const {
  const std::size_t index = index_of(clientIds, currentClientId);
  if (index == clientIds.size()) return {};
  const std::size_t share = queues.size() / clientIds.size();
  const std::size_t rest =
      queues.size() % clientIds.size();  // the first `rest` members get one more
  const std::size_t begin = index * share + std::min(index, rest);
  const std::size_t count = share + (index < rest ? 1 : 0);
  const auto first = queues.begin() + static_cast<std::ptrdiff_t>(begin);
  return {first, first + static_cast<std::ptrdiff_t>(count)};
}

std::vector<MessageQueue> AllocateMessageQueueAveragelyByCircle::allocate(
    const std::string&, const std::string& currentClientId, const std::vector<MessageQueue>& queues,
    const std::vector<std::string>& clientIds) const {
  std::vector<MessageQueue> mine;
  const std::size_t index = index_of(clientIds, currentClientId);
  if (index == clientIds.size()) return mine;
  for (std::size_t i = index; i < queues.size(); i += clientIds.size()) mine.push_back(queues[i]);
  return mine;
}

std::vector<MessageQueue> AllocateMessageQueueByConfig::allocate(
    const std::string&, const std::string&, const std::vector<MessageQueue>&,
    const std::vector<std::string>&) const {
  return queues_;
}

std::vector<MessageQueue> AllocateMessageQueueByMachineRoom::allocate(
    const std::string&, const std::string& currentClientId, const std::vector<MessageQueue>& queues,
    const std::vector<std::string>& clientIds) const {
  const std::size_t index = index_of(clientIds, currentClientId);
  if (index == clientIds.size()) return {};
  std::vector<MessageQueue> of_rooms;
  for (const MessageQueue& queue : queues) {
    const std::string& broker = queue.getBrokerName();
    const auto at = broker.find('@');
    const bool has_room = at != std::string::npos && at + 1 < broker.size() &&
                          broker.find('@', at + 1) == std::string::npos;
    if (has_room && rooms_.contains(broker.substr(0, at))) of_rooms.push_back(queue);
  }
  const std::size_t share = of_rooms.size() / clientIds.size();
  const std::size_t rest = of_rooms.size() % clientIds.size();
  const auto first = of_rooms.begin() + static_cast<std::ptrdiff_t>(index * share);
  std::vector<MessageQueue> mine(first, first + static_cast<std::ptrdiff_t>(share));
  if (index < rest) mine.push_back(of_rooms[index + share * clientIds.size()]);
  return mine;
}

AllocateMachineRoomNearby::AllocateMachineRoomNearby(
    std::shared_ptr<const AllocateMessageQueueStrategy> inner,
    std::shared_ptr<const MachineRoomResolver> resolver)
    : inner_(std::move(inner)), resolver_(std::move(resolver)) {
  if (inner_ == nullptr) throw MQClientException("the inner allocation strategy is null");
  if (resolver_ == nullptr) throw MQClientException("the machine room resolver is null");
}

std::vector<MessageQueue> AllocateMachineRoomNearby::allocate(
    const std::string& consumerGroup, const std::string& currentClientId,
    const std::vector<MessageQueue>& queues, const std::vector<std::string>& clientIds) const {
  if (index_of(clientIds, currentClientId) == clientIds.size()) return {};
  std::map<std::string, std::vector<MessageQueue>> queues_of;
  for (const MessageQueue& queue : queues)
    queues_of[resolver_->brokerDeployIn(queue)].push_back(queue);
  std::map<std::string, std::vector<std::string>> members_of;
  for (const std::string& id : clientIds) members_of[resolver_->consumerDeployIn(id)].push_back(id);

  const std::string own_room = resolver_->consumerDeployIn(currentClientId);
  std::vector<MessageQueue> mine;
  for (const auto& [room, of_room] : queues_of) {
    const bool has_members = members_of.contains(room);
    if (has_members && room != own_room) continue;
    const auto& sharers = has_members ? members_of.at(room) : clientIds;
    const auto share = inner_->allocate(consumerGroup, currentClientId, of_room, sharers);
    mine.insert(mine.end(), share.begin(), share.end());
  }
  return mine;
}

}  // namespace rocketmq
