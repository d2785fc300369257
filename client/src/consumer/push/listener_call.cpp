#include "consumer/push/listener_call.hpp"

#include <nlohmann/json.hpp>

#include "rocketmq/common/fastjson.hpp"

namespace rocketmq::client {

std::string to_json(const DirectOutcome& outcome, std::int64_t spent_ms) {
  nlohmann::json json{
      {"order", outcome.is_orderly},
      {"autoCommit", outcome.auto_commit},
      {"consumeResult", outcome.thrown.empty() ? outcome.result : "CR_THROW_EXCEPTION"},
      {"spentTimeMills", spent_ms}};
  if (!outcome.thrown.empty()) json["remark"] = outcome.thrown;
  return dump_json(json);
}

}  // namespace rocketmq::client
