#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rocketmq::broker {

/// What the broker reads from the properties of a message that is being sent, and the text that it
/// stores.
struct SendProperties {
  /// Received text without WAIT and with CLUSTER; points into the scratch text.
  std::string_view stored;
  bool wait_store_ok = true;
  bool is_transaction = false;
  /// 0: not delayed.
  std::int32_t delay_level = 0;
  /// DELAY as it was received when that is no whole number of 32 bits; else empty.
  std::string_view malformed_delay;
  /// Points into the received text; empty when there is none.
  std::string_view unique_key;
};

/// Reads and rewrites property text in one pass. `scratch` gets the stored text; it keeps its
/// memory from call to call.
SendProperties prepare_properties(std::string_view received, std::string_view cluster,
                                  std::string& scratch);

}  // namespace rocketmq::broker
