#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// Deepest nesting that is read.
inline constexpr int json_depth_max = 64;

/// True when a member of this written name is meant by `member`: without regard to case, `_` and
/// `-`, as Java reads.
bool json_name_is(std::string_view written, std::string_view member);
/// The same of a boolean member, which may have "is" in front.
bool json_flag_is(std::string_view written, std::string_view member);
/// The key of a map with integer keys: `2`, `+2`, `002`, `2L` and `2.0` are 2.
std::optional<std::int64_t> json_key_number(std::string_view written);

/// Reads JSON as published clients and Java's config files write it (spec/wire.md §8) in one pass:
/// what is wanted goes to where it belongs, the rest is skipped, and no tree is made of anything.
/// Beyond RFC 8259 it takes a byte order mark, integer keys without quotes, whole objects as keys,
/// single-quoted strings, unquoted identifiers as keys, superfluous commas, `;` between members,
/// comments, raw control characters in strings, number suffixes, `Set[…]` and `undefined`.
///
/// Each read takes the value that comes next and returns false when it cannot; from then on every
/// call returns false, and error() says why and where. A null leaves the default, as an absent
/// member does. Never recurses deeper than json_depth_max. A text has at most values_free values
/// and one for each bytes_per_value bytes, unless it is trusted.
class JsonReader {
 public:
  static constexpr std::size_t values_free = 65'536;
  static constexpr std::size_t bytes_per_value = 16;
  enum class Source {
    Peer,
    /// A file of our own: of any number of values, and `[]` is no object.
    Trusted
  };
  enum class Kind : std::uint8_t { Null, Boolean, Number, Text, Array, Object, Nothing };

  /// `text` must outlive the reader.
  explicit JsonReader(std::string_view text, Source source = Source::Peer);

  /// What comes next; Nothing at the end, and for what begins no value.
  Kind kind();

  /// Numbers are also read of texts ("5", "+5", "1,000"); fractions are cut. A boolean is 0 or 1 to
  /// the 32-bit form only, which takes "5.0" as well. Out of range is a failure; an empty text is
  /// as null.
  bool read(std::int32_t& number);
  bool read(std::int64_t& number);
  /// 1, "true", "y" in any case, "T" and "1" are true; other numbers, "false", "f" in any case, "N"
  /// and "0" false.
  bool read(bool& value);
  /// Numbers and booleans as they are written; of objects and arrays their JSON text.
  bool read(std::string& text);
  bool read(std::optional<std::string>& text);
  /// Of a map's values: null and the empty text are failures.
  bool read_required(std::int64_t& number);
  /// An enum by name, in any case, or by ordinal; `names` are in ordinal order. An unknown name
  /// leaves the default.
  template <class Enum>
  bool read_enum(Enum& value, std::initializer_list<std::string_view> names) {
    auto ordinal = static_cast<std::int32_t>(value);
    if (!read_ordinal(ordinal, names)) return false;
    value = static_cast<Enum>(ordinal);
    return true;
  }
  bool skip();

  /// Calls member(name) for each member; it takes the value and returns whether it could. `name` is
  /// valid until it returns; of an object that is a key it is its text. Null and `[]` have no
  /// members.
  template <class Member>
  bool object(const Member& member) {
    if (!enter('{')) return false;
    if (is_absent_) return true;
    std::string scratch;
    std::string_view name;
    bool is_first = true;
    while (next_member(name, scratch, is_first)) {
      if (!member(name)) return give_up();
    }
    return leave();
  }
  /// A map with integer keys: member(key) for each.
  template <class Member>
  bool numbered(const Member& member) {
    return object([&](std::string_view name) {
      const auto key = json_key_number(name);
      return key ? member(*key) : fail("'" + std::string(name.substr(0, 64)) + "' is no number");
    });
  }
  /// Calls item() for each element; it takes the element. Null has none.
  template <class Item>
  bool array(const Item& item) {
    if (!enter('[')) return false;
    if (is_absent_) return true;
    bool is_first = true;
    while (next_item(is_first)) {
      if (!item()) return give_up();
    }
    return leave();
  }

  /// True when nothing but blanks and comments follows.
  bool end();
  /// For a value that reads well but cannot be; keeps the first reason. Returns false.
  bool fail(std::string why);

  bool failed() const { return failed_; }
  /// SystemError: "JSON: ':' expected at line 3, column 7".
  Error error() const;

  /// The number that comes next, as it is written. For callers that keep trees.
  bool read_number_text(std::string_view& text, bool& is_whole);

 private:
  struct Number {
    bool is_whole = false;
    bool fits = false;  // is_whole: into `whole`
    std::int64_t whole = 0;
    double real = 0;
    std::string_view text;  // without the suffix
  };

  char peek() const { return at_ != end_ ? *at_ : '\0'; }
  bool skip_blank();
  bool skip_comment();
  /// Counts a value; moves to its first byte.
  bool begin_value();
  /// Of an object or array; sets is_absent_ when something empty is in its place.
  bool enter(char open);
  bool next_member(std::string_view& name, std::string& scratch, bool& is_first);
  bool next_item(bool& is_first);
  bool leave();
  bool give_up() { return fail("a value could not be read"); }
  bool read_key(std::string_view& name, std::string& scratch);
  bool skip_value();
  bool read_string(std::string& out);
  bool skip_string();
  bool read_escape(std::string& out);
  bool read_unicode_escape(std::string& out);
  bool read_code_unit(std::uint32_t& unit);
  bool scan_number(Number& number);
  std::string_view scan_word();
  bool take_set_name();
  bool read_ordinal(std::int32_t& ordinal, std::initializer_list<std::string_view> names);
  template <class Integer>
  bool read_integer(Integer& number, bool& was_null);
  template <class Integer>
  bool number_of_text(Integer& number, bool& was_null);

  const char* const begin_;
  const char* at_;
  const char* const end_;
  std::size_t values_left_;
  const bool takes_empty_array_;  // in place of an object, as Java does
  int depth_ = 0;
  bool is_absent_ = false;
  bool in_object_key_ = false;
  bool failed_ = false;
  std::string why_;
  const char* failed_at_ = nullptr;
};

/// A whole text as one object, read by read_json(JsonReader&, T&) of T. `what` begins the remark of
/// the error.
template <class T>
Result<T> parse_json_object(std::string_view what, std::string_view text) {
  JsonReader in(text);
  T value{};
  const bool is_object = in.kind() == JsonReader::Kind::Object;
  const bool is_read = (is_object ? read_json(in, value) : in.skip()) && in.end();
  if (is_read && is_object) return value;
  return Error{
      ResponseCode::SystemError,
      std::string(what) + ": " + (is_read ? "the body is no JSON object" : in.error().remark)};
}

}  // namespace rocketmq
