#include "rocketmq/protocol/admin_bodies_5x.hpp"

#include <nlohmann/json.hpp>

#include "body_json.hpp"

namespace rocketmq::remoting {

std::string encode_body_5x(const TopicStatsTable& table, double topic_put_tps) {
  std::string text = encode_body(table);
  text.pop_back();
  return text + R"(,"topicPutTps":)" + dump_json(topic_put_tps) + "}";
}

std::string encode_body_5x(const ConsumeStats& stats) {
  std::string queues;
  for (const auto& [id, queue] : stats.queues) {
    queues.append(queues.empty() ? "" : ",").append(dump_json(detail::queue_to_json(id)));
    queues.append(":").append(dump_json({{"brokerOffset", queue.broker_offset},
                                         {"consumerOffset", queue.consumer_offset},
                                         {"lastTimestamp", queue.last_timestamp_ms},
                                         {"pullOffset", queue.consumer_offset}}));
  }
  return R"({"consumeTps":)" + dump_json(stats.consume_tps) + R"(,"offsetTable":{)" + queues + "}}";
}

}  // namespace rocketmq::remoting
