#include "mqadmin/frame/arguments.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "rocketmq/common/text.hpp"

// Not made with CLI11: it has no short names of two letters (-qn), no long names with a blank
// (clusterRT's "print log"), no abbreviated long names and no `-topic X`, all of which scripts may
// use, and writes another usage text.
namespace rocketmq::mqadmin {
namespace {

constexpr std::size_t usage_width = 110;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

Option make_option(std::string short_name, std::string long_name, std::string help,
                   Option::Value value) {
  Option option;
  option.short_name = std::move(short_name);
  option.long_name = std::move(long_name);
  option.help = std::move(help);
  option.value = value;
  return option;
}

}  // namespace

Option flag(std::string short_name, std::string long_name, std::string help) {
  return make_option(std::move(short_name), std::move(long_name), std::move(help),
                     Option::Value::None);
}

Option text(std::string short_name, std::string long_name, std::string help) {
  return make_option(std::move(short_name), std::move(long_name), std::move(help),
                     Option::Value::Text);
}

Option number(std::string short_name, std::string long_name, std::string help, std::int64_t min,
              std::int64_t max) {
  Option option = make_option(std::move(short_name), std::move(long_name), std::move(help),
                              Option::Value::Number);
  option.min = min;
  option.max = max;
  return option;
}

Option boolean(std::string short_name, std::string long_name, std::string help) {
  return make_option(std::move(short_name), std::move(long_name), std::move(help),
                     Option::Value::Boolean);
}

Option required(Option option) {
  option.required = true;
  return option;
}

Option one_of(int group, Option option) {
  option.one_of = group;
  return option;
}

std::optional<std::string> Arguments::find(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::string Arguments::get(const std::string& name, const std::string& otherwise) const {
  return find(name).value_or(otherwise);
}

std::int64_t Arguments::get_number(const std::string& name, std::int64_t otherwise) const {
  const auto given = find(name);
  // It was checked when it was read.
  return given ? whole_number<std::int64_t>(*given).value_or(otherwise) : otherwise;
}

bool Arguments::get_boolean(const std::string& name, bool otherwise) const {
  const auto given = find(name);
  return given ? lower(*given) == "true" : otherwise;
}

/// One pass over the words of a command line.
class ArgumentParser {
 public:
  ArgumentParser(std::span<const Option> options, std::span<const std::string> words)
      : options_(options), words_(words) {}

  std::variant<Arguments, std::string> parse() {
    while (at_ < words_.size() && problem_.empty()) read(words_[at_++]);
    if (problem_.empty() && !arguments_.has("h")) check_presence();
    if (!problem_.empty()) return std::move(problem_);
    return std::move(arguments_);
  }

 private:
  void read(const std::string& word) {
    if (only_words_ || word.size() < 2 || word[0] != '-') {
      arguments_.ignored_.push_back(word);
    } else if (word == "--") {
      only_words_ = true;
    } else if (const Option* const option = by_name(word)) {
      take(*option);
    } else if (!read_with_value(word)) {
      read_bundle(word);
    }
  }

  /// `--topic=X`
  bool read_with_value(const std::string& word) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) return false;
    const Option* const option = by_name(word.substr(0, equals));
    if (option == nullptr || option->value == Option::Value::None) return false;
    put(*option, word.substr(equals + 1));
    return true;
  }

  /// `-tX`, or several flags behind one dash.
  void read_bundle(const std::string& word) {
    for (std::size_t i = 1; i < word.size() && problem_.empty(); ++i) {
      const Option* const option = by_short_name(word.substr(i, 1));
      if (option == nullptr) {
        problem_ = "Unrecognized option: " + word;
      } else if (option->value != Option::Value::None && i + 1 < word.size()) {
        return put(*option, word.substr(i + 1));
      } else {
        take(*option);
      }
    }
  }

  /// The option and the word after it, if it takes one.
  void take(const Option& option) {
    if (option.value == Option::Value::None) return put(option, "true");
    if (at_ == words_.size() || is_option(words_[at_])) {
      problem_ = "Missing argument for option: " + option.name();
      return;
    }
    put(option, words_[at_++]);
  }

  void put(const Option& option, std::string_view value) {
    const std::string given(trim(value));
    const auto is_number = [&] {
      const auto read = whole_number<std::int64_t>(given);
      return read && *read >= option.min && *read <= option.max;
    };
    if (option.value == Option::Value::Number && !is_number()) {
      problem_ = "Option " + option.name() + ": '" + given + "' is no number from " +
                 std::to_string(option.min) + " to " + std::to_string(option.max);
    } else if (option.value == Option::Value::Boolean && lower(given) != "true" &&
               lower(given) != "false") {
      problem_ = "Option " + option.name() + ": '" + given + "' is neither true nor false";
    } else {
      arguments_.values_.try_emplace(option.name(), given);
    }
  }

