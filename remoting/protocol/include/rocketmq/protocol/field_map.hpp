#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rocketmq::remoting {

/// The extFields of a frame: key and value texts in the order they came. One flat buffer holds all
/// of them, so that a map that is cleared and filled again allocates nothing. Not thread-safe.
/// Views returned point into the map and are valid until it is changed or destroyed (moving a map
/// may move its bytes).
class FieldMap {
 public:
  void clear();
  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }

  /// Appends; does not look for an equal key (find() returns the first, so a sender's duplicate
  /// changes nothing).
  void add(std::string_view key, std::string_view value);
  /// Replaces the value of `key`, or appends it.
  void set(std::string_view key, std::string_view value);

  std::optional<std::string_view> find(std::string_view key) const;
  /// As find; begins at `hint` and leaves it behind the hit, so that looking fields up in the order
  /// in which they came costs one comparison each.
  std::optional<std::string_view> find_from(std::string_view key, std::size_t& hint) const {
    if (hint < entries_.size() && has_key(entries_[hint], key)) return value_at(hint++);
    return search_from(key, hint);
  }

  std::string_view key_at(std::size_t index) const {
    return {bytes_.data() + entries_[index].key_at, entries_[index].key_bytes};
  }
  std::string_view value_at(std::size_t index) const {
    return {bytes_.data() + entries_[index].value_at, entries_[index].value_bytes};
  }

  /// Building without a copy: append bytes to buffer(), then register what was appended. For
  /// decoders.
  std::string& buffer() { return bytes_; }
  void add_appended(std::size_t key_at, std::size_t key_bytes, std::size_t value_at,
                    std::size_t value_bytes) {
    entries_.push_back({static_cast<std::uint32_t>(key_at), static_cast<std::uint32_t>(key_bytes),
                        static_cast<std::uint32_t>(value_at),
                        static_cast<std::uint32_t>(value_bytes)});
  }

 private:
  struct Entry {
    std::uint32_t key_at;
    std::uint32_t key_bytes;
    std::uint32_t value_at;
    std::uint32_t value_bytes;
  };
  bool has_key(const Entry& entry, std::string_view key) const {
    if (entry.key_bytes != key.size()) return false;
    const char* own = bytes_.data() + entry.key_at;
    // The first letter tells most keys of one length apart without a call.
    return key.empty() || (*own == key.front() && std::memcmp(own, key.data(), key.size()) == 0);
  }
  std::optional<std::string_view> search_from(std::string_view key, std::size_t& hint) const;

  std::string bytes_;
  std::vector<Entry> entries_;
};

}  // namespace rocketmq::remoting
