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

/// The plain bodies of a batch's records, each decompressed once, until the room is used up: a few
/// bytes may become very many, each time that they are pulled.
class PlainBodies {
 public:
  explicit PlainBodies(std::size_t records) : bodies_(records) {}

  /// Valid as long as this object; nothing when the body is damaged or there is no room for it.
  std::optional<std::string_view> of(std::size_t index, const MessageRecord& record) {
    if ((record.sys_flag & sys_flag::compressed) == 0) return record.body;
    Body& body = bodies_[index];
    if (!std::exchange(body.is_known, true)) body.text = decompress(record);
    if (!body.text) return std::nullopt;
    return *body.text;
  }
  /// There was no room for a body, or there is none for another one.
  bool is_full() const { return left_ == 0; }

 private:
  struct Body {
    bool is_known = false;
    std::optional<std::string> text;
  };

  std::optional<std::string> decompress(const MessageRecord& record) {
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

  std::vector<Body> bodies_;
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
      : bytes_(bytes), records_(std::move(records)), plain_bodies_(records_.size()) {
    messages_.reserve(records_.size());
    for (std::size_t i = 0; i < records_.size(); ++i) {
      FilterMessage message = message_of(records_[i]);
      const bool is_complete = !with_bodies || complete(i, message);
      // In another batch there is room for it, unless it is too large by itself.
      if (!is_complete && plain_bodies_.is_full() && i > 0) break;
      end_ = i + 1;
      if (!is_complete) continue;
      places_.push_back(i);
      messages_.push_back(message);
    }
  }

  std::span<const FilterMessage> messages() const { return messages_; }

  /// By record, up to the first one that the filter has not judged or that is for another batch;
  /// what cannot be read has failed.
  std::vector<Verdict> by_record(const std::vector<Verdict>& verdicts) const {
    const bool is_whole = verdicts.size() == places_.size();
    std::vector<Verdict> all(is_whole ? end_ : places_[verdicts.size()], Verdict::kFailed);
    for (std::size_t i = 0; i < verdicts.size(); ++i) all[places_[i]] = verdicts[i];
    return all;
  }

  const std::vector<MessageRecord>& records() const { return records_; }
  /// The record as it came.
  std::string_view bytes_of(const MessageRecord& record, std::size_t at) const {
    return bytes_.substr(at, static_cast<std::size_t>(record.total_size));
  }

  /// Appends a record as consumers get it. One that cannot be laid out again, or that there is no
  /// room for, travels as it lies.
  void append(std::size_t index, std::string_view bytes, const BodyCompression& compression,
              std::string& out) {
    const MessageRecord& record = records_[index];
    if (needs_new_layout(record, compression)) {
      if (const auto body = plain_bodies_.of(index, record))
        return append_record(record, *body, compression, out);
    }
    out.append(bytes);
  }

 private:
  bool complete(std::size_t index, FilterMessage& message) {
    const MessageRecord& record = records_[index];
    const auto body = plain_bodies_.of(index, record);
    if (!body) return false;
    message.body = *body;
    message.message_id = message_ids_.emplace_back(
        encode_offset_message_id(record.store_host, record.physical_offset));
    return true;
  }

  const std::string_view bytes_;
  const std::vector<MessageRecord> records_;
  PlainBodies plain_bodies_;
  std::vector<FilterMessage> messages_;
  /// Of each message, which record it is.
  std::vector<std::size_t> places_;
  /// The first record that is for another batch.
  std::size_t end_ = 0;
  std::deque<std::string> message_ids_;
};

bool is_delivered(Verdict verdict, FailedMessages failed_messages) {
  return verdict == Verdict::kDeliver ||
         (verdict == Verdict::kFailed && failed_messages == FailedMessages::Deliver);
}

}  // namespace

Result<JudgedBatch> judge(Filter& filter, std::string_view records, const JudgeOptions& options) {
  auto decoded = message_record::decode_all(records, message_record::Check::None);
  if (!decoded) return decoded.error();
  Batch batch(records, std::move(*decoded), !filter.reads_properties_only());
  const auto verdicts = filter.match(batch.messages());
  if (!verdicts) return verdicts.error();
  const std::size_t count = batch.messages().size();
  if (verdicts->size() > count || (verdicts->empty() && count > 0)) {
    return Error{ResponseCode::SystemError, "the filter has judged " +
                                                std::to_string(verdicts->size()) + " messages of " +
                                                std::to_string(count)};
  }
  const std::vector<Verdict> by_record = batch.by_record(*verdicts);
  JudgedBatch judged;
  if (by_record.size() < batch.records().size())
    judged.next_offset = batch.records()[by_record.size()].queue_offset;
  std::size_t at = 0;
  for (std::size_t i = 0; i < by_record.size(); ++i) {
    const std::string_view bytes = batch.bytes_of(batch.records()[i], at);
    at += bytes.size();
    ++judged.judged;
    if (by_record[i] == Verdict::kFailed) ++judged.failed;
    if (!is_delivered(by_record[i], options.failed_messages)) continue;
    ++judged.delivered;
    batch.append(i, bytes, options.compression, judged.body);
  }
  return judged;
}

}  // namespace rocketmq::filtersrv
