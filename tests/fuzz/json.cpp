// The reader of JSON as published clients write it, for a peer's text and for a file of our own.
#include <nlohmann/json.hpp>

#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/json_reader.hpp"
#include "round_trip.hpp"

namespace rocketmq::fuzz {

void run(std::string_view input) {
  JsonReader in(input);
  const bool is_skipped = in.skip() && in.end();
  JsonReader trusted(input, JsonReader::Source::Trusted);
  check(!is_skipped || (trusted.skip() && trusted.end()), "a file may have what a peer may send");
  JsonReader as_text(input);
  std::string text;
  (void)as_text.read(text);

  const auto tree = parse_fastjson(input);
  check(!tree || is_skipped, "what makes a tree can be skipped");
  if (tree) check_round_trip(*tree, dump_json, parse_fastjson);
}

}  // namespace rocketmq::fuzz
