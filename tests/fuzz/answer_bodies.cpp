// Bodies that clients and tools read of a server's answers. The first byte says which.
#include "rocketmq/protocol/admin_answers.hpp"
#include "rocketmq/protocol/ha_bodies.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"
#include "rocketmq/protocol/route_data.hpp"
#include "round_trip.hpp"

namespace rocketmq::fuzz {

using namespace remoting;

namespace {

template <class Body, class Encode>
void survives(const Result<Body>& body, Result<Body> (*decode)(std::string_view),
              const Encode& encode) {
  if (body) check_round_trip(*body, encode, decode);
}
template <class Body>
void survives(const Result<Body>& body, Result<Body> (*decode)(std::string_view)) {
  survives(body, decode, [](const Body& value) { return encode_body(value); });
}

}  // namespace

void run(std::string_view bytes) {
  Input input(bytes);
  const std::uint8_t which = input.byte();
  const std::string_view body = input.rest();
  switch (which) {
    case 'r': survives(decode_topic_route(body), &decode_topic_route); break;
    case 'c': survives(decode_cluster_info(body), &decode_cluster_info); break;
    case 't': survives(decode_topic_list(body), &decode_topic_list); break;
    case 's': survives(decode_topic_stats(body), &decode_topic_stats); break;
    case 'u': {
      const auto stats = decode_consume_stats(body);
      survives(stats, &decode_consume_stats);
      if (stats) (void)stats->total_diff();
      break;
    }
    case 'h': survives(decode_ha_runtime_info(body), &decode_ha_runtime_info); break;
    case 'b': survives(decode_broker_stats(body), &decode_broker_stats); break;
    case 'q': survives(decode_consume_queue(body), &decode_consume_queue); break;
    case 'o': survives(decode_offset_table(body), &decode_offset_table, encode_offset_table); break;
    case 'i':
      survives(decode_consumer_id_list(body), &decode_consumer_id_list, encode_consumer_id_list);
      break;
    case 'k':
      survives(decode_locked_queues(body), &decode_locked_queues, encode_locked_queues);
      break;
    case 'g': survives(decode_group_list(body), &decode_group_list, encode_group_list); break;
    case 'C': (void)decode_consumer_connection(body); break;
    case 'p': (void)decode_producer_connections(body); break;
    case 'P': (void)decode_producer_table(body); break;
    case 'B': (void)decode_broker_consume_stats(body); break;
    default: break;
  }
}

}  // namespace rocketmq::fuzz
