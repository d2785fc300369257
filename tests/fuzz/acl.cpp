// plain_acl.yml: read, and changed as administrators do. Account, 0x00, its addresses, 0x00, file.
#include <algorithm>

#include "fuzz_target.hpp"
#include "rocketmq/acl/access_config.hpp"
#include "rocketmq/acl/access_edit.hpp"

namespace rocketmq::fuzz {

using namespace acl;

void run(std::string_view bytes) {
  Input input(bytes);
  const std::string account(input.until('\0'));
  const std::string addresses(input.until('\0'));
  const std::string_view text = input.rest();
  const auto config = parse_access_config(text, "plain_acl.yml");
  check(config || config.error().remark.starts_with("plain_acl.yml:"), "an error says where");

  const AccountUpdate update{.access_key = account,
                             .secret_key = "12345678",
                             .white_remote_address = addresses,
                             .is_admin = false,
                             .topic_permissions = addresses};
  if (const auto changed = with_account(text, update, 1)) {
    const auto again = parse_access_config(*changed, "plain_acl.yml");
    // What is not UTF-8 is replaced when it is written.
    const bool is_ascii = std::all_of(account.begin(), account.end(),
                                      [](char c) { return static_cast<signed char>(c) > 0; });
    if (again && again->accounts.size() == 1 && is_ascii)
      check(again->accounts.front().access_key == account, "the account is there");
  }
  (void)without_account(text, account, 1);
  (void)with_global_addresses(text, addresses, 1);
  if (const auto patterns = AddressPatterns::parse(addresses))
    (void)patterns->matches(Endpoint::v4(10, 0, 0, 1, 1234));
}

}  // namespace rocketmq::fuzz
