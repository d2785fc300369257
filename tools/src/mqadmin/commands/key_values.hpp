#pragma once

#include <map>
#include <string>
#include <string_view>

#include "mqadmin/frame/context.hpp"

// Configurations as servers send them and as administrators change them.
namespace rocketmq::mqadmin {

/// The lines `key=value` of a text; others are left out.
std::map<std::string, std::string> key_values(std::string_view text);

/// Writes a configuration with a rule above it, a line for each key; `address` names it in JSON.
void print_configuration(Output& output, const std::string& address, const std::string& rule,
                         std::string_view text);

/// One key and its value, given by -k and -v. Failure: either would be read as something else by
/// the server.
struct KeyValue {
  std::string key;
  std::string value;
};
Outcome<KeyValue> given_key_value(const Arguments& arguments);

}  // namespace rocketmq::mqadmin
