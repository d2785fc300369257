#include "instance/settings.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::client {

std::string ClientSettings::client_id() const {
  std::string id = (client_ip.empty() ? local_ip() : client_ip) + "@" + instance_name;
  if (!unit_name.empty()) id += "@" + unit_name;
  return id;
}

void ClientSettings::make_instance_name_unique() {
  if (instance_name != default_instance_name) return;
  instance_name = std::to_string(::getpid()) + "#" +
                  std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
}

std::set<int> ProducerSettings::default_retry_response_codes() {
  std::set<int> codes;
  for (const ResponseCode code :
       {ResponseCode::TopicNotExist, ResponseCode::ServiceNotAvailable, ResponseCode::SystemError,
        ResponseCode::NoPermission, ResponseCode::NoBuyerId, ResponseCode::NotInCurrentUnit}) {
    codes.insert(static_cast<int>(code));
  }
  return codes;
}

std::string ClientSettings::effective_namesrv_addr() const {
  if (!namesrv_addr.empty()) return namesrv_addr;
  const char* from_environment = std::getenv("NAMESRV_ADDR");
  return from_environment == nullptr ? std::string() : from_environment;
}

}  // namespace rocketmq::client
