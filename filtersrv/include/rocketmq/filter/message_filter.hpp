/// The interface of filters written in C++ that consumers upload to a filter server.
///
/// A filter is a class that derives from `rocketmq::filter::MessageFilter` and can be made without
/// arguments. Its source is uploaded with the name of the class, in Java's notation: the class
/// `example::MessageFilterImpl` has the name `example.MessageFilterImpl`.
///
///     #include <rocketmq/filter/message_filter.hpp>
///
///     namespace example {
///     class MessageFilterImpl : public rocketmq::filter::MessageFilter {
///      public:
///       bool match(const rocketmq::filter::MessageView& message,
///                  const rocketmq::filter::FilterContext&) override {
///         const auto id = message.integer("SequenceId");
///         return id && *id % 3 == 0 && *id > 10;
///       }
///     };
///     }  // namespace example
///
/// The filter server compiles it (C++20, the standard library) and runs it in a process of its own
/// that may compute and use memory within its limits, and nothing else: no files, no network, no
/// threads, no processes. Such a call ends the process. What a filter remembers from one message to
/// the next may be lost at any time: the process is replaced after failures and now and then.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace rocketmq::filter {

/// A message that is to be judged. All texts are valid during the call of `match` only.
class MessageView {
 public:
  struct Data {
    std::string_view topic;
    /// Name, byte 1, value, byte 2, and so on.
    std::string_view properties;
    std::string_view body;
    std::string_view message_id;
    std::int32_t queue_id = 0;
    std::int32_t flag = 0;
    std::int32_t reconsume_times = 0;
    std::int64_t queue_offset = 0;
    std::int64_t born_time_ms = 0;
    std::int64_t store_time_ms = 0;
  };

  explicit MessageView(const Data& data) : data_(data) {}

  std::string_view topic() const { return data_.topic; }
  /// Decompressed.
  std::string_view body() const { return data_.body; }
  /// What sendResult.getMsgId() of old clients returns: the message's place at its broker, as text.
  std::string_view message_id() const { return data_.message_id; }
  /// Empty if the message has none.
  std::string_view tags() const { return property("TAGS").value_or(std::string_view{}); }
  /// Separated by blanks; empty if the message has none.
  std::string_view keys() const { return property("KEYS").value_or(std::string_view{}); }
  std::int32_t queue_id() const { return data_.queue_id; }
  std::int32_t flag() const { return data_.flag; }
  std::int32_t reconsume_times() const { return data_.reconsume_times; }
  std::int64_t queue_offset() const { return data_.queue_offset; }
  /// Milliseconds since 1970, by the clock of the producer.
  std::int64_t born_time_ms() const { return data_.born_time_ms; }
  /// Milliseconds since 1970, by the clock of the broker.
  std::int64_t store_time_ms() const { return data_.store_time_ms; }
  /// All properties, as stored: name, byte 1, value, byte 2, and so on.
  std::string_view properties() const { return data_.properties; }

  /// The value of a property, without a copy. Costs time in proportion to the properties' length.
  std::optional<std::string_view> property(std::string_view name) const {
    std::string_view rest = data_.properties;
    while (!rest.empty()) {
      const auto name_end = rest.find('\1');
      if (name_end == std::string_view::npos) break;
      auto value_end = rest.find('\2', name_end + 1);
      if (value_end == std::string_view::npos) value_end = rest.size();
      if (rest.substr(0, name_end) == name) {
        return rest.substr(name_end + 1, value_end - name_end - 1);
      }
      rest.remove_prefix(value_end < rest.size() ? value_end + 1 : rest.size());
    }
    return std::nullopt;
  }

  /// The value of a property that is a whole decimal number; nothing if there is none, if it is
  /// something else, or if it does not fit.
  std::optional<std::int64_t> integer(std::string_view name) const {
    const auto text = property(name);
    if (!text) return std::nullopt;
    std::int64_t number = 0;
    const char* const end = text->data() + text->size();
    const auto [stop, failure] = std::from_chars(text->data(), end, number);
    if (failure != std::errc{} || stop != end) return std::nullopt;
    return number;
  }

 private:
  const Data& data_;
};

/// Whose filter it is.
struct FilterContext {
  std::string_view consumer_group;
  std::string_view topic;
};

/// Judges the messages of one topic for one consumer group, one after the other.
class MessageFilter {
 public:
  MessageFilter() = default;
  MessageFilter(const MessageFilter&) = delete;
  MessageFilter& operator=(const MessageFilter&) = delete;
  virtual ~MessageFilter() = default;

  /// True if the consumer is to get the message. An exception counts as a failure of the filter on
  /// this message; what becomes of the message is a setting of the filter server.
  virtual bool match(const MessageView& message, const FilterContext& context) = 0;
};

}  // namespace rocketmq::filter

/// What the filter server looks for in a compiled filter. It adds this line itself for the class
/// whose name comes with the upload; a source that has the line already may call its class
/// anything.
#define ROCKETMQ_FILTER(Class)                                                       \
  extern "C" rocketmq::filter::MessageFilter* rocketmq_make_filter();                \
  extern "C" __attribute__((visibility("default"))) rocketmq::filter::MessageFilter* \
  rocketmq_make_filter() {                                                           \
    return new Class();                                                              \
  }
