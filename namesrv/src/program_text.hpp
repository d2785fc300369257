#pragma once

#include "rocketmq/daemon/options.hpp"

namespace rocketmq::namesrv {

/// mqnamesrv's options (spec/config.md §1). Name servers do not talk to each other: -n says only
/// whether other hosts are served.
inline DaemonText program_text() {
  return {.program = "mqnamesrv",
          .config_file_help = "Name server config properties file",
          .print_help = "Print all config items",
          .prefix = "mqnamesrv: "};
}

}  // namespace rocketmq::namesrv
