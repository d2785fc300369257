// Compares ways to bring records into the CommitLog's files, without a store: what decision 0001
// rests on.
//
//   append_ways [--messages N] [--record BYTES] [--batch N] [--file-mib N] [--flush-ms N]
//               [--way NAME] [--dir PATH]
//
// Ways: pwrite (of `batch` gathered records, the copy to the buffer included), mapping (memcpy into
// a writable mapping of a sparse file), mapping-reserved (the same, space taken ahead as the store
// does it), fdatasync (pwrite, each group flushed). All files are made before the measurement, as
// the store makes them ahead of their use. Meanwhile another thread flushes as ASYNC_FLUSH does;
// --flush-ms 0 leaves that out. A time is that of a whole group; roll-over is the first group of
// each file but the first.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t reserve_step_bytes = 64LL << 20;

struct Options {
  std::int64_t messages = 2'000'000;
  std::int64_t record_bytes = 1224;
  std::int64_t batch = 32;
  std::int64_t file_bytes = 512LL << 20;
  int flush_ms = 500;
  std::string way;
  std::filesystem::path directory;
};

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// A file of the log, of full size and sparse, as the store makes it.
class LogFile {
 public:
  LogFile(const std::filesystem::path& path, std::int64_t size, bool writable_mapping)
      : size_(size), path_(path) {
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor_ < 0 || ::ftruncate(descriptor_, size) != 0) fail("cannot make a file");
    const int protection = PROT_READ | (writable_mapping ? PROT_WRITE : 0);
    void* at = ::mmap(nullptr, bytes(), protection, MAP_SHARED, descriptor_, 0);
    if (at == MAP_FAILED) fail("mmap");
    data_ = static_cast<char*>(at);
  }
  ~LogFile() {
    ::munmap(data_, bytes());
    ::close(descriptor_);
    std::filesystem::remove(path_);
  }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  int descriptor() const { return descriptor_; }
  char* data() const { return data_; }
  void reserve_up_to(std::int64_t end) {
    if (end <= reserved_) return;
    const std::int64_t wanted = std::min(size_, end + reserve_step_bytes);
    if (::fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, reserved_, wanted - reserved_) != 0)
      fail("fallocate");
    reserved_ = wanted;
  }

 private:
  std::size_t bytes() const { return static_cast<std::size_t>(size_); }

  const std::int64_t size_;
  const std::filesystem::path path_;
  int descriptor_ = -1;
  char* data_ = nullptr;
  std::int64_t reserved_ = 0;
};

/// Flushes the file that is being written, now and then.
class Flusher {
 public:
  explicit Flusher(int pause_ms) : pause_(pause_ms) {
    if (pause_ms > 0) thread_ = std::thread([this] { run(); });
  }
  ~Flusher() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }
  Flusher(const Flusher&) = delete;
  Flusher& operator=(const Flusher&) = delete;
  void look_at(int descriptor) { descriptor_ = descriptor; }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, pause_, [this] { return stopping_; })) {
      lock.unlock();
      if (const int descriptor = descriptor_; descriptor >= 0) ::fdatasync(descriptor);
      lock.lock();
    }
  }

  const std::chrono::milliseconds pause_;
  std::atomic<int> descriptor_{-1};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

double microseconds(std::vector<std::uint32_t>& nanoseconds, double share) {
  if (nanoseconds.empty()) return 0;
  const auto at = nanoseconds.begin() +
                  static_cast<std::ptrdiff_t>(share * static_cast<double>(nanoseconds.size() - 1));
  std::nth_element(nanoseconds.begin(), at, nanoseconds.end());
  return *at / 1000.0;
}

