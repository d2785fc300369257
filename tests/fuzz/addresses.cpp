// Addresses, ids, names and levels: small texts of requests and configurations.
#include "fuzz_target.hpp"
#include "rocketmq/common/address_list.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/message_id.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/store/delay_levels.hpp"

namespace rocketmq::fuzz {

void run(std::string_view input) {
  if (const auto endpoint = Endpoint::parse(input)) {
    const auto again = Endpoint::parse(endpoint->text());
    check(again && *again == *endpoint, "an address survives");
  }
  if (const auto id = decode_offset_message_id(input)) {
    const std::string text = encode_offset_message_id(id->store_host, id->physical_offset);
    const auto again = decode_offset_message_id(text);
    check(again && *again == *id, "a message's id survives");
  }
  if (const auto list = AddressList::parse(input)) {
    (void)list->contains(Endpoint::v4(10, 0, 0, 1, 1));
    const auto again = AddressList::parse(list->text());
    check(again.has_value(), "a list of addresses is read again");
  }
  if (const auto list = parse_address_list(input)) check(!list->empty(), "no list is empty");
  if (const auto host_port = parse_host_port(input)) check(host_port->port > 0, "no port is 0");
  if (const auto levels = store::DelayLevels::parse(input))
    check(levels->max_level() > 0, "there is a level");
  if (check_name("topic", input))
    check(input.size() <= name_bytes_max && is_valid_name(input), "a name is valid");
}

}  // namespace rocketmq::fuzz
