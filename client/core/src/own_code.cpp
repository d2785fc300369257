#include "rocketmq/client/own_code.hpp"

namespace rocketmq::client {
namespace {

thread_local const OwnCode* innermost = nullptr;

}  // namespace

OwnCode::OwnCode(const void* client) : client_(client), outer_(innermost) { innermost = this; }

OwnCode::~OwnCode() { innermost = outer_; }

bool OwnCode::runs_for(const void* client) {
  for (const OwnCode* code = innermost; code != nullptr; code = code->outer_) {
    if (code->client_ == client) return true;
  }
  return false;
}

}  // namespace rocketmq::client
