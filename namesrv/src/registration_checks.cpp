#include "registration_checks.hpp"

#include <algorithm>
#include <string>

#include "rocketmq/common/names.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::namesrv {
namespace {

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

Result<void> check_text(std::string_view what, std::string_view text) {
  if (text.empty()) return Error{ResponseCode::SystemError, std::string(what) + " is empty"};
  if (text.size() > registered_text_bytes_max) {
    return Error{ResponseCode::SystemError,
                 std::string(what) + " has " + std::to_string(text.size()) + " bytes, at most " +
                     std::to_string(registered_text_bytes_max) + " are taken"};
  }
  if (has_control_character(text)) {
    return Error{ResponseCode::SystemError, std::string(what) + " contains control characters"};
  }
  return {};
}

bool is_port(std::string_view text) {
  const auto port = whole_number<int>(text);
  return port && *port >= 1 && *port <= 65'535;
}

/// The name without the first occurrence of `part` is empty or valid: "b.example.com",
/// "b.example.com_REPLY_TOPIC".
bool is_named_after(std::string_view name, std::string_view part) {
  const auto at = name.find(part);
  if (at == std::string_view::npos) return false;
  std::string rest(name.substr(0, at));
  rest += name.substr(at + part.size());
  return rest.empty() || is_valid_name(rest);
}

bool is_queue_count(std::int32_t count) { return count >= 0 && count <= queue_nums_max; }

}  // namespace

Result<void> check_identity(const BrokerIdentity& broker) {
  if (auto checked = check_text("brokerName", broker.broker_name); !checked) return checked;
  if (auto checked = check_text("clusterName", broker.cluster_name); !checked) return checked;
  if (auto checked = check_text("brokerAddr", broker.broker_addr); !checked) return checked;
  if (!is_publishable_address(broker.broker_addr)) {
    return Error{ResponseCode::SystemError,
                 "brokerAddr is not of the form ip:port: " + broker.broker_addr};
  }
  if (broker.broker_id < 0) {
    return Error{ResponseCode::SystemError,
                 "brokerId is negative: " + std::to_string(broker.broker_id)};
  }
  return {};
}

bool is_publishable_address(std::string_view address) {
  if (address.size() > registered_text_bytes_max || has_control_character(address)) return false;
  if (address.find_first_of("\"'\\,;{} ") != std::string_view::npos) return false;
  const auto colon = address.rfind(':');
  return colon != std::string_view::npos && colon > 0 && is_port(address.substr(colon + 1));
}

bool is_acceptable_topic(std::string_view name, const TopicConfig& config,
                         const BrokerIdentity& broker) {
  if (!is_queue_count(config.read_queue_nums) || !is_queue_count(config.write_queue_nums))
    return false;
  if (is_valid_name(name)) return true;
  return name.size() <= registered_text_bytes_max && !has_control_character(name) &&
         (is_named_after(name, broker.broker_name) || is_named_after(name, broker.cluster_name));
}

}  // namespace rocketmq::namesrv
