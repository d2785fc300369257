#include "processors/resume_check.hpp"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

#include "messages/stored_copies.hpp"
#include "rocketmq/common/message_id.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/protocol/admin_headers.hpp"
#include "transaction/half_message.hpp"

namespace rocketmq::broker {

using remoting::Reply;

void ResumeCheckProcessor::process(const remoting::RequestContext& context,
                                   remoting::RemotingCommand& request, Reply reply) {
  const auto header =
      remoting::decode_header<remoting::ResumeCheckHalfMessageRequestHeader>(request);
  if (!header) return reply(header.error());
  const auto id = decode_offset_message_id(header->msgId);
  if (!id) {
    return reply(
        ResponseCode::SystemError,
        "msgId \"" + header->msgId + "\" is no offset message id of 32 or 56 hexadecimal digits");
  }
  const auto given_up = reader_.message_at(id->physical_offset);
  if (!given_up || given_up->record.topic != names::trans_check_max_time_topic) {
    return reply(ResponseCode::SystemError,
                 "no message of " + std::string(names::trans_check_max_time_topic) +
                     " begins at the offset " + std::to_string(id->physical_offset));
  }
  if (!real_place_of(given_up->record)) {
    return reply(ResponseCode::SystemError, "message " + header->msgId +
                                                " does not say into which topic and queue its "
                                                "transaction belongs");
  }
  if (auto made = find_or_create_half_topics(topics_); !made) return reply(made.error());
  const std::string properties =
      with_property(given_up->record.properties, property::transaction_check_times, "0");
  auto again = copy_of(given_up->record, properties);
  again.topic = names::half_topic;
  again.queue_id = half_queue_id;
  transaction_log().info("check-backs of message {} resumed by {}", header->msgId,
                         context.channel->remote().text());
  writer_.put(again, [reply = std::move(reply)](const store::PutResult& stored) mutable {
    if (stored.is_stored()) return reply();
    reply(ResponseCode::SystemError,
          std::string(store::to_string(stored.status)) + " " + stored.remark);
  });
}

}  // namespace rocketmq::broker
