#pragma once

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "rocketmq/common/result.hpp"

namespace rocketmq::filtersrv {

inline Error system_error(std::string remark) {
  return {ResponseCode::SystemError, std::move(remark)};
}
/// With the text of errno, or of `number`.
inline Error os_error(const std::string& what, int number = errno) {
  return system_error(what + ": " + std::generic_category().message(number));
}

}  // namespace rocketmq::filtersrv
