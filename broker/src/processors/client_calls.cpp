#include "processors/client_calls.hpp"

#include <algorithm>

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
    const auto found =
        std::find_if(view->channels.begin(), view->channels.end(),
                     [&](const ClientChannel& client) { return client.client_id == client_id; });
    if (found != view->channels.end()) {
      if (auto checked = check_version(*found, version_min); !checked) return checked.error();
      return *found;
    }
  }
  return Error{ResponseCode::SystemError, "The Consumer <" + std::string(group) + "> <" +
                                              std::string(client_id) + "> not online"};
}

}  // namespace rocketmq::broker
