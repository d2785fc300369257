#include "processors/client_calls.hpp"

namespace rocketmq::broker {

Result<void> check_version(const ClientChannel& member, std::int32_t version_min) {
  if (member.version >= version_min) return {};
  return Error{
      ResponseCode::SystemError,
      "The Consumer <" + member.client_id + "> Version <" + std::to_string(member.version) +
          "> too low to finish, please upgrade it to " +
          (version_min == version_of_reset_offset ? "V3_0_7_SNAPSHOT" : "V3_1_8_SNAPSHOT")};
}

Result<ClientChannel> find_member(const ConsumerManager& consumers, std::string_view group,
                                  std::string_view client_id, std::int32_t version_min) {
  const auto view = consumers.view_of(group);
  if (view) {
    // The newest of the connections under this id: an older one may be dead.
    const ClientChannel* found = nullptr;
    for (const ClientChannel& client : view->channels) {
      if (client.client_id != client_id || !client.channel->is_open()) continue;
      if (found == nullptr || client.last_heartbeat > found->last_heartbeat) found = &client;
    }
    if (found != nullptr) {
      if (auto checked = check_version(*found, version_min); !checked) return checked.error();
      return *found;
    }
  }
  return Error{ResponseCode::SystemError, "The Consumer <" + std::string(group) + "> <" +
                                              std::string(client_id) + "> not online"};
}

}  // namespace rocketmq::broker
