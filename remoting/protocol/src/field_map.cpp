#include "rocketmq/protocol/field_map.hpp"

namespace rocketmq::remoting {
namespace {

/// What clear() keeps allocated; one peer's huge header must not be paid forever.
constexpr std::size_t kept_field_bytes_max = 64 * 1024;
constexpr std::size_t kept_entries_max = 256;

}  // namespace

void FieldMap::clear() {
  if (bytes_.capacity() > kept_field_bytes_max) {
    std::string().swap(bytes_);
  } else {
    bytes_.clear();
  }
  if (entries_.capacity() > kept_entries_max) {
    std::vector<Entry>().swap(entries_);
  } else {
    entries_.clear();
  }
}

void FieldMap::add(std::string_view key, std::string_view value) {
  const std::size_t key_at = bytes_.size();
  bytes_.append(key);
  const std::size_t value_at = bytes_.size();
  bytes_.append(value);
  add_appended(key_at, key.size(), value_at, value.size());
}

void FieldMap::set(std::string_view key, std::string_view value) {
  for (Entry& entry : entries_) {
    if (!has_key(entry, key)) continue;
    // The old value stays in the buffer as a hole: replacing is rare, and the map lives as long as
    // one frame.
    entry.value_at = static_cast<std::uint32_t>(bytes_.size());
    entry.value_bytes = static_cast<std::uint32_t>(value.size());
    bytes_.append(value);
    return;
  }
  add(key, value);
}

std::optional<std::string_view> FieldMap::find(std::string_view key) const {
  std::size_t hint = 0;
  return find_from(key, hint);
}

std::optional<std::string_view> FieldMap::search_from(std::string_view key,
                                                      std::size_t& hint) const {
  const std::size_t count = entries_.size();
  const std::size_t begin = hint < count ? hint : 0;
  for (std::size_t i = begin; i < count; ++i) {
    if (has_key(entries_[i], key)) {
      hint = i + 1;
      return value_at(i);
    }
  }
  for (std::size_t i = 0; i < begin; ++i) {
    if (has_key(entries_[i], key)) {
      hint = i + 1;
      return value_at(i);
    }
  }
  return std::nullopt;
}

}  // namespace rocketmq::remoting
