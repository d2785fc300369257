#pragma once

#include <gtest/gtest.h>

#include <charconv>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rocketmq::test {

/// One message of a crash test: the writer that sent it, and how many that writer had sent before.
struct MessageName {
  std::int32_t writer = 0;
  std::int64_t number = 0;
  friend auto operator<=>(const MessageName&, const MessageName&) = default;

  std::string text() const { return std::to_string(writer) + '-' + std::to_string(number); }
};

/// The body of a message follows from its name, so that a body read back can be checked to its last
/// byte without keeping it.
inline std::string body_of(const MessageName& name) {
  auto mixed = static_cast<std::uint64_t>(name.number * 64 + name.writer);
  std::string body = name.text() + ':';
  for (std::uint64_t left = (mixed * 0x9E3779B97F4A7C15ULL >> 40) % 600; left > 0; --left) {
    mixed = mixed * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
    body += static_cast<char>(mixed >> 56);
  }
  return body;
}

/// The name that a body carries; nothing when it is not exactly the body of that message.
inline std::optional<MessageName> name_of(std::string_view body) {
  MessageName name;
  const char* const end = body.data() + body.size();
  const auto writer = std::from_chars(body.data(), end, name.writer);
  if (writer.ec != std::errc() || writer.ptr == end || *writer.ptr != '-') return {};
  const auto number = std::from_chars(writer.ptr + 1, end, name.number);
  if (number.ec != std::errc() || body != body_of(name)) return {};
  return name;
}

/// What a broker has promised, kept outside of it, and what it had to show for it so far.
/// One thread.
class Ledger {
 public:
  struct Promise {
    MessageName name;
    std::int64_t physical_offset = 0;
  };

  void acknowledged(std::int32_t queue_id, std::int64_t queue_offset, const Promise& promise) {
    const auto [place, is_new] = promised_[queue_id].try_emplace(queue_offset, promise);
    EXPECT_TRUE(is_new) << "two messages were acknowledged as entry " << queue_offset
                        << " of queue " << queue_id << ": " << place->second.name.text() << " and "
                        << promise.name.text();
    ++count_;
  }
  /// The broker said that it has not stored this one.
  void refused(const MessageName& name) { refused_.insert(name); }
  /// The queue had these messages, its entries from `first` on, and ends with them.
  void found(std::int32_t queue_id, std::int64_t first, const std::vector<std::string>& bodies) {
    auto& seen = seen_[queue_id];
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      const auto at = static_cast<std::size_t>(first) + i;
      const auto name = name_of(bodies[i]);
      ASSERT_TRUE(name) << "entry " << at << " of queue " << queue_id << " is no whole message";
      if (at < seen.size()) {
        ASSERT_EQ(seen[at].text(), name->text())
            << "entry " << at << " of queue " << queue_id << " has changed";
        continue;
      }
      ASSERT_TRUE(once_.insert(*name).second) << name->text() << " is there twice";
      ASSERT_FALSE(refused_.contains(*name)) << name->text() << " was refused, but is there";
      const auto [last, is_first] = last_of_writer_.try_emplace({queue_id, name->writer}, -1);
      ASSERT_LT(last->second, name->number) << "out of order in queue " << queue_id;
      last->second = name->number;
      seen.push_back(*name);
    }
    ASSERT_EQ(seen.size(), static_cast<std::size_t>(first) + bodies.size())
        << "queue " << queue_id << " has lost messages that it had before";
  }
  /// Nothing that was acknowledged is missing or elsewhere. After found() of every queue.
  void expect_kept() const {
    for (const auto& [queue_id, promises] : promised_) {
      const auto seen = seen_.find(queue_id);
      const std::size_t count = seen == seen_.end() ? 0 : seen->second.size();
      for (const auto& [queue_offset, promise] : promises) {
        const auto at = static_cast<std::size_t>(queue_offset);
        ASSERT_LT(at, count) << promise.name.text() << " was acknowledged as entry " << queue_offset
                             << " of queue " << queue_id << " and is lost";
        ASSERT_EQ(seen->second[at].text(), promise.name.text())
            << "entry " << queue_offset << " of queue " << queue_id;
      }
    }
  }

  /// What is beyond `physical_offset` may be lost: it is promised no longer.
  void forget_from(std::int64_t physical_offset) {
    for (auto& [queue_id, promises] : promised_) {
      count_ -= std::erase_if(promises, [physical_offset](const auto& entry) {
        return entry.second.physical_offset >= physical_offset;
      });
    }
  }
  std::size_t refused_count() const { return refused_.size(); }

  std::size_t seen_in(std::int32_t queue_id) const {
    const auto seen = seen_.find(queue_id);
    return seen == seen_.end() ? 0 : seen->second.size();
  }
  std::size_t count() const { return count_; }
  /// Up to `most` promises, chosen evenly from all.
  std::vector<Promise> sample(std::size_t most) const {
    std::vector<Promise> chosen;
    const std::size_t step = count_ / most + 1;
    std::size_t number = 0;
    for (const auto& [queue_id, promises] : promised_) {
      for (const auto& [queue_offset, promise] : promises) {
        if (number++ % step == 0) chosen.push_back(promise);
      }
    }
    return chosen;
  }

 private:
  std::map<std::int32_t, std::map<std::int64_t, Promise>> promised_;
  std::map<std::int32_t, std::vector<MessageName>> seen_;
  std::map<std::pair<std::int32_t, std::int32_t>, std::int64_t> last_of_writer_;
  std::set<MessageName> once_;
  std::set<MessageName> refused_;
  std::size_t count_ = 0;
};

}  // namespace rocketmq::test
