#include "consumer/push/filter_classes.hpp"

#include <spdlog/logger.h>

#include <vector>

#include "rocketmq/client/client_log.hpp"
#include "rocketmq/common/crc32.hpp"
#include "rocketmq/protocol/filter_headers.hpp"

namespace rocketmq::client {
namespace {

constexpr milliseconds upload_timeout{5'000};

/// Of all brokers of the topic.
std::set<std::string> filter_servers_of(const RouteTable& routes, const std::string& topic) {
  std::set<std::string> servers;
  const TopicRoutePtr route = routes.route(topic);
  if (route == nullptr) return servers;
  for (const auto& [broker, addresses] : route->filter_server_table)
    servers.insert(addresses.begin(), addresses.end());
  return servers;
}

}  // namespace

bool FilterClasses::is_not_registered(const remoting::RemotingCommand& answer) {
  return answer.response_code() == ResponseCode::SystemError &&
         answer.remark.find("Find Filter class failed") != std::string::npos;
}

void FilterClasses::put(const std::string& topic, FilterClass filter) {
  auto shared = std::make_shared<const FilterClass>(std::move(filter));
  const std::scoped_lock lock(mutex_);
  by_topic_.insert_or_assign(topic, std::move(shared));
  std::erase_if(uploaded_, [&](const Target& target) { return target.first == topic; });
}

void FilterClasses::remove(const std::string& topic) {
  const std::scoped_lock lock(mutex_);
  by_topic_.erase(topic);
  std::erase_if(uploaded_, [&](const Target& target) { return target.first == topic; });
}

void FilterClasses::upload(bool only_new) {
  const auto context = context_.lock();
  if (context == nullptr || context->is_stopping) return;
  std::vector<std::pair<Target, FilterClassPtr>> orders;
  // The table of routes has a lock of its own: it is not looked at with this one held.
  const auto servers_by_topic = servers_of(*context, !only_new);
  {
    const std::scoped_lock lock(mutex_);
    std::set<Target> known;
    for (const auto& [topic, servers] : servers_by_topic) {
      const auto filter = by_topic_.find(topic);
      if (filter == by_topic_.end()) continue;  // unsubscribed meanwhile
      for (const std::string& server : servers) {
        const Target target(topic, server);
        known.insert(target);
        if ((only_new && uploaded_.contains(target)) || !under_way_.insert(target).second) continue;
        orders.emplace_back(target, filter->second);
      }
    }
    // One that comes back under its old address is new again.
    std::erase_if(uploaded_, [&](const Target& target) { return !known.contains(target); });
  }
  for (const auto& [target, filter] : orders) send(*context, target, filter);
}

std::map<std::string, std::set<std::string>> FilterClasses::servers_of(
    const ConsumerContext& context, bool tells_of_none) const {
  std::map<std::string, std::string> class_names;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [topic, filter] : by_topic_) class_names.emplace(topic, filter->class_name);
  }
  std::map<std::string, std::set<std::string>> servers;
  for (const auto& [topic, class_name] : class_names) {
    const auto& found = servers[topic] = filter_servers_of(context.instance->routes(), topic);
    if (!found.empty() || !tells_of_none) continue;
    client_log().warn(
        "register message class filter failed, because no filter server, topic: {} class: {}",
        topic, class_name);
  }
  return servers;
}

void FilterClasses::upload_to(const std::string& topic, const std::string& address) {
  const auto context = context_.lock();
  if (context == nullptr || context->is_stopping) return;
  const Target target(topic, address);
  FilterClassPtr filter;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = by_topic_.find(topic);
    if (found == by_topic_.end() || !under_way_.insert(target).second) return;
    filter = found->second;
  }
  send(*context, target, filter);
}

void FilterClasses::send(ConsumerContext& context, const Target& target,
                         const FilterClassPtr& filter) {
  const remoting::RegisterMessageFilterClassRequestHeader header{
      .consumerGroup = context.group(),
      .topic = target.first,
      .className = filter->class_name,
      .classCRC = filter->source.empty() ? 0 : masked_crc32(filter->source)};
  context.instance->call_async(
      target.second,
      make_request(remoting::RequestCode::RegisterMessageFilterClass, header, filter->source),
      upload_timeout,
      [self = shared_from_this(), target, filter](const Outcome<remoting::RemotingCommand>& done) {
        self->ended(target, filter, done.has_value());
        if (done) return;
        client_log().warn("filter class {} of topic {} was not taken by filter server {}: {}",
                          filter->class_name, target.first, target.second, done.error().text);
        const auto owner = self->context_.lock();
        // What the network lost is sent again with the next heartbeat.
        if (owner == nullptr || done.error().kind != FailureKind::Broker) return;
        if (!owner->refusals.admit(target.first, done.error().code, owner->now_ms())) return;
        Failure failure = done.error();
        failure.text = "filter server " + target.second + " does not take filter class " +
                       filter->class_name + " of topic " + target.first + ": " + failure.text;
        owner->report(failure);
      });
}

void FilterClasses::ended(const Target& target, const FilterClassPtr& filter, bool is_success) {
  const std::scoped_lock lock(mutex_);
  under_way_.erase(target);
  const auto present = by_topic_.find(target.first);
  // Another one may have been subscribed meanwhile.
  const bool is_present = present != by_topic_.end() && present->second == filter;
  if (is_success && is_present) {
    uploaded_.insert(target);
  } else {
    uploaded_.erase(target);
  }
}

}  // namespace rocketmq::client
