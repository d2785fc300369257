#include "rocketmq/client/requests.hpp"

namespace rocketmq::client {

Failure unreadable_response(const std::string& address, const Error& error) {
  return client_failure("the response of " + address + " cannot be read: " + error.remark);
}

}  // namespace rocketmq::client
