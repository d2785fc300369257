#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace rocketmq::store {

/// Bytes on their way to the log, in the pieces by which they are written. They are never moved, so
/// that adding costs the same however many there are. One thread at a time.
class StagedBytes {
 public:
  struct Piece {
    std::int64_t physical_offset = 0;
    std::string_view bytes;
  };

  std::size_t size() const { return size_; }
  const std::vector<Piece>& pieces() const { return pieces_; }

  /// Adds `count` bytes of any content, which are to be written at `physical_offset`, and returns
  /// where they begin. They continue the last piece, which they follow in the log, or begin a new
  /// one.
  char* add(std::int64_t physical_offset, std::size_t count) {
    if (chunks_.empty() || chunks_.back().used + count > chunks_.back().capacity) open_chunk(count);
    Chunk& chunk = chunks_.back();
    char* const at = chunk.bytes.get() + chunk.used;
    if (is_piece_over_) {
      pieces_.push_back({physical_offset, {at, count}});
    } else {
      std::string_view& bytes = pieces_.back().bytes;
      bytes = {bytes.data(), bytes.size() + count};
    }
    is_piece_over_ = false;
    chunk.used += count;
    size_ += count;
    return at;
  }
  /// What is added next begins a new piece.
  void end_piece() { is_piece_over_ = true; }
  /// Empties it; memory beyond what is usual is given back.
  void clear() {
    pieces_.clear();
    is_piece_over_ = true;
    size_ = 0;
    if (chunks_.empty()) return;
    // The largest one stays: what comes together at a time mostly fits into one piece then.
    const auto largest = std::max_element(
        chunks_.begin(), chunks_.end(),
        [](const Chunk& a, const Chunk& b) { return kept_bytes(a) < kept_bytes(b); });
    std::swap(chunks_.front(), *largest);
    chunks_.resize(kept_bytes(chunks_.front()) > 0 ? 1 : 0);
    if (!chunks_.empty()) chunks_.front().used = 0;
  }

 private:
  static constexpr std::size_t first_chunk_bytes = 64 * 1024;
  static constexpr std::size_t chunk_bytes_max = 1024 * 1024;

  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t capacity = 0;
    std::size_t used = 0;
  };
  static std::size_t kept_bytes(const Chunk& chunk) {
    return chunk.capacity <= chunk_bytes_max ? chunk.capacity : 0;
  }

  void open_chunk(std::size_t count) {
    const std::size_t next = chunks_.empty()
                                 ? first_chunk_bytes
                                 : std::min(2 * chunks_.back().capacity, chunk_bytes_max);
    const std::size_t capacity = std::max(next, count);
    // Not cleared, unlike make_unique's.
    chunks_.push_back({std::unique_ptr<char[]>(new char[capacity]), capacity, 0});
    is_piece_over_ = true;
  }

  std::vector<Chunk> chunks_;
  std::vector<Piece> pieces_;
  bool is_piece_over_ = true;
  std::size_t size_ = 0;
};

}  // namespace rocketmq::store
