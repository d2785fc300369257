#include "processors/send_properties.hpp"

#include <algorithm>
#include <optional>

#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::broker {
namespace {

bool is_true(std::string_view text) {
  return text.size() == 4 && (text[0] | 0x20) == 't' && (text[1] | 0x20) == 'r' &&
         (text[2] | 0x20) == 'u' && (text[3] | 0x20) == 'e';
}

/// A plus sign may stand in front, as clients in Java may write it.
std::optional<std::int32_t> parse_level(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return whole_number<std::int32_t>(text);
}

}  // namespace

SendProperties prepare_properties(std::string_view received, std::string_view cluster,
                                  std::string& scratch) {
  SendProperties result;
  scratch.clear();
  std::size_t at = 0;
  while (at < received.size()) {
    const auto end = std::min(received.find(property::property_separator, at), received.size());
    const auto piece = received.substr(at, end - at);
    at = end + 1;
    const auto separator = piece.find(property::name_value_separator);
    if (separator == std::string_view::npos) continue;  // readers ignore a piece without a name
    const auto name = piece.substr(0, separator);
    const auto value = piece.substr(separator + 1);
    if (name == property::wait_store_ok) {
      result.wait_store_ok = is_true(value);
      continue;
    }
    if (name == property::cluster) continue;
    if (name == property::unique_key) {
      result.unique_key = value;
    } else if (name == property::delay_level) {
      if (!value.empty()) {  // one without a value is none
        const auto level = parse_level(value);
        result.delay_level = std::max(level.value_or(0), 0);
        result.malformed_delay = level ? std::string_view{} : value;
      }
    } else if (name == property::transaction_prepared) {
      result.is_transaction = is_true(value);
    }
    scratch.append(piece).push_back(property::property_separator);
  }
  append_property(scratch, property::cluster, cluster);
  result.stored = scratch;
  return result;
}

}  // namespace rocketmq::broker
