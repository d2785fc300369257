#pragma once

#include "rocketmq/daemon/options.hpp"

namespace rocketmq::broker {

/// mqbroker's options (spec/config.md §1).
inline DaemonText program_text() {
  return {.program = "mqbroker",
          .config_file_help = "Broker config properties file",
          .has_important_keys = true,
          .reports_options_on_output = true};
}

}  // namespace rocketmq::broker
