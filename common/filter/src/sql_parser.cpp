#include "sql_parser.hpp"

// The only file that includes the parser library: it takes seconds to compile.
#include <algorithm>
#include <boost/spirit/home/x3.hpp>
#include <functional>
#include <string>

#include "sql_program_builder.hpp"

/// The library's hook for names in error messages: an action does not change what is expected.
template <class Subject, class Action>
struct boost::spirit::x3::get_info<boost::spirit::x3::action<Subject, Action>> {
  using result_type = std::string;
  std::string operator()(const action<Subject, Action>& parser) const {
    return what(parser.subject);
  }
};

namespace rocketmq::sql {
namespace {

namespace x3 = boost::spirit::x3;
using Iterator = const char*;

/// Under which the grammar's actions find the builder.
struct BuilderTag;

template <class Context>
ProgramBuilder& builder(const Context& context) {
  return x3::get<BuilderTag>(context).get();
}

/// The text that a raw[] parser matched.
template <class Context>
std::string_view token(const Context& context) {
  const auto& range = x3::_attr(context);
  return {range.begin(), static_cast<std::size_t>(range.end() - range.begin())};
}

// ---- Actions ------------------------------------------------------------------------------------

const auto enter = [](auto& context) { builder(context).enter(token(context)); };
const auto leave = [](auto& context) { builder(context).leave(); };

const auto push_integer = [](auto& context) { builder(context).push_integer(token(context)); };
const auto push_float = [](auto& context) { builder(context).push_float(token(context)); };
const auto push_text = [](auto& context) { builder(context).push_text(token(context)); };
const auto push_true = [](auto& context) { builder(context).push_boolean(token(context), true); };
const auto push_false = [](auto& context) { builder(context).push_boolean(token(context), false); };
const auto push_null = [](auto& context) { builder(context).push_null(token(context)); };
const auto push_property = [](auto& context) { builder(context).push_property(token(context)); };

template <Operation operation>
const auto begin = [](auto& context) { builder(context).begin_binary(operation); };
/// Refuses what follows in a dialect without arithmetic.
const auto if_arithmetic = [](auto& context) {
  x3::_pass(context) = builder(context).has_arithmetic();
};
const auto end = [](auto& context) { builder(context).end_binary(); };
const auto apply_not = [](auto& context) {
  builder(context).leave();
  builder(context).apply_not();
};
const auto apply_minus = [](auto& context) {
  builder(context).leave();
  builder(context).apply_minus();
};
template <bool is_null>
const auto test_null = [](auto& context) { builder(context).apply_null_test(is_null); };
template <bool negative>
const auto apply_between = [](auto& context) { builder(context).apply_between(negative); };
const auto begin_list = [](auto& context) { builder(context).begin_list(); };
const auto add_to_list = [](auto& context) { builder(context).add_to_list(token(context)); };
template <bool negative>
const auto end_list = [](auto& context) { builder(context).end_list(negative); };
template <Operation operation>
const auto test_text =
    [](auto& context) { builder(context).apply_text_test(token(context), operation); };

// ---- Tokens -------------------------------------------------------------------------------------

/// What raw[] hands to an action.
using Token = boost::iterator_range<Iterator>;

/// A parser with the name by which error messages call it.
template <class Parser>
auto named(const char* name, const Parser& parser) {
  return x3::rule<Parser>{name} = parser;
}

/// The same, handing its text to an action.
template <class Parser>
auto named_token(const char* name, const Parser& parser) {
  return x3::rule<Parser, Token>{name} = x3::raw[x3::lexeme[parser]];
}

const auto name_start = x3::char_("A-Za-z_$");
const auto name_part = x3::char_("A-Za-z0-9_$");

auto keyword(const char* word) {
  return named_token(word, x3::no_case[x3::lit(word)] >> !name_part);
}

const auto kw_not = keyword("NOT");
const auto kw_and = keyword("AND");
const auto kw_or = keyword("OR");
const auto kw_between = keyword("BETWEEN");
const auto kw_in = keyword("IN");
const auto kw_true = keyword("TRUE");
const auto kw_false = keyword("FALSE");
const auto kw_null = keyword("NULL");
const auto kw_is = keyword("IS");
// These three are names elsewhere: a property may be called so.
const auto kw_contains = keyword("CONTAINS");
const auto kw_starts_with = keyword("STARTSWITH");
const auto kw_ends_with = keyword("ENDSWITH");
const auto reserved =
    kw_not | kw_and | kw_or | kw_between | kw_in | kw_true | kw_false | kw_null | kw_is;

const auto property_name = !reserved >> named_token("a property", name_start >> *name_part);

const auto exponent = x3::char_("eE") >> -x3::char_("+-") >> +x3::digit;
const auto float_number =
    named_token("a float", (+x3::digit >> '.' >> *x3::digit >> -exponent) |
                               ('.' >> +x3::digit >> -exponent) | (+x3::digit >> exponent));
const auto integer_number =
    named_token("an integer", ('0' | (x3::char_("1-9") >> *x3::digit)) >> -x3::char_("lL"));

const auto closing_quote = named("the closing quote", x3::lit('\''));
const auto quoted_text =
    named_token("a text in single quotes", '\'' >> *("''" | (x3::char_ - '\'')) > closing_quote);

const auto plus = named_token("'+'", x3::lit('+'));
const auto minus = named_token("'-'", x3::lit('-'));
const auto opening = named_token("'('", x3::lit('('));
const auto closing = named("')'", x3::lit(')'));

const auto space = x3::char_(" \t\r\n\f");
const auto line_comment = "--" >> *(x3::char_ - x3::char_("\r\n"));
const auto comment_start = "/*" >> *(x3::char_ - "*/");
const auto skipper =
    space | line_comment | (comment_start > named("the end of the comment", x3::lit("*/")));

// ---- Grammar ------------------------------------------------------------------------------------
// What recurses is declared first. Behind `>` nothing else can be meant: what does not match there
// is the error. No alternative is tried after an action has run, so no action is ever undone.

const x3::rule<struct OrRule> or_expression{"a condition"};
const x3::rule<struct AndRule> and_expression{"a condition"};
const x3::rule<struct EqualityRule> equality{"a condition"};
const x3::rule<struct ComparisonRule> comparison{"a property, a value or '('"};
const x3::rule<struct SumRule> sum{"a property, a value or '('"};
const x3::rule<struct ProductRule> product{"a property, a value or '('"};
const x3::rule<struct UnaryRule> unary{"a property, a value or '('"};

const auto literal = float_number[push_float] | integer_number[push_integer] |
                     quoted_text[push_text] | kw_true[push_true] | kw_false[push_false] |
                     kw_null[push_null];

const auto unary_def = (plus[enter] > unary[leave]) | (minus[enter] > unary[apply_minus]) |
                       (kw_not[enter] > unary[apply_not]) |
                       (opening[enter] > or_expression > closing[leave]) | literal |
                       property_name[push_property];

template <Operation operation, class Symbol, class Right>
auto binary(const Symbol& symbol, const Right& right) {
  return x3::omit[symbol][begin<operation>] > right[end];
}

const auto arithmetic = x3::eps[if_arithmetic];

const auto product_def = unary >>
                         *(arithmetic >> (binary<Operation::Multiply>(x3::lit('*'), unary) |
                                          binary<Operation::Divide>(x3::lit('/'), unary) |
                                          binary<Operation::Remainder>(x3::lit('%'), unary)));

const auto sum_def = product >>
                     *(arithmetic >> (binary<Operation::Add>(x3::lit('+'), product) |
                                      binary<Operation::Subtract>(x3::lit('-'), product)));

const auto by_order = binary<Operation::GreaterOrEqual>(x3::lit(">="), sum) |
                      binary<Operation::Greater>(x3::lit('>'), sum) |
                      binary<Operation::LessOrEqual>(x3::lit("<="), sum) |
                      binary<Operation::Less>(x3::lexeme['<' >> !x3::lit('>')], sum);

template <bool negative>
auto between() {
  return kw_between > sum > kw_and > sum[apply_between<negative>];
}

template <bool negative>
auto in() {
  const auto value = quoted_text[add_to_list];
  return kw_in > opening[begin_list] > value > *(',' > value) > closing[end_list<negative>];
}

template <Operation operation, class Keyword>
auto text_operator(const Keyword& keyword) {
  return keyword > quoted_text[test_text<operation>];
}

const auto negative_test =
    named("BETWEEN, IN, CONTAINS, STARTSWITH or ENDSWITH",
          between<true>() | in<true>() | text_operator<Operation::NotContains>(kw_contains) |
              text_operator<Operation::NotStartsWith>(kw_starts_with) |
              text_operator<Operation::NotEndsWith>(kw_ends_with));

const auto comparison_def = sum >> *(by_order | between<false>() | in<false>() |
                                     text_operator<Operation::Contains>(kw_contains) |
                                     text_operator<Operation::StartsWith>(kw_starts_with) |
                                     text_operator<Operation::EndsWith>(kw_ends_with) |
                                     (kw_not > negative_test));

const auto null_test =
    named("NULL or NOT NULL", kw_null[test_null<true>] | (kw_not > kw_null[test_null<false>]));

const auto equality_def = comparison >> *(binary<Operation::Equal>(x3::lit('='), comparison) |
                                          binary<Operation::NotEqual>(x3::lit("<>"), comparison) |
                                          (kw_is > null_test));

const auto and_expression_def = equality >> *binary<Operation::And>(kw_and, equality);
const auto or_expression_def = and_expression >> *binary<Operation::Or>(kw_or, and_expression);

BOOST_SPIRIT_DEFINE(or_expression, and_expression, equality, comparison, sum, product, unary)

const auto selector = x3::eps > or_expression >
                      named("AND, OR, a comparison or the end of the expression", x3::eoi);

// ---- Error messages -----------------------------------------------------------------------------

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80; }

/// "at column 7", counted in characters from 1; with the line when there are several.
std::string place_of(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, position);
  const auto line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  const auto column = std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line_start),
                                    before.end(), [](char c) { return !is_continuation(c); });
  std::string place = "at ";
  if (text.find('\n') != std::string_view::npos) {
    place += "line " + std::to_string(std::count(before.begin(), before.end(), '\n') + 1) + ", ";
  }
  return place + "column " + std::to_string(column + 1);
}

