#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace rocketmq {

enum class FigureKind : std::uint8_t {
  /// Only grows while the daemon runs.
  Counter,
  /// Rises and falls.
  Gauge,
  /// A counter's growth per second, averaged over the last 10 s, 60 s and 600 s.
  Rate,
  /// How many events fall into each class.
  Distribution,
  Text,
};

/// Where a figure is shown, besides docs/figures.md.
struct FigureUse {
  /// The table of GET_BROKER_RUNTIME_INFO, whose keys administrators' tools know.
  bool runtime_info = false;
  /// The line that a daemon logs about its state.
  bool state_line = false;

  bool shares(const FigureUse& other) const {
    return (runtime_info && other.runtime_info) || (state_line && other.state_line);
  }
};
inline constexpr FigureUse in_runtime_info{.runtime_info = true};
inline constexpr FigureUse in_state_line{.state_line = true};
inline constexpr FigureUse in_both{.runtime_info = true, .state_line = true};
/// For what reads the figures of one request, or the whole table.
inline constexpr FigureUse elsewhere{};

struct FigureRates {
  double last_10_s = 0;
  double last_60_s = 0;
  double last_600_s = 0;
};

/// One class of a distribution; `name` is a literal.
struct FigureClass {
  std::string_view name;
  std::int64_t count = 0;
};

using FigureValue =
    std::variant<std::int64_t, double, FigureRates, std::vector<FigureClass>, std::string>;

/// What a figure is. All texts are literals.
struct Figure {
  std::string_view name;
  FigureKind kind = FigureKind::Gauge;
  std::string_view unit;
  std::string_view help;
  FigureUse use;
  /// Decimals of a value that is no whole number.
  int decimals = 0;
  /// Printed after the value.
  std::string_view suffix;
  /// Of a family: what tells its members apart, in capitals. Empty: a single figure.
  std::string_view key;
};

/// A value as administrators' tools read it.
std::string figure_text(const Figure& figure, const FigureValue& value);

/// A row of a table of figures that are read from one Snapshot.
template <class Snapshot>
struct FigureRow {
  Figure figure;
  FigureValue (*read)(const Snapshot& now);
};

/// Every figure of a daemon, each declared once. The parts of the daemon add their figures at the
/// start; whatever shows figures reads them here: the runtime information, the log's state line,
/// the page docs/figures.md. Reading costs something only when someone asks.
/// Runs on: add_…() before the daemon serves; the rest on any thread, as far as the sources allow.
class FigureTable {
 public:
  /// Receives a figure, its key when it is one of a family, and its value.
  using Reader = std::function<void(const Figure&, std::string_view key, FigureValue)>;
  using FamilyReader = std::function<void(std::string_view key, FigureValue)>;

  /// One figure. `read` must remain valid as long as the table is read.
  void add(const Figure& figure, std::function<FigureValue()> read);
  /// Figures that agree with each other, since all are read from what one call of `take` returns.
  template <class Take>
  void add_group(Take take, std::span<const FigureRow<std::invoke_result_t<Take>>> rows);
  /// Figures that come and go while the daemon runs: their names are `figure.name` and a key.
  /// `visit` shows each of them to the reader that it is given.
  void add_family(const Figure& figure, std::function<void(const FamilyReader&)> visit);

  /// In the order in which they were added.
  std::vector<Figure> figures() const;
  /// Reads the figures of this use, in this order.
  void read(const FigureUse& use, const Reader& reader) const;
  /// Name → text of the figures of this use.
  std::map<std::string, std::string> texts(const FigureUse& use) const;
  /// "name value, name value, …" of the figures of the state line.
  std::string state_line() const;
  /// The table as Markdown rows: name, key, kind, unit, use, help.
  std::string markdown() const;

 private:
  /// Figures that are read together.
  struct Source {
    std::vector<Figure> figures;
    /// Reads those of one use.
    std::function<void(const FigureUse&, const Reader&)> read;
  };
  void add_source(Source source);

  std::vector<Source> sources_;
};

template <class Take>
void FigureTable::add_group(Take take,
                            std::span<const FigureRow<std::invoke_result_t<Take>>> rows) {
  using Row = FigureRow<std::invoke_result_t<Take>>;
  Source source;
  for (const Row& row : rows) source.figures.push_back(row.figure);
  source.read = [take = std::move(take), copied = std::vector<Row>(rows.begin(), rows.end())](
                    const FigureUse& use, const Reader& reader) {
    const auto now = take();
    for (const Row& row : copied) {
      if (row.figure.use.shares(use)) reader(row.figure, {}, row.read(now));
    }
  };
  add_source(std::move(source));
}

}  // namespace rocketmq
