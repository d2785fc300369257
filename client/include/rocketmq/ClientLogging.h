#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <string>

namespace rocketmq {

/// Severity of what the client writes to its log.
enum elogLevel {
  eLOG_LEVEL_FATAL = 1,
  eLOG_LEVEL_ERROR = 2,
  eLOG_LEVEL_WARN = 3,
  eLOG_LEVEL_INFO = 4,
  eLOG_LEVEL_DEBUG = 5,
  eLOG_LEVEL_TRACE = 6,
};

/// The client's own log, one for the whole process: rocketmq_client.log in the log path. A program
/// that uses the client finds nothing on its standard output. Safe on any thread, at any time.

/// What is less severe is not written. Default eLOG_LEVEL_INFO.
void setLogLevel(elogLevel level);
elogLevel getLogLevel();
/// The directory of the log; made when it is not there. Without a file that can be written the
/// client logs nothing. Default: $HOME/logs/rocketmqlogs.
void setLogPath(const std::string& directory);
/// `files` files of at most `mebibytes` MiB each are kept. Default 3 of 100.
void setLogFileSizeAndNum(int files, int mebibytes);

}  // namespace rocketmq