/// Calls append(file, position) for each group and prints what the groups took.
template <class Append>
void measure(const char* name, const Options& options, bool writable_mapping, bool flushes,
             Append&& append) {
  const std::int64_t group_bytes = options.record_bytes * options.batch;
  const std::int64_t groups_per_file = options.file_bytes / group_bytes;
  const std::int64_t groups = options.messages / options.batch;
  std::vector<std::unique_ptr<LogFile>> files;
  for (std::int64_t i = 0; i * groups_per_file < groups; ++i)
    files.push_back(std::make_unique<LogFile>(options.directory / std::to_string(i),
                                              options.file_bytes, writable_mapping));
  std::vector<std::uint32_t> times(static_cast<std::size_t>(groups));
  std::vector<std::uint32_t> roll_overs;
  const double cpu_begin = cpu_seconds();
  const auto begin = Clock::now();
  {
    Flusher flusher(flushes ? options.flush_ms : 0);
    auto last = begin;
    for (std::int64_t i = 0; i < groups; ++i) {
      const std::int64_t in_file = i % groups_per_file;
      LogFile& file = *files[static_cast<std::size_t>(i / groups_per_file)];
      if (in_file == 0) flusher.look_at(file.descriptor());
      append(file, in_file * group_bytes);
      const auto now = Clock::now();
      times[static_cast<std::size_t>(i)] =
          static_cast<std::uint32_t>(std::chrono::nanoseconds(now - last).count());
      if (in_file == 0 && i > 0) roll_overs.push_back(times[static_cast<std::size_t>(i)]);
      last = now;
    }
  }
  const double wall = std::chrono::duration<double>(Clock::now() - begin).count();
  const double cpu = cpu_seconds() - cpu_begin;
  const double count = static_cast<double>(groups * options.batch);
  std::printf(
      "%-17s %9.0f records/s %5.0f MB/s  %.3f us CPU  group: p50 %.1f p99 %.1f p99.9 %.1f max %.0f "
      "us  roll-over: median %.1f max %.1f us (%zu)\n",
      name, count / wall, count * static_cast<double>(options.record_bytes) / wall / 1e6,
      cpu / count * 1e6, microseconds(times, 0.5), microseconds(times, 0.99),
      microseconds(times, 0.999), microseconds(times, 1), microseconds(roll_overs, 0.5),
      microseconds(roll_overs, 1), roll_overs.size());
  std::fflush(stdout);
}

void write_all(int descriptor, std::string_view bytes, std::int64_t position) {
  if (::pwrite(descriptor, bytes.data(), bytes.size(), position) != std::ssize(bytes))
    fail("pwrite");
}

void run(const Options& options) {
  const std::string record(static_cast<std::size_t>(options.record_bytes), 'r');
  std::vector<char> buffer(record.size() * static_cast<std::size_t>(options.batch));
  const auto gather = [&](char* at) {
    for (std::int64_t i = 0; i < options.batch; ++i, at += record.size())
      std::memcpy(at, record.data(), record.size());
  };
  const auto wanted = [&](std::string_view name) {
    return options.way.empty() || options.way == name;
  };
  const std::string_view gathered(buffer.data(), buffer.size());
  if (wanted("pwrite")) {
    measure("pwrite", options, false, true, [&](LogFile& file, std::int64_t position) {
      gather(buffer.data());
      file.reserve_up_to(position + std::ssize(gathered));
      write_all(file.descriptor(), gathered, position);
    });
  }
  if (wanted("mapping")) {
    measure("mapping", options, true, true,
            [&](LogFile& file, std::int64_t position) { gather(file.data() + position); });
  }
  if (wanted("mapping-reserved")) {
    measure("mapping-reserved", options, true, true, [&](LogFile& file, std::int64_t position) {
      file.reserve_up_to(position + std::ssize(gathered));
      gather(file.data() + position);
    });
  }
  if (wanted("fdatasync")) {
    measure("fdatasync", options, false, false, [&](LogFile& file, std::int64_t position) {
      gather(buffer.data());
      file.reserve_up_to(position + std::ssize(gathered));
      write_all(file.descriptor(), gathered, position);
      if (::fdatasync(file.descriptor()) != 0) fail("fdatasync");
    });
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  std::filesystem::path parent = std::filesystem::temp_directory_path();
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const char* const value = argv[i + 1];
    if (name == "--messages") {
      options.messages = std::atoll(value);
    } else if (name == "--record") {
      options.record_bytes = std::atoll(value);
    } else if (name == "--batch") {
      options.batch = std::atoll(value);
    } else if (name == "--file-mib") {
      options.file_bytes = std::atoll(value) << 20;
    } else if (name == "--flush-ms") {
      options.flush_ms = std::atoi(value);
    } else if (name == "--way") {
      options.way = value;
    } else if (name == "--dir") {
      parent = value;
    } else {
      std::fprintf(stderr, "unknown option %s\n", argv[i]);
      return 2;
    }
  }
  options.directory = parent / ("append-ways-" + std::to_string(::getpid()));
  std::filesystem::create_directories(options.directory);
  run(options);
  std::filesystem::remove_all(options.directory);
}
