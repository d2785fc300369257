#pragma once

#if __cplusplus < 202002L
#error "the headers of the rocketmq client need C++20: compile with -std=c++20 or newer"
// A missing file ends the compilation here, so that nothing else is reported.
#include "rocketmq/needs -std=c++20"
#endif
