// Appends to a store in this process and says what a message costs: wall time, and CPU time of the
// whole process, the dispatching and indexing threads included.
//
//   store_append [--messages N] [--body BYTES] [--batch N] [--queues N] [--keys] [--sync]
//                [--dir PATH]
//
// append_ways measures ways to bring records into a file, without a store.

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/store/message_store.hpp"
#include "rocketmq/store/put_batch.hpp"

namespace {

using namespace rocketmq;
using namespace rocketmq::store;

struct Options {
  std::int64_t messages = 3'000'000;
  std::size_t body_bytes = 1024;
  int batch = 32;
  int queues = 8;
  bool keys = false;
  bool sync = false;
  std::filesystem::path directory;
};

struct Stopwatch {
  static double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  void report(const char* what, std::int64_t messages) const {
    const double wall =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const double cpu = cpu_seconds() - cpu_begin;
    std::printf("%-28s %9.0f msgs/s  %6.3f us CPU/msg  %9.0f msgs per CPU second\n", what,
                static_cast<double>(messages) / wall, cpu / static_cast<double>(messages) * 1e6,
                static_cast<double>(messages) / cpu);
  }
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  double cpu_begin = cpu_seconds();
};

/// Memory of this process that no file backs.
long anonymous_mib() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("RssAnon:")) return std::atol(line.c_str() + 8) / 1024;
  }
  return -1;
}

void bench_store(const Options& options) {
  StoreConfig config;
  config.store_path_root_dir = options.directory / "store";
  config.flush_disk_type = options.sync ? FlushDiskType::SyncFlush : FlushDiskType::AsyncFlush;
  config.disk_space_warning_level_ratio = 99;
  SystemClock clock;
  auto store = MessageStore::open(config, clock);
  if (!store || !(*store)->start(config.broker_role)) {
    std::fprintf(stderr, "cannot open the store: %s\n",
                 store ? "start failed" : store.error().remark.c_str());
    std::exit(1);
  }
  const std::string body(options.body_bytes, 'b');
  std::int64_t failed = 0;
  const Stopwatch watch;
  for (std::int64_t done = 0; done < options.messages;) {
    PutBatch batch(**store);
    for (int i = 0; i < options.batch && done < options.messages; ++i, ++done) {
      std::string properties;
      append_property(properties, property::tags, "TagA");
      append_property(properties, property::unique_key,
                      "FD00000000000000" + std::to_string(1'000'000'000 + done));
      if (options.keys) append_property(properties, property::keys, "key" + std::to_string(done));
      (*store)->put({.topic = "BenchmarkTest",
                     .queue_id = static_cast<std::int32_t>(done % options.queues),
                     .body = body,
                     .properties = properties},
                    &batch, [&failed](const PutResult& result) {
                      failed += result.status == PutStatus::Ok ? 0 : 1;
                    });
    }
  }
  watch.report("put", options.messages);
  (*store)->wait_until_dispatched();
  watch.report("put and dispatched", options.messages);
  if (failed > 0) std::printf("%lld puts failed\n", static_cast<long long>(failed));
  std::printf("anonymous memory %ld MiB\n", anonymous_mib());
  const Stopwatch reading;
  std::int64_t read = 0;
  std::uint64_t sum = 0;
  for (int queue = 0; queue < options.queues; ++queue) {
    for (std::int64_t offset = 0;;) {
      const GetResult got =
          (*store)->get({.topic = "BenchmarkTest", .queue_id = queue, .queue_offset = offset});
      if (got.status != GetStatus::Found) break;
      for (const std::string_view record : got.records)
        sum += static_cast<unsigned char>(record.back());
      read += std::ssize(got.records);
      offset = got.next_begin_offset;
    }
  }
  reading.report("get, 32 at a time", read);
  if (sum == 0) std::puts("");  // keeps the reads
  const Stopwatch stopping;
  store->reset();
  std::printf(
      "shutdown %.3f s\n",
      std::chrono::duration<double>(std::chrono::steady_clock::now() - stopping.begin).count());
  const Stopwatch starting;
  store = MessageStore::open(config, clock);
  std::printf(
      "open     %.3f s, anonymous memory %ld MiB\n",
      std::chrono::duration<double>(std::chrono::steady_clock::now() - starting.begin).count(),
      anonymous_mib());
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  std::filesystem::path parent = std::filesystem::temp_directory_path();
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const auto value = [&] { return i + 1 < argc ? argv[++i] : "0"; };
    if (name == "--messages")
      options.messages = std::atoll(value());
    else if (name == "--body")
      options.body_bytes = static_cast<std::size_t>(std::atoll(value()));
    else if (name == "--batch")
      options.batch = std::atoi(value());
    else if (name == "--queues")
      options.queues = std::atoi(value());
    else if (name == "--dir")
      parent = value();
    else if (name == "--keys")
      options.keys = true;
    else if (name == "--sync")
      options.sync = true;
    else {
      std::fprintf(stderr, "unknown option %s\n", argv[i]);
      return 2;
    }
  }
  options.directory = parent / ("store-append-" + std::to_string(::getpid()));
  std::filesystem::create_directories(options.directory);
  bench_store(options);
  std::filesystem::remove_all(options.directory);
}
