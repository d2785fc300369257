#include "messages/judged_records.hpp"

#include "rocketmq/common/names.hpp"

namespace rocketmq::broker {

std::string_view topic_to_judge(store::MessageReader& store, const MessageRecord& record,
                                std::string_view topic) {
  const auto is_in_its_queue = [&] {
    if (record.queue_id < 0 || record.queue_offset < 0) return false;
    const auto units = store.units(record.topic, record.queue_id, record.queue_offset, 1);
    return !units.empty() && units.front().physical_offset == record.physical_offset &&
           units.front().size == record.total_size;
  };
  if (is_in_its_queue()) return topic;
  store.wait_until_dispatched();
  return is_in_its_queue() ? topic : names::half_topic;
}

Result<void> check_may_read(const remoting::CallerPtr& caller, store::MessageReader& store,
                            const MessageRecord& record) {
  if (caller == nullptr) return {};
  return caller->may(remoting::Resource::Topic, remoting::Action::Sub,
                     topic_to_judge(store, record, record.topic));
}

}  // namespace rocketmq::broker
