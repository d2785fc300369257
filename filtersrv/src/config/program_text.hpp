#pragma once

#include "rocketmq/daemon/options.hpp"

namespace rocketmq::filtersrv {

/// mqfiltersrv's options (spec/filtersrv.md §2).
inline DaemonText program_text() {
  return {.program = "mqfiltersrv",
          .config_file_help = "Filter server config properties file",
          .has_important_keys = true,
          .prefix = "mqfiltersrv: "};
}

}  // namespace rocketmq::filtersrv
