#include "rocketmq/client/topic_requests.hpp"

#include <nlohmann/json.hpp>

#include "rocketmq/client/requests.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/json_reader.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/namesrv_headers.hpp"

namespace rocketmq::client {

using remoting::make_request;
using remoting::RequestCode;

namespace {

remoting::TopicRequestHeader topic_header(const std::string& topic) {
  remoting::TopicRequestHeader header;
  header.topic = topic;
  return header;
}

}  // namespace

Outcome<remoting::TopicRouteData> query_route(ClientCore& core, const std::string& topic,
                                              milliseconds timeout) {
  const auto response = core.call_name_server(
      make_request(RequestCode::GetRouteInfoByTopic, topic_header(topic)), timeout);
  if (!response) return response.error();
  auto route = remoting::decode_topic_route(response->body);
  if (!route)
    return client_failure("the route of topic " + topic +
                          " cannot be read: " + route.error().remark);
  return std::move(*route);
}

Outcome<void> update_topic(ClientCore& core, const std::string& address, const TopicConfig& topic,
                           const std::string& template_topic, milliseconds timeout) {
  remoting::CreateTopicRequestHeader header;
  header.topic = topic.topic_name;
  header.defaultTopic = template_topic;
  header.readQueueNums = topic.read_queue_nums;
  header.writeQueueNums = topic.write_queue_nums;
  header.perm = topic.perm;
  header.topicFilterType =
      topic.topic_filter_type == TopicFilterType::SingleTag ? "SINGLE_TAG" : "MULTI_TAG";
  header.topicSysFlag = topic.topic_sys_flag;
  header.order = topic.order;
  return without_value(
      core.call(address, make_request(RequestCode::UpdateAndCreateTopic, header), timeout));
}

Outcome<void> delete_topic_in_broker(ClientCore& core, const std::string& address,
                                     const std::string& topic, milliseconds timeout) {
  return without_value(core.call(
      address, make_request(RequestCode::DeleteTopicInBroker, topic_header(topic)), timeout));
}

Outcome<void> delete_topic_in_name_server(ClientCore& core, const std::string& address,
                                          const std::string& topic,
                                          const std::optional<std::string>& cluster,
                                          milliseconds timeout) {
  const remoting::DeleteTopicInNameServerRequestHeader header{.topic = topic,
                                                              .clusterName = cluster};
  return without_value(
      core.call(address, make_request(RequestCode::DeleteTopicInNameServer, header), timeout));
}

Outcome<remoting::TopicStatsTable> query_topic_stats(ClientCore& core, const std::string& address,
                                                     const std::string& topic,
                                                     milliseconds timeout) {
  return read_body(
      ask_broker(core, address, make_request(RequestCode::GetTopicStatsInfo, topic_header(topic)),
                 timeout),
      address, remoting::decode_topic_stats);
}

Outcome<std::vector<std::string>> query_groups_of_topic(ClientCore& core,
                                                        const std::string& address,
                                                        const std::string& topic,
                                                        milliseconds timeout) {
  return read_body(
      ask_broker(core, address,
                 make_request(RequestCode::QueryTopicConsumeByWho, topic_header(topic)), timeout),
      address, remoting::decode_group_list);
}

Outcome<TopicConfigSerializeWrapper> query_all_topic_configs(ClientCore& core,
                                                             const std::string& address,
                                                             milliseconds timeout) {
  return read_body(ask_broker(core, address, make_request(RequestCode::GetAllTopicConfig), timeout),
                   address, [](std::string_view body) {
                     return parse_json_object<TopicConfigSerializeWrapper>("topic table", body);
                   });
}

Outcome<remoting::TopicList> query_system_topics(ClientCore& core, const std::string& address,
                                                 milliseconds timeout) {
  return read_body(
      ask_broker(core, address, make_request(RequestCode::GetSystemTopicListFromBroker), timeout),
      address, remoting::decode_topic_list);
}

Outcome<TopicConfig> query_topic_config(ClientCore& core, const std::string& address,
                                        const std::string& topic, milliseconds timeout) {
  const auto is_unknown_request = [](const Failure& failure) {
    return failure.kind == FailureKind::Broker &&
           failure.code == static_cast<int>(ResponseCode::RequestCodeNotSupported);
  };
  auto config = read_body(
      ask_broker(core, address, make_request(RequestCode::GetTopicConfig, topic_header(topic)),
                 timeout),
      address, [](std::string_view body) { return parse_json_object<TopicConfig>("topic", body); });
  if (config || !is_unknown_request(config.error())) return config;
  const auto all = query_all_topic_configs(core, address, timeout);
  if (!all) return all.error();
  const auto found = all->topic_config_table.find(topic);
  if (found != all->topic_config_table.end()) return found->second;
  return client_failure("No topic " + topic + " on " + address,
                        static_cast<int>(ResponseCode::TopicNotExist));
}

Outcome<void> update_topics(ClientCore& core, const std::string& address,
                            const std::vector<TopicConfig>& topics, milliseconds timeout) {
  const nlohmann::json body{{"topicConfigList", topics}};
  return without_value(core.call(
      address, make_request(RequestCode::UpdateAndCreateTopicList, dump_json(body)), timeout));
}

}  // namespace rocketmq::client
