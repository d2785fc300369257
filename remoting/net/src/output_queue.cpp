#include "rocketmq/net/output_queue.hpp"

#include <utility>

#include "rocketmq/common/result.hpp"

namespace rocketmq::net {

std::string& OutputQueue::open_buffer(BufferPool* pool) {
  const bool has_room = first_segment_ < segments_.size() && segments_.back().is_open &&
                        segments_.back().owned.size() < buffer_bytes_target;
  if (!has_room) {
    Segment& segment = segments_.emplace_back();
    if (pool != nullptr) {
      segment.owned = pool->take();
    } else if (!lent_.empty()) {
      segment.owned = std::move(lent_.back());
      lent_.pop_back();
    }
    segment.is_open = true;
  }
  return segments_.back().owned;
}

/// Looks at a unit's head just written behind `bytes_before`, and takes it back if head and body
/// are too large.
bool OutputQueue::is_too_large(std::string& buffer, std::size_t bytes_before,
                               std::size_t body_bytes) const {
  if (buffer.size() - bytes_before + body_bytes <= unit_bytes_max_) return false;
  buffer.resize(bytes_before);
  return true;
}

bool OutputQueue::add_body(std::string& buffer, std::size_t bytes_before, Body&& body) {
  const std::size_t body_bytes = body.size();
  if (is_too_large(buffer, bytes_before, body_bytes)) return false;
  if (body_bytes <= copied_bytes_max) {
    buffer.append(body.owned());
    for (const std::string_view piece : body.pieces()) buffer.append(piece);
    bytes_ += buffer.size() - bytes_before;
    memory_ += buffer.size() - bytes_before;
    return true;
  }
  bytes_ += buffer.size() - bytes_before + body_bytes;
  memory_ += buffer.size() - bytes_before;
  if (!body.owned().empty()) {
    Segment& segment = segments_.emplace_back();
    segment.owned = std::move(body.owned());
    memory_ += segment.memory();
  }
  if (body.is_gathered()) {
    Segment& segment = segments_.emplace_back();
    for (const std::string_view piece : body.pieces()) {
      if (!piece.empty()) segment.pieces.push_back(piece);
    }
    segment.keep_alive = body.keep_alive();
    memory_ += segment.memory();
  }
  return true;
}

bool OutputQueue::add_copied_body(std::string& buffer, std::size_t bytes_before,
                                  std::string_view body) {
  if (is_too_large(buffer, bytes_before, body.size())) return false;
  buffer.append(body);
  bytes_ += buffer.size() - bytes_before;
  memory_ += buffer.size() - bytes_before;
  return true;
}

void OutputQueue::add_encoded(std::string_view head, std::string_view body) {
  std::string& buffer = open_buffer(nullptr);
  buffer.append(head);
  buffer.append(body);
  bytes_ += head.size() + body.size();
  memory_ += head.size() + body.size();
}

void OutputQueue::append(OutputQueue&& other) {
  if (other.empty()) return;
  ensure(other.first_segment_ == 0 && other.first_piece_ == 0 && other.first_byte_ == 0,
         "output is moved before any of it is sent");
  for (Segment& segment : other.segments_) segments_.push_back(std::move(segment));
  bytes_ += std::exchange(other.bytes_, 0);
  memory_ += std::exchange(other.memory_, 0);
  other.segments_.clear();
}

std::size_t OutputQueue::gather(std::span<iovec> pieces, std::size_t bytes_min) const {
  std::size_t count = 0;
  std::size_t gathered = 0;
  std::size_t piece_at = first_piece_;
  std::size_t byte_at = first_byte_;
  const auto put = [&](std::string_view bytes) {
    bytes.remove_prefix(std::exchange(byte_at, 0));
    if (bytes.empty()) return;
    // The kernel only reads; iovec has no const form.
    pieces[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
    gathered += bytes.size();
  };
  const auto has_room = [&] { return count < pieces.size() && gathered < bytes_min; };
  for (std::size_t k = first_segment_; k < segments_.size() && has_room(); ++k) {
    const Segment& segment = segments_[k];
    if (segment.pieces.empty()) put(segment.owned);
    for (; piece_at < segment.pieces.size() && has_room(); ++piece_at)
      put(segment.pieces[piece_at]);
    piece_at = 0;
  }
  return count;
}

void OutputQueue::consume(std::size_t count, BufferPool& pool) {
  ensure(count <= bytes_, "no more bytes are sent than were queued");
  bytes_ -= count;
  while (first_segment_ < segments_.size()) {
    Segment& segment = segments_[first_segment_];
    const bool is_gathered = !segment.pieces.empty();
    const std::size_t size =
        is_gathered ? segment.pieces[first_piece_].size() : segment.owned.size();
    const std::size_t left = size - first_byte_;
    if (count < left) {
      first_byte_ += count;
      forget_sent_segments();
      return;
    }
    count -= left;
    first_byte_ = 0;
    if (is_gathered && ++first_piece_ < segment.pieces.size()) continue;
    finish_segment(segment, pool);
    first_piece_ = 0;
    ++first_segment_;
  }
  segments_.clear();
  first_segment_ = 0;
}

void OutputQueue::forget_sent_segments() {
  // Output that never runs empty must not grow for that reason.
  if (first_segment_ < 64 || first_segment_ * 2 < segments_.size()) return;
  segments_.erase(segments_.begin(),
                  segments_.begin() + static_cast<std::ptrdiff_t>(first_segment_));
  first_segment_ = 0;
}

void OutputQueue::finish_segment(Segment& segment, BufferPool& pool) {
  memory_ -= segment.memory();
  pool.give_back(std::move(segment.owned));
  segment = Segment{};
}

void OutputQueue::clear(BufferPool& pool) {
  for (Segment& segment : segments_) finish_segment(segment, pool);  // those already sent hold none
  segments_.clear();
  first_segment_ = first_piece_ = first_byte_ = bytes_ = memory_ = 0;
}

}  // namespace rocketmq::net
