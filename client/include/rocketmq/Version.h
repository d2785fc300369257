#pragma once

#include "rocketmq/RequiresCpp20.h"

/// The version of the client library that a program is compiled with.
#define ROCKETMQ_CPP_VERSION_MAJOR 0
#define ROCKETMQ_CPP_VERSION_MINOR 1
#define ROCKETMQ_CPP_VERSION_PATCH 0
#define ROCKETMQ_CPP_VERSION "0.1.0"
/// As one number, to compare: 10000 × major + 100 × minor + patch.
#define ROCKETMQ_CPP_VERSION_NUMBER                                        \
  (ROCKETMQ_CPP_VERSION_MAJOR * 10000 + ROCKETMQ_CPP_VERSION_MINOR * 100 + \
   ROCKETMQ_CPP_VERSION_PATCH)
