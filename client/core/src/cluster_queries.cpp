#include "rocketmq/client/cluster_queries.hpp"

#include "rocketmq/client/requests.hpp"

namespace rocketmq::client {

using remoting::make_request;
using remoting::RequestCode;

Outcome<remoting::ClusterInfo> query_cluster(ClientCore& core, milliseconds timeout) {
  return read_body(ask_name_server(core, make_request(RequestCode::GetBrokerClusterInfo), timeout),
                   "the name server", remoting::decode_cluster_info);
}

Outcome<remoting::TopicList> query_topics(ClientCore& core, milliseconds timeout) {
  return read_body(
      ask_name_server(core, make_request(RequestCode::GetAllTopicListFromNameServer), timeout),
      "the name server", remoting::decode_topic_list);
}

Outcome<remoting::KvTable> query_runtime_info(ClientCore& core, const std::string& address,
                                              milliseconds timeout) {
  return read_body(
      ask_broker(core, address, make_request(RequestCode::GetBrokerRuntimeInfo), timeout), address,
      remoting::decode_kv_table);
}

}  // namespace rocketmq::client
