#pragma once

#include <string>

#include "rocketmq/client/failure.hpp"

namespace rocketmq::client {

/// Not blank, at most 255 bytes, legal characters, and not the default name of the kind of client.
/// `what` is the name of the setting. The failure says what is wrong.
Outcome<void> check_group(const std::string& group, const std::string& default_group,
                          const std::string& what);
/// Not blank, at most 127 bytes, legal characters. The failure says what is wrong.
Outcome<void> check_topic(const std::string& topic);

}  // namespace rocketmq::client
