#include "rocketmq/common/figure_table.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "rocketmq/common/result.hpp"

namespace rocketmq {
namespace {

std::string decimal_text(double value, int decimals) {
  std::array<char, 512> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

/// The text of a value, by its type.
struct TextOf {
  const Figure& figure;

  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return decimal_text(value, figure.decimals); }
  std::string operator()(const FigureRates& rates) const {
    return decimal_text(rates.last_10_s, 3) + " " + decimal_text(rates.last_60_s, 3) + " " +
           decimal_text(rates.last_600_s, 3);
  }
  std::string operator()(const std::vector<FigureClass>& classes) const {
    std::string text;
    for (const FigureClass& one : classes)
      text.append(one.name).append(":").append(std::to_string(one.count)).append(" ");
    return text;
  }
  std::string operator()(const std::string& text) const { return text; }
};

std::string_view kind_text(FigureKind kind) {
  switch (kind) {
    case FigureKind::Counter: return "counter";
    case FigureKind::Gauge: return "gauge";
    case FigureKind::Rate: return "rate";
    case FigureKind::Distribution: return "distribution";
    case FigureKind::Text: return "text";
  }
  return {};
}

std::string_view use_text(const FigureUse& use) {
  if (use.runtime_info && use.state_line) return "runtime information, state line";
  if (use.runtime_info) return "runtime information";
  return use.state_line ? "state line" : "";
}

/// Whether a reader of this use gets the figure: one that is shown there, or nowhere when that is
/// what is read.
bool is_read_for(const FigureUse& use, const Figure& figure) {
  const auto is_nowhere = [](const FigureUse& one) { return !one.runtime_info && !one.state_line; };
  return use.shares(figure.use) || (is_nowhere(use) && is_nowhere(figure.use));
}

}  // namespace

std::string figure_text(const Figure& figure, const FigureValue& value) {
  return std::visit(TextOf{figure}, value).append(figure.suffix);
}

void FigureTable::add_source(Source source) {
  std::vector<std::string_view> names;
  for (const Figure& figure : figures()) names.push_back(figure.name);
  for (const Figure& figure : source.figures) {
    ensure(std::find(names.begin(), names.end(), figure.name) == names.end(),
           "a figure is declared once");
    names.push_back(figure.name);
  }
  sources_.push_back(std::move(source));
}

void FigureTable::add(const Figure& figure, std::function<FigureValue()> read) {
  add_source({.figures = {figure},
              .read = [figure, read = std::move(read)](const FigureUse& use, const Reader& reader) {
                if (is_read_for(use, figure)) reader(figure, {}, read());
              }});
}

void FigureTable::add_family(const Figure& figure, std::function<void(const FamilyReader&)> visit) {
  add_source(
      {.figures = {figure},
       .read = [figure, visit = std::move(visit)](const FigureUse& use, const Reader& reader) {
         if (!is_read_for(use, figure)) return;
         visit([&](std::string_view key, FigureValue value) {
           reader(figure, key, std::move(value));
         });
       }});
}

std::vector<Figure> FigureTable::figures() const {
  std::vector<Figure> all;
  for (const Source& source : sources_)
    all.insert(all.end(), source.figures.begin(), source.figures.end());
  return all;
}

void FigureTable::read(const FigureUse& use, const Reader& reader) const {
  for (const Source& source : sources_) {
    const bool has_some =
        std::any_of(source.figures.begin(), source.figures.end(),
                    [&](const Figure& figure) { return is_read_for(use, figure); });
    if (has_some) source.read(use, reader);
  }
}

std::map<std::string, std::string> FigureTable::texts(const FigureUse& use) const {
  std::map<std::string, std::string> texts;
  read(use, [&](const Figure& figure, std::string_view key, const FigureValue& value) {
    texts[std::string(figure.name).append(key)] = figure_text(figure, value);
  });
  return texts;
}

std::string FigureTable::state_line() const {
  std::string line;
  read(in_state_line, [&](const Figure& figure, std::string_view key, const FigureValue& value) {
    if (!line.empty()) line += ", ";
    line.append(figure.name).append(key).append(" ").append(figure_text(figure, value));
  });
  return line;
}

std::string FigureTable::markdown() const {
  std::string text =
      "| name | key | kind | unit | shown in | meaning |\n|---|---|---|---|---|---|\n";
  for (const Figure& figure : figures()) {
    text.append("| ").append(figure.name).append(" | ").append(figure.key);
    text.append(figure.key.empty() ? "| " : " | ").append(kind_text(figure.kind)).append(" | ");
    text.append(figure.unit).append(figure.unit.empty() ? "| " : " | ");
    text.append(use_text(figure.use)).append(use_text(figure.use).empty() ? "| " : " | ");
    text.append(figure.help).append(" |\n");
  }
  return text;
}

}  // namespace rocketmq
