#include "case_table.hpp"

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>

#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/crc32.hpp"

namespace rocketmq::test {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return std::string(text);
}

std::int64_t number_of(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size())
    throw std::runtime_error("not a number: " + text.substr(0, 40));
  return number;
}

template <class Integer>
std::string big_endian(const std::string& text) {
  std::string bytes;
  append_be<Integer>(bytes, static_cast<Integer>(number_of(text)));
  return bytes;
}

std::string compressed(const std::string& text) {
  uLongf bytes = ::compressBound(text.size());
  std::string out(bytes, '\0');
  if (::compress2(reinterpret_cast<Bytef*>(out.data()), &bytes,
                  reinterpret_cast<const Bytef*>(text.data()), text.size(), Z_BEST_SPEED) != Z_OK) {
    throw std::runtime_error("zlib failed");
  }
  out.resize(bytes);
  return out;
}

std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

/// A whole frame: `type` is 0 for a JSON header and 1 for a binary one.
std::string frame(std::uint32_t type, const std::string& header, const std::string& body) {
  std::string bytes;
  append_be<std::uint32_t>(bytes, static_cast<std::uint32_t>(4 + header.size() + body.size()));
  append_be<std::uint32_t>(bytes, type << 24 | static_cast<std::uint32_t>(header.size()));
  return bytes + header + body;
}

/// One message of a batch's body.
std::string batch_entry(const std::string& body, const std::string& properties) {
  std::string bytes;
  append_be<std::int32_t>(bytes, static_cast<std::int32_t>(22 + body.size() + properties.size()));
  bytes.append(12, '\0');  // magic, CRC and flag are not read
  append_be<std::int32_t>(bytes, static_cast<std::int32_t>(body.size()));
  bytes += body;
  append_be<std::int16_t>(bytes, static_cast<std::int16_t>(properties.size()));
  return bytes + properties;
}

using Arguments = std::vector<std::string>;

std::string call(const std::string& name, Arguments arguments) {
  arguments.resize(std::max<std::size_t>(arguments.size(), 2));
  const std::string& first = arguments[0];
  const std::string& second = arguments[1];
  if (name == "all") return first;
  if (name == "i8") return {static_cast<char>(number_of(first))};
  if (name == "i16") return big_endian<std::int16_t>(first);
  if (name == "i32") return big_endian<std::int32_t>(first);
  if (name == "i64") return big_endian<std::int64_t>(first);
  if (name == "hex") return from_hex(first);
  if (name == "zlib") return compressed(first);
  if (name == "crc") return std::to_string(masked_crc32(first));
  if (name == "json") return frame(0, first, second);
  if (name == "binary") return frame(1, first, second);
  if (name == "entry") return batch_entry(first, second);
  throw std::runtime_error("unknown function " + name);
}

/// Reads a value: parts written one after the other, each of which may be repeated.
class ValueReader {
 public:
  explicit ValueReader(std::string_view text) : text_(text) {}

  std::string read() {
    std::string value = read_value(false);
    if (at_ < text_.size()) throw std::runtime_error("text after the value");
    return value;
  }

 private:
  bool is_at(std::size_t at, char c) const { return at < text_.size() && text_[at] == c; }
  bool is_digit_at(std::size_t at) const { return at < text_.size() && is_digit(text_[at]); }
  bool is_end_of_argument(bool is_argument) const {
    return at_ >= text_.size() || (is_argument && (text_[at_] == ',' || text_[at_] == ')'));
  }

  std::string read_value(bool is_argument) {
    std::string value;
    while (!is_end_of_argument(is_argument)) {
      if (is_argument && is_blank(text_[at_])) {
        ++at_;
        continue;
      }
      const bool is_quoted = text_[at_] == '\'' || text_[at_] == '"';
      value += repeated(is_quoted ? read_quoted() : read_bare(is_argument));
    }
    return value;
  }

  /// `x*3` is xxx; `x#**3` is x0,x1,x2.
  bool is_repetition() const {
    return is_at(at_, '*') &&
           (is_digit_at(at_ + 1) || (is_at(at_ + 1, '*') && is_digit_at(at_ + 2)));
  }
  std::string repeated(const std::string& part) {
    if (!is_repetition()) return part;
    const bool is_list = is_at(++at_, '*');
    if (is_list) ++at_;
    std::string digits;
    while (is_digit_at(at_)) digits += text_[at_++];
    std::string all;
    for (std::int64_t i = 0, count = number_of(digits); i < count; ++i) {
      if (!is_list) {
        all += part;
        continue;
      }
      if (i > 0) all += ',';
      for (const char c : part) c == '#' ? all += std::to_string(i) : all += c;
    }
    return all;
  }

  std::string read_quoted() {
    const char quote = text_[at_++];
    std::string content;
    while (!is_at(at_, quote)) {
      if (at_ >= text_.size()) throw std::runtime_error("a quote is not closed");
      content += text_[at_] == '\\' ? read_escape() : text_[at_++];
    }
    ++at_;
    return content;
  }

