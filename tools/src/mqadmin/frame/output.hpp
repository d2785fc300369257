#pragma once

#include <fmt/printf.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rocketmq::mqadmin {

/// A value of a table or of a JSON document.
class Cell {
 public:
  Cell(std::string text) : value_(std::move(text)) {}         // NOLINT(google-explicit-constructor)
  Cell(std::string_view text) : value_(std::string(text)) {}  // NOLINT(google-explicit-constructor)
  Cell(const char* text) : value_(std::string(text)) {}       // NOLINT(google-explicit-constructor)
  Cell(double number) : value_(number) {}                     // NOLINT(google-explicit-constructor)
  Cell(bool is) : value_(is) {}                               // NOLINT(google-explicit-constructor)
  template <std::integral Number>
  requires(!std::same_as<Number, bool>) Cell(Number number)  // NOLINT(google-explicit-constructor)
      : value_(static_cast<std::int64_t>(number)) {}

  /// As a printf-like format with one conversion says. %s takes every value, and a text takes every
  /// format.
  std::string format(std::string_view format) const;
  const auto& value() const { return value_; }

 private:
  std::variant<std::string, std::int64_t, double, bool> value_;
};

/// A column: its heading, and the printf-like formats of heading and values, with the blanks
/// between this column and the next one.
struct Column {
  std::string heading;
  std::string heading_format;
  std::string format = heading_format;
};

class Output;

/// A table; its heading is written when it is made, rows as they come.
class Table {
 public:
  void row(std::vector<Cell> cells);

 private:
  friend class Output;
  Table(Output& output, std::string name, std::vector<Column> columns, bool with_heading);
  Output& output_;
  const std::string name_;
  const std::vector<Column> columns_;
};

/// What a command writes to standard output: text as scripts know it, or with --json one document
/// in one line: tables as arrays of objects, lines as "messages". A command writes both by the same
/// calls.
class Output {
 public:
  Output(std::ostream& out, bool as_json);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  bool as_json() const { return as_json_; }

  /// A line that says what was done.
  void line(const std::string& text);
  /// A line that is an element of a list.
  void item(const std::string& list, const std::string& text);
  /// printf-like, with %s for texts and %d for whole numbers; not in JSON.
  template <class... Values>
  void print(std::string_view format, const Values&... values) {
    if (!as_json_) out_ << fmt::sprintf(format, values...);
  }
  /// `name` is the array's name in JSON.
  Table table(std::string name, std::vector<Column> columns);
  /// One whose headings are its members' names in JSON only.
  Table rows(std::string name, std::vector<Column> columns);
  /// A member of the JSON document; JSON only.
  void value(const std::string& name, const Cell& value);
  /// The same of an object: document[object][name].
  void value(const std::string& object, const std::string& name, const Cell& value);
  /// A member that is JSON text already.
  void json(const std::string& name, const std::string& text);
  /// The same as the next element of an array.
  void append_json(const std::string& name, const std::string& text);
  void failure(int code, const std::string& text);
  /// Writes what is left. A command that repeats itself ends each round with it.
  void finish();

 private:
  friend class Table;
  struct Document;
  std::ostream& out_;
  const bool as_json_;
  std::unique_ptr<Document> document_;
};

/// The leading `length` characters of a text.
std::string cut(std::string_view text, std::size_t length);

}  // namespace rocketmq::mqadmin
