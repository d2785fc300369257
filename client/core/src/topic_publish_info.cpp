#include "rocketmq/client/topic_publish_info.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <random>
#include <set>
#include <utility>

#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::client {
namespace {

/// More queues of one broker than this are no honest route.
constexpr std::int32_t queues_max = 65'536;

void add_queues(std::vector<MessageQueue>& queues, const std::string& topic,
                const std::string& broker_name, std::int32_t count) {
  for (std::int32_t i = 0; i < std::min(count, queues_max); ++i)
    queues.emplace_back(topic, broker_name, i);
}

/// "a:4;b:2"
std::vector<MessageQueue> ordered_queues(const std::string& topic, std::string_view config) {
  std::vector<MessageQueue> queues;
  while (!config.empty()) {
    const auto end = config.find(';');
    const std::string_view piece = config.substr(0, end);
    config = end == std::string_view::npos ? std::string_view{} : config.substr(end + 1);
    const auto colon = piece.rfind(':');
    std::int32_t count = 0;
    if (colon == std::string_view::npos) continue;
    std::from_chars(piece.data() + colon + 1, piece.data() + piece.size(), count);
    add_queues(queues, topic, std::string(piece.substr(0, colon)), count);
  }
  return queues;
}

bool has_master(const remoting::TopicRouteData& route, const std::string& broker_name) {
  return std::any_of(route.broker_datas.begin(), route.broker_datas.end(),
                     [&](const remoting::BrokerData& broker) {
                       return broker.broker_name == broker_name && broker.broker_addrs.contains(0);
                     });
}

}  // namespace

TopicPublishInfo::TopicPublishInfo(std::vector<MessageQueue> queues,
                                   const std::map<std::string, std::string>& masters)
    : queues_(std::move(queues)), next_(std::random_device{}()) {
  std::set<std::string> names;
  for (const MessageQueue& queue : queues_) names.insert(queue.getBrokerName());
  for (const std::string& name : names) {
    const auto master = masters.find(name);
    brokers_.push_back({name, master == masters.end() ? std::string() : master->second});
  }
}

const BrokerHandle* TopicPublishInfo::broker(std::string_view name) const {
  const auto found = std::lower_bound(
      brokers_.begin(), brokers_.end(), name,
      [](const BrokerHandle& handle, std::string_view wanted) { return handle.name < wanted; });
  return found == brokers_.end() || found->name != name ? nullptr : &*found;
}

const MessageQueue& TopicPublishInfo::choose(std::string_view failed_broker) const {
  const std::uint32_t start = next_.fetch_add(1, std::memory_order_relaxed);
  const std::size_t count = queues_.size();
  if (!failed_broker.empty()) {
    for (std::size_t i = 0; i < count; ++i) {
      const MessageQueue& queue = queues_[(start + i) % count];
      if (queue.getBrokerName() != failed_broker) return queue;
    }
  }
  return queues_[start % count];
}

const MessageQueue* TopicPublishInfo::choose_where(
    const std::function<bool(const MessageQueue&)>& wanted) const {
  const std::uint32_t start = next_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    const MessageQueue& queue = queues_[(start + i) % queues_.size()];
    if (wanted(queue)) return &queue;
  }
  return nullptr;
}

std::vector<MessageQueue> writable_queues(const std::string& topic,
                                          const remoting::TopicRouteData& route) {
  if (route.order_topic_conf && !route.order_topic_conf->empty()) {
    return ordered_queues(topic, *route.order_topic_conf);
  }
  std::vector<MessageQueue> queues;
  for (const remoting::QueueData& data : route.queue_datas) {
    if (!perm::is_writable(data.perm) || !has_master(route, data.broker_name)) continue;
    add_queues(queues, topic, data.broker_name, data.write_queue_nums);
  }
  std::sort(queues.begin(), queues.end());
  return queues;
}

std::vector<MessageQueue> readable_queues(const std::string& topic,
                                          const remoting::TopicRouteData& route) {
  std::vector<MessageQueue> queues;
  for (const remoting::QueueData& data : route.queue_datas) {
    if (perm::is_readable(data.perm))
      add_queues(queues, topic, data.broker_name, data.read_queue_nums);
  }
  std::sort(queues.begin(), queues.end());
  queues.erase(std::unique(queues.begin(), queues.end()), queues.end());
  return queues;
}

}  // namespace rocketmq::client
