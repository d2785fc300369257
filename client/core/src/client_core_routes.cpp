#include <spdlog/logger.h>

#include <algorithm>

#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/topic_requests.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/protocol/route_data.hpp"

// The part of ClientCore that requests routes from name servers.
namespace rocketmq::client {
namespace {

constexpr milliseconds route_lock_wait{3'000};

Failure no_route(const std::string& topic) {
  return client_failure("No route info of this topic: " + topic,
                        static_cast<int>(ResponseCode::TopicRouteNotFound));
}

bool is_unknown_topic(const Failure& failure) {
  return failure.kind == FailureKind::Broker &&
         failure.code == static_cast<int>(ResponseCode::TopicNotExist);
}

}  // namespace

Outcome<TopicRoutePtr> ClientCore::refresh_route(const std::string& topic) {
  auto route = query_route(*this, topic, settings_.api_timeout);
  if (!route) return route.error();
  if (routes_.apply(topic, std::move(*route)))
    client_log().info("the route of topic {} has changed", topic);
  return routes_.route(topic);
}

Outcome<TopicPublishInfoPtr> ClientCore::publish_info(const std::string& topic,
                                                      const std::string& create_topic_key,
                                                      int queue_nums) {
  if (auto known = routes_.publish_info(topic); known != nullptr) [[likely]]
    return known;
  routes_.add_publish_topic(topic);
  if (auto known = routes_.publish_info(topic); known != nullptr) return known;
  if (auto fetched = fetch_publish_route(topic, create_topic_key, queue_nums); !fetched)
    return fetched.error();
  if (auto known = routes_.publish_info(topic); known != nullptr) return known;
  return no_route(topic);
}

Outcome<void> ClientCore::fetch_publish_route(const std::string& topic,
                                              const std::string& create_topic_key, int queue_nums) {
  const std::unique_lock lock(route_mutex_, route_lock_wait);
  if (!lock.owns_lock()) return no_route(topic);
  if (routes_.publish_info(topic) != nullptr) return {};  // another thread has just requested it
  auto route = refresh_route(topic);
  if (route) return {};
  if (!is_unknown_topic(route.error())) return route.error();

  auto pattern = query_route(*this, create_topic_key, settings_.api_timeout);
  if (!pattern) return is_unknown_topic(pattern.error()) ? no_route(topic) : pattern.error();
  for (remoting::QueueData& data : pattern->queue_datas) {
    data.read_queue_nums = std::min(queue_nums, data.read_queue_nums);
    data.write_queue_nums = data.read_queue_nums;
  }
  routes_.apply(topic, std::move(*pattern));
  return {};
}

Outcome<std::string> ClientCore::master_address(const std::string& broker_name,
                                                const std::string& topic) {
  if (auto known = routes_.master_address(broker_name)) return std::move(*known);
  (void)refresh_route(topic);  // whatever it says, what counts is whether the broker is known now
  if (auto known = routes_.master_address(broker_name)) return std::move(*known);
  return client_failure("The broker[" + broker_name + "] not exist",
                        static_cast<int>(ResponseCode::BrokerNotExist));
}

void ClientCore::refresh_routes(const std::set<std::string>& topics) {
  for (const std::string& topic : topics) {
    const auto route = refresh_route(topic);
    if (route || is_unknown_topic(route.error())) continue;
    client_log().warn("the route of topic {} cannot be refreshed: {}", topic, route.error().text);
    // No name server replies: the other topics would only wait without success.
    if (route.error().kind != FailureKind::Broker) return;
  }
}

}  // namespace rocketmq::client
