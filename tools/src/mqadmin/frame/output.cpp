#include "mqadmin/frame/output.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <utility>

namespace rocketmq::mqadmin {
namespace {

using nlohmann::ordered_json;

bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
char lower_case(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
char upper_case(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }
bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }

/// A heading as the name of a JSON member: "#Broker Name" is brokerName, "#QID" is qid.
std::string member_name(const std::string& heading) {
  std::string name;
  for (std::size_t i = 0; i < heading.size();) {
    if (!is_letter_or_digit(heading[i])) {
      ++i;
      continue;
    }
    std::string word;
    while (i < heading.size() && is_letter_or_digit(heading[i])) word += heading[i++];
    const bool has_lower = std::any_of(word.begin(), word.end(), is_lower);
    if (!has_lower) std::transform(word.begin(), word.end(), word.begin(), lower_case);
    word[0] = name.empty() ? lower_case(word[0]) : upper_case(word[0]);
    name += word;
  }
  return name;
}

ordered_json to_json(const Cell& cell) {
  return std::visit([](const auto& value) { return ordered_json(value); }, cell.value());
}

}  // namespace

namespace {

/// A format of a number as that of a text of the same width.
std::string text_format(std::string_view format) {
  const auto percent = format.find('%');
  const auto end = format.find_first_of("dfux", percent);
  if (end == std::string_view::npos) return std::string(format);
  const auto width_end = std::min(format.find('.', percent), end);
  return std::string(format.substr(0, width_end)) + 's' + std::string(format.substr(end + 1));
}

}  // namespace

std::string Cell::format(std::string_view format) const {
  const auto conversion = format.find_first_of("sdfux", format.find('%'));
  const bool wants_text = conversion != std::string_view::npos && format[conversion] == 's';
  return std::visit(
      [&](const auto& value) {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::string>) {
          return fmt::sprintf(text_format(format), value);
        } else {
          if (wants_text) return fmt::sprintf(format, fmt::to_string(value));
          return fmt::sprintf(format, value);
        }
      },
      value_);
}

struct Output::Document {
  ordered_json json = ordered_json::object();
};

Output::Output(std::ostream& out, bool as_json)
    : out_(out), as_json_(as_json), document_(std::make_unique<Document>()) {}

Output::~Output() = default;

void Output::line(const std::string& text) { item("messages", text); }

void Output::item(const std::string& list, const std::string& text) {
  if (as_json_) {
    document_->json[list].push_back(text);
  } else {
    out_ << text << '\n';
  }
}

Table Output::table(std::string name, std::vector<Column> columns) {
  return {*this, std::move(name), std::move(columns), true};
}

Table Output::rows(std::string name, std::vector<Column> columns) {
  return {*this, std::move(name), std::move(columns), false};
}

void Output::value(const std::string& name, const Cell& value) {
  if (as_json_) document_->json[name] = to_json(value);
}

void Output::value(const std::string& object, const std::string& name, const Cell& value) {
  if (as_json_) document_->json[object][name] = to_json(value);
}

void Output::json(const std::string& name, const std::string& text) {
  if (as_json_) document_->json[name] = ordered_json::parse(text, nullptr, false);
}

void Output::append_json(const std::string& name, const std::string& text) {
  if (as_json_) document_->json[name].push_back(ordered_json::parse(text, nullptr, false));
}

void Output::failure(int code, const std::string& text) {
  if (as_json_) document_->json["failures"].push_back({{"code", code}, {"remark", text}});
}

void Output::finish() {
  if (as_json_ && !document_->json.empty()) {
    // Names and bodies may hold any bytes.
    out_ << document_->json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) << '\n';
    document_->json = ordered_json::object();
  }
  out_.flush();
}

Table::Table(Output& output, std::string name, std::vector<Column> columns, bool with_heading)
    : output_(output), name_(std::move(name)), columns_(std::move(columns)) {
  if (output_.as_json()) {
    // Another one of the same name keeps its rows.
    output_.document_->json.emplace(name_, ordered_json::array());
    return;
  }
  if (!with_heading) return;
  for (const Column& column : columns_)
    output_.out_ << Cell(column.heading).format(column.heading_format);
  output_.out_ << '\n';
}

void Table::row(std::vector<Cell> cells) {
  if (output_.as_json()) {
    auto object = ordered_json::object();
    for (std::size_t i = 0; i < cells.size(); ++i)
      object[member_name(columns_[i].heading)] = to_json(cells[i]);
    output_.document_->json[name_].push_back(std::move(object));
    return;
  }
  for (std::size_t i = 0; i < cells.size(); ++i)
    output_.out_ << cells[i].format(columns_[i].format);
  output_.out_ << '\n';
}

std::string cut(std::string_view text, std::size_t length) {
  return std::string(text.substr(0, length));
}

}  // namespace rocketmq::mqadmin
