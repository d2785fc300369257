#include "processors/pull_message.hpp"

#include <spdlog/spdlog.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/net/admission.hpp"

namespace rocketmq::filtersrv {

using remoting::PullMessageRequestHeader;
using remoting::PullMessageResponseHeader;
using remoting::Reply;

/// One pull of a consumer, from its request to its response.
struct PullMessageProcessor::Pull {
  Reply reply;
  std::uint64_t connection = 0;
  RegisteredFilterPtr filter;
  /// While the broker has the inner pull.
  std::optional<PullPlaces::Place> place;
  std::optional<ByteAllowance::Share> share;

  /// "do Message Filter Exception, ConsumerGroup: g Topic: t, reason"
  Error error(const char* what, const std::string& reason) const {
    return {ResponseCode::SystemError, std::string(what) + ", ConsumerGroup: " + filter->group +
                                           " Topic: " + filter->topic + ", " + reason};
  }
};

namespace {

JudgeOptions judge_options(const FilterServerConfig& config) {
  return {
      .compression = {.bytes_min = static_cast<std::size_t>(config.compress_msg_body_over_howmuch),
                      .level = config.zip_compress_level},
      .failed_messages = config.failed_messages};
}

constexpr const char* inner_pull_failed = "Pull Callback Exception";

}  // namespace

PullMessageProcessor::PullMessageProcessor(Parts parts)
    : parts_(parts),
      options_(judge_options(parts.config)),
      places_(static_cast<std::size_t>(parts.config.fs_server_async_semaphore_value)),
      allowance_(static_cast<std::size_t>(parts.config.filter_buffer_bytes_max)),
      turns_(parts.filter_pool, parts.clock) {}

void PullMessageProcessor::busy(Reply& reply, const char* what) {
  ++counts_.busy;
  reply(ResponseCode::SystemBusy, what);
}

void PullMessageProcessor::process(const remoting::RequestContext& context,
                                   remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<PullMessageRequestHeader>(request);
  if (!header) return reply(header.error());
  ++counts_.pulls;
  auto filter = parts_.filters.find(header->topic, header->consumerGroup);
  if (filter == nullptr)
    return reply(ResponseCode::SystemError, "Find Filter class failed, not registered");
  auto place = places_.take({.connection = context.channel->id(),
                             .address = net::address_key(context.channel->remote())});
  if (!place) return busy(reply, "too many pulls are under way (fsServerAsyncSemaphoreValue)");

  const auto pull = std::make_shared<Pull>();
  pull->reply = std::move(reply);
  pull->connection = context.channel->id();
  pull->filter = std::move(filter);
  pull->place.emplace(std::move(*place));
  const PullMessageRequestHeader inner{
      .consumerGroup = inner_group,
      .topic = header->topic,
      .queueId = header->queueId,
      .queueOffset = header->queueOffset,
      .maxMsgNums = header->maxMsgNums,
      .sysFlag = pull_flag::suspend | pull_flag::subscription,
      .suspendTimeoutMillis = hold.count(),
      .subscription = "*",
  };
  parts_.broker.network().invoke_async(
      parts_.broker.address(), make_request(remoting::RequestCode::PullMessage, inner), timeout,
      [this, pull](Result<remoting::RemotingCommand>&& answer) {
        pull->place.reset();
        answered(pull, std::move(answer));
      });
}

void PullMessageProcessor::answered(const PullPtr& pull,
                                    Result<remoting::RemotingCommand>&& answer) {
  if (pull->reply.is_peer_gone()) return pull->reply.drop();
  if (!answer) return pull->reply(pull->error(inner_pull_failed, to_string(answer.error())));
  ResponseCode code = answer->response_code();
  switch (code) {
    case ResponseCode::Success:
    case ResponseCode::PullNotFound:
    case ResponseCode::PullRetryImmediately:
    case ResponseCode::PullOffsetMoved: break;
    default:
      return pull->reply(
          pull->error(inner_pull_failed, to_string(Error{code, std::move(answer->remark)})));
  }
  auto header = remoting::decode_header<PullMessageResponseHeader>(*answer);
  if (!header) return pull->reply(pull->error(inner_pull_failed, header.error().remark));
  // Consumers keep pulling from here, whichever broker is suggested.
  header->suggestWhichBrokerId = 0;
  if (code == ResponseCode::Success) return judge_later(pull, std::move(*answer), *header);
  pull->reply(code, answer->remark, *header);
}

void PullMessageProcessor::judge_later(const PullPtr& pull, remoting::RemotingCommand&& answer,
                                       const PullMessageResponseHeader& header) {
  if (auto share = allowance_.take(answer.body.size())) {
    pull->share.emplace(std::move(*share));
  } else {
    return busy(pull->reply, "too many messages wait for their filter (filterBufferBytesMax)");
  }
  answer.own_body();
  const auto kept = std::make_shared<remoting::RemotingCommand>(std::move(answer));
  const FilterTurns::Lane lane{.group = std::hash<std::string>()(pull->filter->group),
                               .connection = pull->connection};
  const bool posted =
      turns_.post(pull->filter->filter, lane, [this, pull, kept, header](WorkerPool::Fate fate) {
        if (pull->reply.is_peer_gone()) return pull->reply.drop();
        if (fate == WorkerPool::Fate::Refused) return busy(pull->reply, "too many pulls wait");
        judge_and_reply(*pull, kept->body, kept->remark, header);
      });
  if (!posted) busy(pull->reply, "too many pulls wait");
}

void PullMessageProcessor::tell_failure(const RegisteredFilter& filter, const JudgedBatch& judged) {
  if (const auto held_back = failures_log_.admit()) {
    spdlog::warn(
        "filter {} of group {} on topic {} failed on {} of {} messages, which are {} (and {} such "
        "before)",
        filter.class_name, filter.group, filter.topic, judged.failed, judged.judged,
        options_.failed_messages == FailedMessages::Deliver ? "delivered" : "skipped", *held_back);
  }
}

void PullMessageProcessor::judge_and_reply(Pull& pull, std::string_view records,
                                           const std::string& remark,
                                           PullMessageResponseHeader header) {
  auto judged = judge(*pull.filter->filter, records, options_);
  if (!judged) {
    // A sandboxed filter has logged why.
    ++counts_.failed_batches;
    return pull.reply(pull.error("do Message Filter Exception", judged.error().remark));
  }
  counts_.judged += judged->judged;
  counts_.delivered += judged->delivered;
  counts_.failed_messages += judged->failed;
  if (judged->failed > 0) tell_failure(*pull.filter, *judged);
  if (judged->next_offset) header.nextBeginOffset = *judged->next_offset;
  pull.filter->judged += judged->judged;
  pull.filter->delivered += judged->delivered;
  pull.filter->failed += judged->failed;
  if (judged->delivered == 0)
    return pull.reply(ResponseCode::PullRetryImmediately, "NO_MATCHED_MESSAGE", header);
  pull.reply(ResponseCode::Success, remark, header, std::move(judged->body));
}

}  // namespace rocketmq::filtersrv
