// Filter expressions. The first byte picks the dialect; expression, 0x00, properties of a message.
#include "fuzz_target.hpp"
#include "rocketmq/filter/compiled_expression.hpp"

namespace rocketmq::fuzz {

void run(std::string_view bytes) {
  Input input(bytes);
  const sql::Dialect& dialect =
      (input.byte() & 1) != 0 ? sql::filter_server_dialect : sql::subscription_dialect;
  const std::string_view text = input.until('\0');
  const auto expression = CompiledExpression::compile(text, dialect);
  if (!expression) {
    check(!expression.error().remark.empty(), "an error says what is wrong");
    return;
  }
  check((*expression)->text() == text, "an expression knows its text");
  const sql::Verdict verdict = (*expression)->evaluate(input.rest());
  check((*expression)->evaluate(input.rest()) == verdict, "the same message is judged the same");
}

}  // namespace rocketmq::fuzz