  /// What is no escape of the table keeps its backslash: JSON has escapes of its own.
  char read_escape() {
    const char letter = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    const auto escaped = [this](char c) {
      at_ += 2;
      return c;
    };
    switch (letter) {
      case '0': return escaped('\0');
      case 'n': return escaped('\n');
      case 'r': return escaped('\r');
      case 't': return escaped('\t');
      case '\\':
      case '\'': return escaped(letter);
      case 'x': {
        const std::string digits(text_.substr(at_ + 2, 2));
        at_ += 4;
        return static_cast<char>(std::stoi(digits, nullptr, 16));
      }
      default: return text_[at_++];
    }
  }

  std::string read_bare(bool is_argument) {
    const std::size_t begin = at_;
    while (!is_end_of_argument(is_argument) && text_[at_] != '\'' && text_[at_] != '"' &&
           text_[at_] != '(' && !(is_argument && is_blank(text_[at_])) && !is_repetition()) {
      ++at_;
    }
    std::string word(text_.substr(begin, at_ - begin));
    if (!is_at(at_, '(')) return word;
    ++at_;
    Arguments arguments;
    do {
      arguments.push_back(read_value(true));
      if (at_ >= text_.size()) throw std::runtime_error("a parenthesis is not closed");
    } while (text_[at_++] == ',');
    return call(word, std::move(arguments));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// Calls `is_wanted` with each character outside of quotes and parentheses until it returns true;
/// returns its position, or the text's size.
std::size_t find_outside(std::string_view text, std::size_t from,
                         const std::function<bool(std::size_t)>& is_wanted) {
  char quote = '\0';
  int depth = 0;
  for (std::size_t at = from; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0') {
      if (c == '\\')
        ++at;
      else if (c == quote)
        quote = '\0';
      continue;
    }
    if (depth == 0 && is_wanted(at)) return at;
    if (c == '\'' || c == '"') quote = c;
    if (c == '(') ++depth;
    if (c == ')') --depth;
  }
  return text.size();
}

std::string with_variables(std::string line, const std::map<std::string, std::string>& variables) {
  for (const auto& [name, value] : variables) {
    for (std::size_t at = 0; (at = line.find('$' + name, at)) != std::string::npos;)
      line.replace(at, name.size() + 1, value);
  }
  return line;
}

std::vector<std::string> columns_of(std::string_view line) {
  std::vector<std::string> columns;
  // The description is prose, so that its quotes mean nothing.
  std::size_t begin = std::min(line.find(" | "), line.size());
  columns.push_back(trimmed(line.substr(0, begin)));
  while (begin < line.size()) {
    begin += 3;
    const auto end = find_outside(
        line, begin, [line](std::size_t at) { return line.substr(at).starts_with(" | "); });
    columns.push_back(trimmed(line.substr(begin, end - begin)));
    begin = end;
  }
  return columns;
}

class TableReader {
 public:
  void read_line(const std::string& line, const std::string& place) {
    if (line.starts_with("== ")) return begin_group(line, place);
    if (line.starts_with("let ")) return define(line);
    auto columns = columns_of(line);
    if (columns.size() != 3) throw std::runtime_error("three columns expected");
    if (groups_.empty()) throw std::runtime_error("a line before the first group");
    groups_.back().cases.push_back({place, columns[0], expanded(words_of(columns[1])), columns[2]});
  }
  std::vector<BadInputGroup> groups() && { return std::move(groups_); }

 private:
  /// `== NAME ==`, or `== NAME; may change: PART PART ==`.
  void begin_group(const std::string& line, const std::string& place) {
    std::string title = trimmed(line.substr(3, line.rfind("==") - 3));
    std::vector<std::string> may_change;
    const std::string mark = "; may change: ";
    if (const auto at = title.find(mark); at != std::string::npos) {
      may_change = words_of(title.substr(at + mark.size()));
      title.resize(at);
    }
    groups_.push_back({place, title, std::move(may_change), {}});
  }

  /// `let NAME = WORDS`.
  void define(const std::string& line) {
    const auto words = words_of(line);
    if (words.size() < 4 || words[2] != "=") throw std::runtime_error("let NAME = WORDS expected");
    names_[words[1]] = expanded({words.begin() + 3, words.end()});
  }

  std::vector<std::string> expanded(std::vector<std::string> words) const {
    const auto known = words.empty() ? names_.end() : names_.find(words.front());
    if (known == names_.end()) return words;
    std::vector<std::string> all = known->second;
    all.insert(all.end(), words.begin() + 1, words.end());
    return all;
  }

  std::map<std::string, std::vector<std::string>> names_;
  std::vector<BadInputGroup> groups_;
};

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const auto end =
        find_outside(text, at, [text](std::size_t here) { return is_blank(text[here]); });
    if (end > at) words.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::string bytes_of_value(std::string_view text) {
  try {
    return ValueReader(text).read();
  } catch (const std::exception& failure) {
    throw std::runtime_error(std::string(failure.what()) + " in " +
                             std::string(text.substr(0, 80)));
  }
}

std::vector<BadInputGroup> read_bad_inputs(const std::filesystem::path& file,
                                           const std::map<std::string, std::string>& variables) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  TableReader table;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    const std::string place = file.filename().string() + ":" + std::to_string(++number);
    if (trimmed(line).empty() || line.front() == '#') continue;
    try {
      table.read_line(with_variables(line, variables), place);
    } catch (const std::exception& failure) {
      throw std::runtime_error(place + ": " + failure.what());
    }
  }
  return std::move(table).groups();
}

}  // namespace rocketmq::test
