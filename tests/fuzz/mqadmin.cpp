// What mqadmin reads: a command line, its values, and the records of a trace. Words are separated
// by 0x00.
#include <iterator>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "fuzz_target.hpp"
#include "mqadmin/commands/trace_records.hpp"
#include "mqadmin/frame/arguments.hpp"
#include "mqadmin/frame/times.hpp"

namespace rocketmq::fuzz {

using namespace mqadmin;

void run(std::string_view bytes) {
  static const std::vector<Option> options{
      required(text("t", "topic", "topic")), number("qn", "queueNum", "queues", 1, 1'000),
      boolean("o", "order", "ordered"),      flag("p", "print", "print"),
      one_of(1, text("b", "broker", "one")), one_of(1, text("c", "cluster", "other"))};
  std::vector<std::string> words;
  for (Input input(bytes); !input.empty();) words.emplace_back(input.until('\0'));
  const auto parsed = parse_arguments(options, words);
  if (const auto* arguments = std::get_if<Arguments>(&parsed)) {
    check(arguments->has("t"), "what is required is there");
    const std::int64_t queues = arguments->get_number("qn", 4);
    check(queues >= 1 && queues <= 1'000, "a number is within its limits");
    check(arguments->has("b") != arguments->has("c"), "one of two is there");
  } else {
    check(!std::get<std::string>(parsed).empty(), "an error says what is wrong");
  }

  if (const auto time = parse_time(bytes)) {
    (void)second_text(*time);
    (void)compact_text(*time);
    check(!millisecond_text(*time).empty(), "a time has a text");
  }

  MessageExt message;
  message.setBody(std::string(bytes));
  (void)trace_records({message}, "AC11000115");
}

}  // namespace rocketmq::fuzz
