// The typed headers. The first byte says which; `key 0x01 value 0x02 …` follow.
#include <array>
#include <string>

#include "fuzz_target.hpp"
#include "rocketmq/protocol/acl_headers.hpp"
#include "rocketmq/protocol/admin_headers.hpp"
#include "rocketmq/protocol/filter_headers.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/header.hpp"
#include "rocketmq/protocol/namesrv_headers.hpp"
#include "rocketmq/protocol/pull_headers.hpp"
#include "rocketmq/protocol/queue_headers.hpp"
#include "rocketmq/protocol/send_headers.hpp"

namespace rocketmq::fuzz {

using namespace remoting;

namespace {

template <class Header>
FieldMap fields_of(const Header& header) {
  FieldMap fields;
  for_each_field(header,
                 [&](std::string_view key, std::string_view text) { fields.add(key, text); });
  return fields;
}

template <class Header>
void decode_and_encode(const FieldMap& received) {
  const auto header = decode_header<Header>(received);
  if (!header) {
    check(!header.error().remark.empty(), "an error says what is wrong");
    return;
  }
  const FieldMap written = fields_of(*header);
  const auto again = decode_header<Header>(written);
  check(again.has_value(), "what is written is read");
  const FieldMap twice = fields_of(*again);
  check(written.size() == twice.size(), "no field is lost");
  for (std::size_t i = 0; i < written.size(); ++i) {
    check(written.key_at(i) == twice.key_at(i), "the order of the fields stays");
    check(written.value_at(i) == twice.value_at(i), "a field survives");
  }
}

template <class... Headers>
constexpr std::array<void (*)(const FieldMap&), sizeof...(Headers)> decoders{
    &decode_and_encode<Headers>...};

constexpr auto& all = decoders<
    UpdateAclConfigRequestHeader, DeleteAclConfigRequestHeader, UpdateGlobalWhiteAddrsRequestHeader,
    AclVersionsResponseHeader, DeleteSubscriptionGroupRequestHeader, GetConsumeStatsRequestHeader,
    ResetOffsetRequestHeader, GetConsumerStatusRequestHeader, TopicGroupRequestHeader,
    ConsumerRunningInfoRequestHeader, CorrectionOffsetRequestHeader,
    ConsumeMessageDirectlyRequestHeader, CloneGroupOffsetRequestHeader,
    ViewBrokerStatsRequestHeader, GetBrokerConsumeStatsRequestHeader,
    QueryConsumeQueueRequestHeader, ResumeCheckHalfMessageRequestHeader,
    QuerySubscriptionRequestHeader, GroupRequestHeader, RegisterFilterServerRequestHeader,
    RegisterFilterServerResponseHeader, RegisterMessageFilterClassRequestHeader,
    UnregisterClientRequestHeader, ConsumerGroupRequestHeader, ProducerGroupRequestHeader,
    CreateTopicRequestHeader, TopicRequestHeader, RegisterBrokerRequestHeader,
    RegisterBrokerResponseHeader, BrokerIdentityRequestHeader, QueryDataVersionResponseHeader,
    PutKvConfigRequestHeader, KvConfigRequestHeader, KvConfigResponseHeader,
    BrokerNameRequestHeader, WipeWritePermResponseHeader, AddWritePermResponseHeader,
    DeleteTopicInNameServerRequestHeader, TopicsByClusterRequestHeader, PullMessageRequestHeader,
    PullMessageResponseHeader, QueryConsumerOffsetRequestHeader, UpdateConsumerOffsetRequestHeader,
    SearchOffsetRequestHeader, QueueRequestHeader, OffsetResponseHeader, TimestampResponseHeader,
    ViewMessageRequestHeader, QueryMessageRequestHeader, QueryMessageResponseHeader,
    SendMessageRequestHeader, SendMessageRequestHeaderV2, SendMessageResponseHeader,
    PushReplyMessageRequestHeader, ConsumerSendMsgBackRequestHeader, EndTransactionRequestHeader,
    CheckTransactionStateRequestHeader>;

}  // namespace

void run(std::string_view bytes) {
  Input input(bytes);
  const std::size_t which = input.byte() % all.size();
  FieldMap received;
  while (!input.empty()) {
    Input field(input.until('\x02'));
    const std::string_view key = field.until('\x01');
    received.add(key, field.rest());
  }
  all[which](received);
}

}  // namespace rocketmq::fuzz