  bool is_option(const std::string& word) const {
    if (word.size() < 2 || word[0] != '-') return false;
    return by_name(word) != nullptr;
  }

  const Option* by_short_name(std::string_view name) const {
    const auto found = std::find_if(options_.begin(), options_.end(), [&](const Option& option) {
      return !option.short_name.empty() && option.short_name == name;
    });
    return found == options_.end() ? nullptr : &*found;
  }

  /// `-t`, `--topic`, `-topic`; after two dashes also the beginning of one long name only.
  const Option* by_name(std::string_view word) const {
    const bool is_long = word.starts_with("--");
    const std::string_view name = word.substr(is_long ? 2 : 1);
    if (name.empty()) return nullptr;
    if (const Option* const option = by_short_name(name)) return option;
    const Option* abbreviated = nullptr;
    for (const Option& option : options_) {
      if (option.long_name == name) return &option;
      if (!is_long || !option.long_name.starts_with(name)) continue;
      if (abbreviated != nullptr) return nullptr;
      abbreviated = &option;
    }
    return abbreviated;
  }

  void check_presence() {
    std::string missing;
    int count = 0;
    std::set<int> groups;
    const auto is_missing = [&](const std::string& what) {
      missing += (count++ == 0 ? "" : ", ") + what;
    };
    for (const Option& option : options_) {
      if (option.required && !arguments_.has(option.name())) is_missing(option.name());
      if (option.one_of != 0 && groups.insert(option.one_of).second)
        check_group(option.one_of, is_missing);
    }
    if (!problem_.empty() || count == 0) return;
    problem_ = (count == 1 ? "Missing required option: " : "Missing required options: ") + missing;
  }

  template <class IsMissing>
  void check_group(int group, const IsMissing& is_missing) {
    std::string names;
    std::vector<std::string> given;
    for (const Option& option : options_) {
      if (option.one_of != group) continue;
      names += (names.empty() ? "-" : ", -") + option.name() + " " + option.help;
      if (arguments_.has(option.name())) given.push_back("-" + option.name());
    }
    if (given.empty()) is_missing("[" + names + "]");
    if (given.size() > 1) problem_ = given[0] + " and " + given[1] + " cannot both be given";
  }

  const std::span<const Option> options_;
  const std::span<const std::string> words_;
  std::size_t at_ = 0;
  bool only_words_ = false;
  Arguments arguments_;
  std::string problem_;
};

std::variant<Arguments, std::string> parse_arguments(std::span<const Option> options,
                                                     std::span<const std::string> words) {
  return ArgumentParser(options, words).parse();
}

namespace {

/// `text` in lines of at most usage_width, the second and later ones indented.
std::string wrap(std::string_view text, std::size_t indentation) {
  std::string result;
  std::size_t width = usage_width;
  while (text.size() > width) {
    auto end = text.rfind(' ', width);
    if (end == std::string_view::npos || end == 0) end = width;
    result.append(text.substr(0, end)).append("\n").append(indentation, ' ');
    text = text.substr(end);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    width = usage_width - indentation;
  }
  return result.append(text);
}

std::vector<const Option*> sorted_by_name(std::span<const Option> options) {
  std::vector<const Option*> sorted;
  for (const Option& option : options) sorted.push_back(&option);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Option* a, const Option* b) {
    return lower(a->name()) < lower(b->name());
  });
  return sorted;
}

std::string synopsis(const Option& option) {
  std::string text = (option.short_name.empty() ? "--" : "-") + option.name();
  if (option.value != Option::Value::None) text += " <arg>";
  return text;
}

}  // namespace

std::string usage_text(std::string_view command, std::span<const Option> options) {
  const auto sorted = sorted_by_name(options);
  std::string usage = "usage: mqadmin " + std::string(command);
  std::set<int> groups;
  for (const Option* option : sorted) {
    if (option->one_of == 0) {
      usage += option->required ? " " + synopsis(*option) : " [" + synopsis(*option) + "]";
      continue;
    }
    if (!groups.insert(option->one_of).second) continue;
    std::string separator = " ";
    for (const Option* other : sorted) {
      if (other->one_of != option->one_of) continue;
      usage += separator + synopsis(*other);
      separator = " | ";
    }
  }
  std::string text = wrap(usage, std::string_view("usage: ").size()) + "\n";

  std::vector<std::string> names;
  std::size_t widest = 0;
  for (const Option* option : sorted) {
    std::string name = option->short_name.empty()
                           ? "    --" + option->long_name
                           : " -" + option->short_name + ",--" + option->long_name;
    if (option->value != Option::Value::None) name += " <arg>";
    widest = std::max(widest, name.size());
    names.push_back(std::move(name));
  }
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    names[i].resize(widest + 3, ' ');
    text += wrap(names[i] + sorted[i]->help, widest + 3) + "\n";
  }
  return text;
}

}  // namespace rocketmq::mqadmin
