// How many messages a second an expression judges on one core: the expression alone, and with all
// that a filter server does with the records of a pull.
//
//   filter_bench [SECONDS]
#include <time.h>  // NOLINT(modernize-deprecated-headers): clock_gettime is POSIX

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "engine/expr_engine.hpp"
#include "pulls/judged_batch.hpp"
#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/message_record.hpp"

namespace rocketmq::filtersrv {
namespace {

constexpr int batch_size = 32;
constexpr const char* expression = "SequenceId % 3 = 0 AND SequenceId > 10";

std::vector<std::string> all_properties() {
  std::vector<std::string> all;
  for (int id = 0; id < batch_size; ++id) {
    all.push_back(encode_properties({{"SequenceId", std::to_string(1'000 + id)},
                                     {"KEYS", "OrderID001"},
                                     {"TAGS", "TagA"},
                                     {"WAIT", "true"},
                                     {"UNIQ_KEY", "C000020211D75695154F976E6BB60000"}}));
  }
  return all;
}

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Calls `run`, which judges a batch, for so long; prints the rate, and that of processor time, for
/// a machine that does something else as well.
template <class Run>
void measure(const char* what, double seconds, Run run) {
  using Clock = std::chrono::steady_clock;
  for (int i = 0; i < 1'000; ++i) run();
  const double cpu_begin = cpu_seconds();
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration<double>(seconds);
  std::int64_t batches = 0;
  while (Clock::now() < end) {
    for (int i = 0; i < 100; ++i) run();
    batches += 100;
  }
  const std::chrono::duration<double> took = Clock::now() - begin;
  const double cpu = cpu_seconds() - cpu_begin;
  const auto messages = static_cast<double>(batches * batch_size);
  std::cout << what << ": " << static_cast<std::int64_t>(messages / took.count()) << " messages/s, "
            << static_cast<std::int64_t>(messages / cpu) << " per CPU-second" << std::endl;
}

int run(double seconds) {
  ExprEngine engine;
  const auto filter = engine.compile({.text = expression});
  if (!filter) {
    std::cerr << filter.error().remark << std::endl;
    return 1;
  }
  const auto properties = all_properties();
  std::vector<FilterMessage> messages;
  std::string records;
  const std::string body(1'024, 'x');
  for (const std::string& text : properties) {
    messages.push_back({.topic = "TopicFilter7", .properties = text});
    MessageRecord record;
    record.topic = "TopicFilter7";
    record.properties = text;
    record.body = body;
    record.body_crc = masked_crc32(body);
    const std::size_t at = records.size();
    records.resize(at + message_record::encoded_size(record));
    message_record::encode(record, records.data() + at);
  }
  std::size_t sum = 0;
  measure("expression alone", seconds, [&] { sum += (*filter)->match(messages)->size(); });
  measure("records of a pull, 1 KiB bodies", seconds,
          [&] { sum += judge(**filter, records, {})->body.size(); });
  return sum == 0 ? 1 : 0;
}

}  // namespace
}  // namespace rocketmq::filtersrv

int main(int argc, char** argv) {
  return rocketmq::filtersrv::run(argc > 1 ? std::atof(argv[1]) : 3.0);
}
