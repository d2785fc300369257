#include "slave/master_sync.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "rocketmq/access/access_refusal.hpp"
#include "rocketmq/common/json_reader.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/subscription_group_config.hpp"
#include "rocketmq/common/topic_config.hpp"
#include "rocketmq/protocol/queue_headers.hpp"

namespace rocketmq::broker {
namespace {

remoting::ClientOptions master_client_options(const MasterSync::Parts& parts) {
  remoting::ClientOptions options;
  options.net_threads = 1;
  options.thread_name_prefix = "net-master";
  options.connect_timeout = std::chrono::milliseconds(parts.config.connect_timeout_ms);
  options.before_request = signing(parts.config);
  options.tls = parts.tls;
  return options;
}

/// What a master with access control replies to a slave that it neither knows by its account nor
/// trusts by its address: it has the
/// code of a message that is not there.
bool is_refusal_of_access(const remoting::RemotingCommand& answer) {
  return answer.remark.starts_with(acl::access_refusal);
}

}  // namespace

MasterSync::MasterSync(Parts parts) : parts_(parts), client_(master_client_options(parts)) {}

void MasterSync::set_master(Master master) {
  const std::lock_guard lock(mutex_);
  master_ = std::move(master);
}

std::optional<MasterSync::Master> MasterSync::master() const {
  const std::lock_guard lock(mutex_);
  if (master_.address.empty() || master_.address == parts_.config.address()) return std::nullopt;
  return master_;
}

/// The last message of the log, if it has any that is in a queue. Error: the queues do not show it
/// yet.
Result<std::optional<MasterSync::Last>> MasterSync::last_message() const {
  const auto figures = parts_.administration.figures();
  if (figures.dispatched_offset < figures.commit_log_max_offset)
    return Error{ResponseCode::SystemBusy, "the queues have not caught up with the log yet"};
  std::int64_t offset = -1;
  for (const auto& queue : parts_.reader.queues()) {
    const auto bounds = parts_.reader.queue_bounds(queue.topic, queue.queue_id);
    if (bounds.max_offset <= bounds.min_offset) continue;
    const auto units = parts_.reader.units(queue.topic, queue.queue_id, bounds.max_offset - 1, 1);
    if (!units.empty()) offset = std::max(offset, units.front().physical_offset);
  }
  if (offset < 0) return std::optional<Last>();
  const auto message = parts_.reader.message_at(offset);
  if (!message) return std::optional<Last>();
  return std::optional(
      Last{offset, std::string(message->record.topic), std::string(message->bytes)});
}

remoting::RemotingCommand MasterSync::question(const Last& last) {
  return remoting::make_request(remoting::RequestCode::ViewMessageById,
                                remoting::ViewMessageRequestHeader{.offset = last.offset});
}

MasterSync::Comparison MasterSync::compare(const Last& last, const std::string& address,
                                           const Result<remoting::RemotingCommand>& answer) {
  if (!answer) return {Verdict::Unknown, answer.error()};
  std::string why;
  switch (answer->response_code()) {
    case ResponseCode::Success:
      if (answer->body == last.bytes) return {Verdict::Part, {}};
      why = "the master has another message there";
      break;
    case ResponseCode::SystemError:
      if (is_refusal_of_access(*answer))
        return {Verdict::Unknown, Error{answer->response_code(), answer->remark}};
      why = "the master has no message there (" + answer->remark + ")";
      break;
    default: return {Verdict::Unknown, Error{answer->response_code(), answer->remark}};
  }
  return {Verdict::Other,
          Error{ResponseCode::SystemError,
                "THIS SLAVE'S LOG IS NOT A PART OF ITS MASTER'S: its last message is at offset " +
                    std::to_string(last.offset) + ", topic " + last.topic + "; " + why +
                    ". It takes nothing from " + address +
                    "; see \"A slave becomes the master\" in docs/operations.md"}};
}

void MasterSync::compare_logs(std::function<void(Result<void>)> done) {
  const auto master = this->master();
  if (!master) return done({});
  auto last = last_message();
  if (!last) return done(last.error());
  if (!*last) return done({});
  auto request = question(**last);
  client_.invoke_async(master->address, std::move(request), request_timeout,
                       [last = std::move(**last), address = master->address,
                        done = std::move(done)](const Result<remoting::RemotingCommand>& answer) {
                         done(compare(last, address, answer).reason);
                       });
}

MasterSync::Comparison MasterSync::compare_with(const std::string& address) {
  const auto last = last_message();
  if (!last) return {Verdict::Unknown, last.error()};
  if (!*last) return {};
  return compare(**last, address, client_.invoke(address, question(**last), request_timeout));
}

void MasterSync::sync() {
  const auto master = this->master();
  if (!master) return;
  const auto compared = compare_with(master->address);
  // A slave under load is always a little behind.
  if (compared.reason || compared.reason.error().code != ResponseCode::SystemBusy)
    note(compare_, compared.reason);
  if (compared.verdict == Verdict::Other) refused_ = master->address;
  if (compared.verdict == Verdict::Part) refused_.clear();
  // Without a verdict, what is known of this master holds.
  if (refused_ == master->address) return;
  note(topics_, sync_topics(master->address));
  note(consumer_offsets_, sync_consumer_offsets(master->address));
  note(delay_offsets_, sync_delay_offsets(master->address));
  note(groups_, sync_groups(master->address));
}

void MasterSync::note(Step& step, const Result<void>& result) {
  if (result) {
    if (!std::exchange(step.failure, {}).empty())
      ha_log().info("sync with the master: {}: works again", step.name);
    return;
  }
  if (result.error().code == ResponseCode::ShutDown) return;
  std::string failure = to_string(result.error());
  if (failure == step.failure) return;
  step.failure = std::move(failure);
  ha_log().error("sync with the master: {}: {}", step.name, step.failure);
}

Result<remoting::RemotingCommand> MasterSync::ask(const std::string& address,
                                                  remoting::RequestCode code) {
  return client_.call(address, remoting::make_request(code), request_timeout);
}

Result<void> MasterSync::sync_topics(const std::string& address) {
  const auto answer = ask(address, remoting::RequestCode::GetAllTopicConfig);
  if (!answer) return answer.error();
  auto table = parse_json_object<TopicConfigSerializeWrapper>("topics of the master", answer->body);
  if (!table) return table.error();
  const auto removed = parts_.topics.follow(*std::move(table));
  if (!removed) return removed.error();
  // A topic of that name that the master makes later begins at 0.
  for (const std::string& topic : *removed) parts_.offsets.remove_topic(topic);
  return parts_.topics.flush();
}

Result<void> MasterSync::sync_consumer_offsets(const std::string& address) {
  const auto answer = ask(address, remoting::RequestCode::GetAllConsumerOffset);
  if (!answer) return answer.error();
  if (auto taken = parts_.offsets.follow(answer->body); !taken) return taken;
  return parts_.offsets.flush();
}

Result<void> MasterSync::sync_delay_offsets(const std::string& address) {
  const auto answer = ask(address, remoting::RequestCode::GetAllDelayOffset);
  if (!answer) return answer.error();
  if (auto taken = parts_.schedule.follow(answer->body); !taken) return taken;
  return parts_.schedule.flush();
}

Result<void> MasterSync::sync_groups(const std::string& address) {
  const auto answer = ask(address, remoting::RequestCode::GetAllSubscriptionGroupConfig);
  if (!answer) return answer.error();
  auto table =
      parse_json_object<SubscriptionGroupWrapper>("consumer groups of the master", answer->body);
  if (!table) return table.error();
  if (auto taken = parts_.groups.follow(*std::move(table)); !taken) return taken;
  return parts_.groups.flush();
}

}  // namespace rocketmq::broker
