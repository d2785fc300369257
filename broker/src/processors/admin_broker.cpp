#include "processors/admin_broker.hpp"

#include <nlohmann/json.hpp>

#include "rocketmq/common/data_version.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/remoting/protocol/route_data.hpp"

namespace rocketmq::broker {

using remoting::Reply;

namespace {

struct BrokerConfigAnswer {
  std::string version;

  static constexpr std::tuple fields{remoting::field("version", &BrokerConfigAnswer::version,
                                                     "data version of the configuration, as JSON")};
};

}  // namespace

void AdminBrokerProcessor::delay_offsets(const remoting::RequestContext&,
                                         remoting::RemotingCommand&, Reply reply) {
  reply.body(schedule_.to_json());
}

void AdminBrokerProcessor::config(const remoting::RequestContext&, remoting::RemotingCommand&,
                                  Reply reply) {
  const BrokerConfigAnswer header{.version = dump_json(nlohmann::json(DataVersion{}))};
  reply(header, settings_.table.print());
}

void AdminBrokerProcessor::runtime_info(const remoting::RequestContext&, remoting::RemotingCommand&,
                                        Reply reply) {
  remoting::KvTable figures{.table = figures_.table()};
  figures.table.merge(schedule_.figures());
  reply.body(remoting::encode_body(figures));
}

}  // namespace rocketmq::broker
