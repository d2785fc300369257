// How many messages per second one worker of mqfiltersrv judges, with the tutorial's filter (a
// property that is divisible by 3 and greater than 10), and how long a batch takes.
//
//   filter_workers lua|cpp|java [messages in a batch] [seconds] [bytes of a body]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "rocketmq/filtersrv/sandbox.hpp"

using namespace rocketmq;
using namespace rocketmq::filtersrv;
using SteadyClock = std::chrono::steady_clock;

namespace {

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "filter_workers: %s\n", why.c_str());
  std::exit(1);
}

Result<std::unique_ptr<FilterEngine>> make_engine(Sandbox& sandbox, const std::string& language) {
  if (language == "lua") return make_lua_engine(sandbox, {});
  if (language == "cpp") {
    return make_cpp_engine(sandbox,
                           {.include_directory = ROCKETMQ_SOURCE_DIR "/filtersrv/include"});
  }
  if (language == "java") return make_java_engine(sandbox, {});
  return Error{ResponseCode::SystemError, "no language " + language};
}

}  // namespace

int main(int count, char** arguments) {
  const std::string language = count > 1 ? arguments[1] : "lua";
  const std::size_t batch = count > 2 ? std::strtoul(arguments[2], nullptr, 10) : 256;
  const std::chrono::seconds time(count > 3 ? std::strtol(arguments[3], nullptr, 10) : 5);
  const std::string body(count > 4 ? std::strtoul(arguments[4], nullptr, 10) : 11, 'b');

  const SystemClock clock;
  auto sandbox = Sandbox::start({}, clock);
  if (!sandbox) fail(sandbox.error().remark);
  std::printf("held by: %s\n", (*sandbox)->containment().c_str());
  auto engine = make_engine(**sandbox, language);
  if (!engine) fail(engine.error().remark);
  std::ifstream file(ROCKETMQ_SOURCE_DIR "/filtersrv/examples/MessageFilterImpl." + language);
  const FilterSource source{.group = "group",
                            .topic = "TopicFilter7",
                            .class_name = "example.MessageFilterImpl",
                            .text = {std::istreambuf_iterator<char>(file), {}}};
  auto filter = (*engine)->compile(source);
  if (!filter) fail(filter.error().remark);

  std::vector<std::string> properties;
  for (std::size_t k = 0; k < batch; ++k) {
    properties.push_back(
        "KEYS\1OrderID001\2UNIQ_KEY\1C0A801010000000000000000000000A1\2WAIT\1true\2"
        "TAGS\1TagA\2SequenceId\1" +
        std::to_string(k) + "\2");
  }
  std::vector<FilterMessage> messages;
  for (std::size_t k = 0; k < batch; ++k) {
    messages.push_back({.topic = "TopicFilter7", .properties = properties[k], .body = body});
  }

  std::uint64_t judged = 0;
  std::uint64_t delivered = 0;
  std::vector<double> batch_us;
  const auto begin = SteadyClock::now();
  auto last = begin;
  while (last - begin < time) {
    auto verdicts = (*filter)->match(messages);
    if (!verdicts) fail(verdicts.error().remark);
    judged += verdicts->size();
    delivered += static_cast<std::uint64_t>(
        std::count(verdicts->begin(), verdicts->end(), Verdict::kDeliver));
    const auto now = SteadyClock::now();
    batch_us.push_back(std::chrono::duration<double, std::micro>(now - last).count());
    last = now;
  }
  std::sort(batch_us.begin(), batch_us.end());
  const double seconds = std::chrono::duration<double>(last - begin).count();
  std::printf(
      "%s: %.0f messages/s, %.0f by the median batch, %zu in a batch, %.1f %% delivered; "
      "batch p50 %.1f us, p99 %.1f us\n",
      language.c_str(), static_cast<double>(judged) / seconds,
      static_cast<double>(batch) * 1e6 / batch_us[batch_us.size() / 2], batch,
      100.0 * static_cast<double>(delivered) / static_cast<double>(judged),
      batch_us[batch_us.size() / 2], batch_us[batch_us.size() * 99 / 100]);
  return 0;
}
