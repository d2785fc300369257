#include <algorithm>
#include <cstddef>

#include "rocketmq/AllocateMessageQueueStrategy.h"

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

}  // namespace rocketmq
