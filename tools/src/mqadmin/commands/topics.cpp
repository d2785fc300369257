#include "mqadmin/commands/topics.hpp"

#include <nlohmann/json.hpp>

#include "rocketmq/client/topic_requests.hpp"

namespace rocketmq::mqadmin {
namespace {

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Writes members and elements one a line.
class IndentedJson {
 public:
  void open(char bracket) {
    text_ += bracket;
    ++depth_;
    is_first_ = true;
  }
  void close(char bracket) {
    --depth_;
    if (!is_first_) new_line();
    text_ += bracket;
    is_first_ = false;
  }
  IndentedJson& element() {
    if (!is_first_) text_ += ',';
    is_first_ = false;
    new_line();
    return *this;
  }
  IndentedJson& member(const std::string& name) {
    element().text_ += quoted(name) + ":";
    return *this;
  }
  void value(const std::string& text) { text_ += text; }
  /// The closing bracket comes in a line of its own.
  void end_line() { is_first_ = false; }
  std::string take() { return std::move(text_); }

 private:
  void new_line() { text_.append("\n").append(depth_, '\t'); }

  std::string text_;
  std::size_t depth_ = 0;
  bool is_first_ = true;
};

/// The ids stand in the first line, bare.
void write_addresses(IndentedJson& out, const remoting::BrokerData& broker) {
  out.open('{');
  std::string text;
  for (const auto& [id, address] : broker.broker_addrs)
    text += (text.empty() ? "" : ",") + std::to_string(id) + ":" + quoted(address);
  out.value(text);
  if (!text.empty()) out.end_line();
  out.close('}');
}

}  // namespace

std::string perm_text(int perm) {
  std::string text = "---";
  if ((perm & 4) != 0) text[0] = 'R';
  if ((perm & 2) != 0) text[1] = 'W';
  if ((perm & 1) != 0) text[2] = 'X';
  return text;
}

std::string topic_text(const TopicConfig& topic) {
  return "TopicConfig [topicName=" + topic.topic_name +
         ", readQueueNums=" + std::to_string(topic.read_queue_nums) +
         ", writeQueueNums=" + std::to_string(topic.write_queue_nums) +
         ", perm=" + perm_text(topic.perm) + ", topicFilterType=" +
         (topic.topic_filter_type == TopicFilterType::SingleTag ? "SINGLE_TAG" : "MULTI_TAG") +
         ", topicSysFlag=" + std::to_string(topic.topic_sys_flag) +
         ", order=" + (topic.order ? "true" : "false") + "]";
}

std::string route_text(const remoting::TopicRouteData& route) {
  IndentedJson out;
  out.open('{');
  out.member("brokerDatas").open('[');
  for (const remoting::BrokerData& broker : route.broker_datas) {
    out.element().open('{');
    write_addresses(out.member("brokerAddrs"), broker);
    out.member("brokerName").value(quoted(broker.broker_name));
    out.member("cluster").value(quoted(broker.cluster));
    out.close('}');
  }
  out.close(']');
  out.member("filterServerTable").open('{');
  for (const auto& [broker, servers] : route.filter_server_table) {
    out.member(broker).open('[');
    for (const std::string& server : servers) out.element().value(quoted(server));
    out.close(']');
  }
  out.close('}');
  if (route.order_topic_conf) out.member("orderTopicConf").value(quoted(*route.order_topic_conf));
  out.member("queueDatas").open('[');
  for (const remoting::QueueData& queues : route.queue_datas) {
    out.element().open('{');
    out.member("brokerName").value(quoted(queues.broker_name));
    out.member("perm").value(std::to_string(queues.perm));
    out.member("readQueueNums").value(std::to_string(queues.read_queue_nums));
    out.member("topicSysFlag").value(std::to_string(queues.topic_sys_flag));
    out.member("writeQueueNums").value(std::to_string(queues.write_queue_nums));
    out.close('}');
  }
  out.close(']');
  out.close('}');
  return out.take();
}

Outcome<void> delete_topic_everywhere(Context& context, const std::string& topic,
                                      const std::string& cluster,
                                      const std::vector<Broker>& masters) {
  for (const Broker& broker : masters) {
    const auto deleted =
        client::delete_topic_in_broker(context.client(), broker.address, topic, request_timeout);
    if (!deleted) return deleted;
  }
  context.out().line("delete topic [" + topic + "] from cluster [" + cluster + "] success.");
  const auto servers = context.name_servers();
  if (!servers) return servers.error();
  for (const std::string& server : *servers) {
    const auto deleted = client::delete_topic_in_name_server(context.client(), server, topic,
                                                             cluster, request_timeout);
    if (!deleted) return deleted;
  }
  context.out().line("delete topic [" + topic + "] from NameServer success.");
  return {};
}

}  // namespace rocketmq::mqadmin
