#include "rocketmq/client/setting_checks.hpp"

#include <string>

namespace rocketmq::client {

Outcome<void> check_ranges(std::initializer_list<SettingRange> ranges) {
  for (const SettingRange& range : ranges) {
    if (range.value >= range.min && range.value <= range.max) continue;
    return client_failure(std::string(range.name) + " Out of range [" + std::to_string(range.min) +
                          ", " + std::to_string(range.max) + "]: " + std::to_string(range.value));
  }
  return {};
}

}  // namespace rocketmq::client
