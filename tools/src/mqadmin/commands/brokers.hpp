#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mqadmin/frame/context.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::mqadmin {

inline constexpr std::int64_t master_id = 0;

/// A broker as the name server knows it.
struct Broker {
  std::string cluster;
  std::string name;
  std::int64_t id = master_id;
  std::string address;

  bool is_master() const { return id == master_id; }
};

/// The brokers of a cluster, or of all clusters: by cluster, name and id. Failures: the name
/// server's; a cluster that does not exist.
Outcome<std::vector<Broker>> brokers_of(Context& context,
                                        const std::optional<std::string>& cluster);
/// The masters among them.
Outcome<std::vector<Broker>> masters_of(Context& context,
                                        const std::optional<std::string>& cluster);
/// The master of a broker name, else a slave; nothing where there is none.
std::optional<std::string> address_of(const remoting::BrokerData& broker);

/// Of a command with -b ADDRESS or -c CLUSTER: that broker alone (its cluster and name unknown), or
/// all of the cluster.
Outcome<std::vector<Broker>> chosen_brokers(Context& context);
/// The same, of a cluster the masters only.
Outcome<std::vector<Broker>> chosen_masters(Context& context);

}  // namespace rocketmq::mqadmin
