#include <utility>

#include "rocketmq/MQException.h"

namespace rocketmq {

MQException::MQException(std::string text, int code, std::string type)
    : text_(std::move(text)),
      code_(code),
      type_(std::move(type)),
      what_(code == -1 ? text_ : "CODE: " + std::to_string(code) + "  DESC: " + text_) {}

}  // namespace rocketmq
