#include "pulls/judged_batch.hpp"

#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "rocketmq/common/message_id.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::filtersrv {
namespace {

/// Room for the decompressed bodies of one batch. A batch of a broker has some hundred KiB.
constexpr std::size_t plain_bytes_max = 64 * 1'024 * 1'024;

/// Decompresses bodies until the room is used up: a few bytes may become very many, each time that
/// they are pulled.
class PlainBodies {
 public:
  std::optional<std::string> take(const MessageRecord& record) {
    if (left_ == 0) return std::nullopt;
    auto body = plain_body(record);
    if (!body) return std::nullopt;
    if (body->size() > left_) {
      left_ = 0;
      return std::nullopt;
    }
    left_ -= body->size();
    return std::move(*body);
  }

 private:
  std::size_t left_ = plain_bytes_max;
};

FilterMessage message_of(const MessageRecord& record) {
  return {.topic = record.topic,
          .properties = record.properties,
          .body = record.body,
          .queue_id = record.queue_id,
          .flag = record.flag,
          .reconsume_times = record.reconsume_times,
          .queue_offset = record.queue_offset,
          .born_time_ms = record.born_timestamp_ms,
          .store_time_ms = record.store_timestamp_ms};
}

/// The messages of one batch, as the filter sees them. What it does not look at is not made.
class Batch {
 public:
  Batch(std::string_view bytes, std::vector<MessageRecord> records, bool with_bodies)
      : bytes_(bytes), records_(std::move(records)) {
    messages_.reserve(records_.size());
    for (std::size_t i = 0; i < records_.size(); ++i) {
      FilterMessage message = message_of(records_[i]);
      if (with_bodies && !complete(records_[i], message)) continue;
      places_.push_back(i);
      messages_.push_back(message);
    }
  }

  std::span<const FilterMessage> messages() const { return messages_; }

  /// By record; what cannot be read has failed.
  std::vector<Verdict> by_record(const std::vector<Verdict>& verdicts) const {
    std::vector<Verdict> all(records_.size(), Verdict::kFailed);
    for (std::size_t i = 0; i < places_.size(); ++i) all[places_[i]] = verdicts[i];
    return all;
  }

  const std::vector<MessageRecord>& records() const { return records_; }
  /// The record as it came.
  std::string_view bytes_of(const MessageRecord& record, std::size_t at) const {
    return bytes_.substr(at, static_cast<std::size_t>(record.total_size));
  }

 private:
  bool complete(const MessageRecord& record, FilterMessage& message) {
    message.message_id =
        texts_.emplace_back(encode_offset_message_id(record.store_host, record.physical_offset));
    if ((record.sys_flag & sys_flag::compressed) == 0) return true;
    auto body = plain_bodies_.take(record);
    if (!body) return false;
    message.body = texts_.emplace_back(std::move(*body));
    return true;
  }

  const std::string_view bytes_;
  const std::vector<MessageRecord> records_;
  std::vector<FilterMessage> messages_;
  /// Of each message, which record it is.
  std::vector<std::size_t> places_;
  std::deque<std::string> texts_;
  PlainBodies plain_bodies_;
};

bool is_delivered(Verdict verdict, FailedMessages failed_messages) {
  return verdict == Verdict::kDeliver ||
         (verdict == Verdict::kFailed && failed_messages == FailedMessages::Deliver);
}

/// A record that cannot be laid out again, or that there is no room for, travels as it lies.
void append(const MessageRecord& record, std::string_view bytes, const BodyCompression& compression,
            PlainBodies& plain_bodies, std::string& out) {
  if (needs_new_layout(record, compression)) {
    if (const auto body = plain_bodies.take(record))
      return append_record(record, *body, compression, out);
  }
  out.append(bytes);
}

}  // namespace

Result<JudgedBatch> judge(Filter& filter, std::string_view records, const JudgeOptions& options) {
  auto decoded = message_record::decode_all(records, message_record::Check::None);
  if (!decoded) return decoded.error();
  const Batch batch(records, std::move(*decoded), !filter.reads_properties_only());
  const auto verdicts = filter.match(batch.messages());
  if (!verdicts) return verdicts.error();
  if (verdicts->size() != batch.messages().size()) {
    return Error{ResponseCode::SystemError, "the filter has judged " +
                                                std::to_string(verdicts->size()) + " messages of " +
                                                std::to_string(batch.messages().size())};
  }
  const std::vector<Verdict> by_record = batch.by_record(*verdicts);
  JudgedBatch judged;
  PlainBodies plain_bodies;
  std::size_t at = 0;
  for (std::size_t i = 0; i < batch.records().size(); ++i) {
    const MessageRecord& record = batch.records()[i];
    const std::string_view bytes = batch.bytes_of(record, at);
    at += bytes.size();
    ++judged.judged;
    if (by_record[i] == Verdict::kFailed) ++judged.failed;
    if (!is_delivered(by_record[i], options.failed_messages)) continue;
    ++judged.delivered;
    append(record, bytes, options.compression, plain_bodies, judged.body);
  }
  return judged;
}

}  // namespace rocketmq::filtersrv
