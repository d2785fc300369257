#include "rocketmq/common/version.hpp"

namespace rocketmq {

std::string_view version() { return ROCKETMQ_VERSION; }

}  // namespace rocketmq
