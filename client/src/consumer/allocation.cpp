#include "consumer/allocation.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/requests.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"

namespace rocketmq::client {
namespace {

/// The ids of the group's members, sorted. Empty: not known.
std::vector<std::string> find_members(ClientInstance& instance, const std::string& group,
                                      const std::string& topic) {
  const auto address = instance.routes().any_address_of_topic(topic);
  if (!address) return {};
  auto ids = read_body(ask_broker(instance, *address,
                                  make_request(remoting::RequestCode::GetConsumerListByGroup,
                                               remoting::ConsumerGroupRequestHeader{group}),
                                  instance.settings().api_timeout),
                       *address, remoting::decode_consumer_id_list);
  if (!ids) {
    client_log().warn("the members of group {} are not known: {}", group, ids.error().text);
    return {};
  }
  std::sort(ids->begin(), ids->end());
  return std::move(*ids);
}

}  // namespace

std::optional<Allocation> allocate_queues(ClientInstance& instance,
                                          const ConsumerSettings& settings,
                                          const std::string& topic) {
  const TopicRoutePtr route = instance.routes().route(topic);
  if (route == nullptr) return std::nullopt;
  Allocation allocation;
  allocation.all = readable_queues(topic, *route);
  if (settings.model == BROADCASTING) {
    allocation.mine = allocation.all;
    return allocation;
  }
  const std::vector<std::string> members = find_members(instance, settings.group, topic);
  if (members.empty()) return std::nullopt;
  try {
    allocation.mine =
        settings.strategy->allocate(settings.group, instance.id(), allocation.all, members);
  } catch (const std::exception& thrown) {
    client_log().error("the allocation strategy {} threw: {}", settings.strategy->getName(),
                       thrown.what());
    return std::nullopt;
  }
  return allocation;
}

}  // namespace rocketmq::client
