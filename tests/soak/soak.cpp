// Everyday traffic of all kinds against a broker for a while: sends, pulls, retries, delays,
// transactions, members that come and go. At the end nothing may be lost, nothing doubled without
// leave, and the broker's memory must have stayed where it was. Ends with 0 when all of that holds.
//
//   soak [--minutes 15 | --seconds 120] [--rate 100]
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <numeric>
#include <thread>

#include "soak_cluster.hpp"
#include "soak_traffic.hpp"

namespace {

using namespace std::chrono_literals;
using namespace rocketmq::soak;

/// Kept between samples of the broker's memory.
constexpr auto sample_period = 2s;
/// How far the average of the last third may lie above that of the middle third. What is growth
/// shows as more than that within minutes; allocators and caches wander by less.
constexpr std::int64_t growth_max_kib = 8 * 1'024;
/// For what is still on its way when the sending ends: delays, retries, check-backs.
constexpr auto settle_max = 120s;

std::int64_t average(const std::vector<std::int64_t>& values, std::size_t begin, std::size_t end) {
  if (end <= begin) return 0;
  return std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(begin),
                         values.begin() + static_cast<std::ptrdiff_t>(end), std::int64_t{0}) /
         static_cast<std::int64_t>(end - begin);
}

bool is_memory_flat(const std::vector<std::int64_t>& kib) {
  const std::int64_t middle = average(kib, kib.size() / 3, kib.size() * 2 / 3);
  const std::int64_t last = average(kib, kib.size() * 2 / 3, kib.size());
  const bool is_flat = last - middle <= growth_max_kib;
  std::printf(
      "%s memory: RssAnon %lld KiB on average in the middle third, %lld KiB in the last one\n",
      is_flat ? "PASS" : "FAIL", static_cast<long long>(middle), static_cast<long long>(last));
  return is_flat;
}

int run(std::chrono::seconds duration, int rate) {
  SoakCluster cluster;
  bool is_good = true;
  {
    const TrafficOptions options{.name_server = cluster.name_server(), .rate = rate};
    std::vector<std::unique_ptr<Traffic>> traffics;
    traffics.push_back(std::make_unique<PlainTraffic>(options));
    traffics.push_back(std::make_unique<RetryTraffic>(options));
    traffics.push_back(std::make_unique<DelayTraffic>(options));
    traffics.push_back(std::make_unique<TransactionTraffic>(options));

    std::vector<std::int64_t> rss_anon_kib;
    const auto begin = std::chrono::steady_clock::now();
    for (auto next = begin; next < begin + duration; next += sample_period) {
      std::this_thread::sleep_until(next);
      rss_anon_kib.push_back(cluster.broker_rss_anon_kib());
      if (rss_anon_kib.size() % 15 != 0) continue;
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(next - begin).count();
      std::printf("after %lld s: RssAnon %lld KiB\n", static_cast<long long>(seconds),
                  static_cast<long long>(rss_anon_kib.back()));
      std::fflush(stdout);
    }
    for (const auto& traffic : traffics) traffic->stop_sending();
    const auto settled_by = std::chrono::steady_clock::now() + settle_max;
    for (const auto& traffic : traffics) {
      traffic->settle(std::max<std::chrono::milliseconds>(
          std::chrono::duration_cast<std::chrono::milliseconds>(settled_by -
                                                                std::chrono::steady_clock::now()),
          0ms));
    }
    // What would come twice comes soon after.
    std::this_thread::sleep_for(5s);
    for (const auto& traffic : traffics) is_good &= traffic->report();
    is_good &= is_memory_flat(rss_anon_kib);
  }
  const bool has_stopped = cluster.stop();
  std::printf("%s the daemons stop cleanly\n", has_stopped ? "PASS" : "FAIL");
  return is_good && has_stopped ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Mixed traffic against a broker, with a ledger");
  int minutes = 0;
  int seconds = 120;
  int rate = 100;
  app.add_option("--minutes", minutes, "how long to send; 15 is the long form");
  app.add_option("--seconds", seconds, "how long to send, when --minutes is not given");
  app.add_option("--rate", rate, "messages of each kind in a second")->check(CLI::Range(1, 10'000));
  CLI11_PARSE(app, argc, argv);
  try {
    return run(std::chrono::seconds(minutes > 0 ? minutes * 60 : seconds), rate);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "soak: %s\n", failure.what());
    return 1;
  }
}
