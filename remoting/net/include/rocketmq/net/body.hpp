#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rocketmq::net {

/// The bytes behind a unit's head: owned text, or pieces of memory that something else keeps
/// alive (records in the mapped CommitLog), sent by gathered write without being copied.
class Body {
 public:
  Body() = default;
  Body(std::string owned)
      : owned_(std::move(owned)) {}         // NOLINT(google-explicit-constructor): a text is a body
  Body(const char* text) : owned_(text) {}  // NOLINT(google-explicit-constructor)

  /// `pieces` stay valid while `keep_alive` lives.
  static Body gathered(std::vector<std::string_view> pieces,
                       std::shared_ptr<const void> keep_alive) {
    Body body;
    body.pieces_ = std::move(pieces);
    body.keep_alive_ = std::move(keep_alive);
    return body;
  }

  std::size_t size() const {
    std::size_t bytes = owned_.size();
    for (const std::string_view piece : pieces_) bytes += piece.size();
    return bytes;
  }
  bool empty() const { return size() == 0; }
  bool is_gathered() const { return !pieces_.empty(); }
  const std::string& owned() const { return owned_; }
  std::string& owned() { return owned_; }
  const std::vector<std::string_view>& pieces() const { return pieces_; }
  const std::shared_ptr<const void>& keep_alive() const { return keep_alive_; }

  /// All bytes in one text; copies gathered pieces.
  std::string flatten() const {
    std::string text = owned_;
    for (const std::string_view piece : pieces_) text.append(piece);
    return text;
  }

 private:
  std::string owned_;
  std::vector<std::string_view> pieces_;
  std::shared_ptr<const void> keep_alive_;
};

}  // namespace rocketmq::net