/// What stands at the beginning of `rest`: a word, or one character.
std::string found_at(std::string_view rest) {
  if (rest.empty()) return "the end of the expression";
  constexpr std::size_t shown_bytes_max = 32;
  const auto is_word = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$';
  };
  const auto first_other = std::find_if_not(rest.begin(), rest.end(), is_word);
  std::size_t bytes = static_cast<std::size_t>(first_other - rest.begin());
  if (bytes == 0) {
    bytes = 1;
    while (bytes < rest.size() && is_continuation(rest[bytes])) ++bytes;
  }
  return "'" + std::string(rest.substr(0, std::min(bytes, shown_bytes_max))) + "'";
}

Error failure(std::string_view text, const ExpressionError& error) {
  return Error{ResponseCode::SubscriptionParseFailed,
               place_of(text, error.position) + ": " + error.message};
}

ExpressionError unexpected(std::string_view text, Iterator at, const std::string& expected) {
  const Iterator end_of_text = text.data() + text.size();
  x3::parse(at, end_of_text, *(space | line_comment | (comment_start >> "*/")));
  const auto position = static_cast<std::size_t>(at - text.data());
  return {position, "expected " + expected + " instead of " + found_at(text.substr(position))};
}

}  // namespace

Result<void> parse(std::string_view text, const Dialect& dialect, Program& program) {
  ProgramBuilder program_builder(text, dialect, program);
  const Iterator end_of_text = text.data() + text.size();
  try {
    Iterator at = text.data();
    const auto grammar = x3::with<BuilderTag>(std::ref(program_builder))[selector];
    if (!x3::phrase_parse(at, end_of_text, grammar, skipper)) {
      return failure(text, unexpected(text, at, "a condition"));
    }
    program_builder.finish();
    return {};
  } catch (const x3::expectation_failure<Iterator>& error) {
    return failure(text, unexpected(text, error.where(), error.which()));
  } catch (const ExpressionError& error) {
    return failure(text, error);
  }
}

}  // namespace rocketmq::sql
