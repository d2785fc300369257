/// Engines for filters that users upload as code. The code runs in worker processes that can do
/// nothing but compute: see docs/filtersrv.md for what holds them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/filtersrv/filter_engine.hpp"

namespace rocketmq::filtersrv {

/// What one worker may use.
struct WorkerLimits {
  /// All memory of the process.
  std::uint64_t memory_bytes = 64ULL * 1024 * 1024;
  /// Beyond it a filter in Lua fails on this message.
  std::chrono::milliseconds message_deadline{1'000};
  /// A worker that has not begun another message this long after the deadline is killed, and the
  /// batch fails.
  std::chrono::milliseconds kill_grace{1'000};
  /// Beyond it the worker is killed and the batch fails.
  std::chrono::milliseconds batch_deadline{5'000};
  /// From the start of the process until the filter is ready.
  std::chrono::milliseconds start_deadline{20'000};
  /// Processor time of one process. A worker is replaced between two batches before it can have
  /// used this up in them.
  std::chrono::seconds processor_time{120};
};

/// When a filter whose worker has failed gets another one.
struct RestartLimits {
  /// After the first failure; doubled for each further one without a success between.
  std::chrono::milliseconds first_pause{100};
  std::chrono::milliseconds longest_pause{30'000};
  /// This many failures within `window` put the filter into quarantine.
  std::size_t failures_max = 5;
  std::chrono::milliseconds window{60'000};
  std::chrono::milliseconds quarantine{600'000};
};

struct SandboxSettings {
  /// Path of mqfilterworker; empty: beside this process's own program.
  std::string worker_program;
  /// Bounds of all engines together. A filter counts as long as it exists. The one compiler that
  /// may run at a time comes on top, with its own limits.
  std::size_t workers_max = 16;
  std::uint64_t memory_bytes_max = 1024ULL * 1024 * 1024;
  /// A longer source is refused before any process is made.
  std::size_t source_bytes_max = 256 * 1024;
  /// Callers that wait for one filter's worker; a further one gets an error. Keeps a slow filter
  /// from holding all threads of a pool.
  std::size_t waiting_max = 8;
  /// Taken by workers when this process is root.
  std::uint32_t user_id = 65534;
  std::uint32_t group_id = 65534;
  /// False: do without namespaces where the machine would allow them.
  bool use_namespaces = true;
  /// A directory of cgroup version 2 that this process may write to; each worker gets a group below
  /// it with limits of memory and processes. Empty: none.
  std::string cgroup;
  RestartLimits restart;
};

/// What all engines have in common: how workers are started, how many there may be. Outlives the
/// engines and their filters. Safe on any thread; has a thread of its own, `filter-spawn`.
class Sandbox {
 public:
  /// Tries a worker. An error says what this machine lacks to hold one.
  static Result<std::unique_ptr<Sandbox>> start(const SandboxSettings& settings,
                                                const Clock& clock);
  virtual ~Sandbox() = default;

  /// What holds workers on this machine, in one line.
  virtual std::string containment() const = 0;
  /// Workers that exist or may be started for a filter that exists.
  virtual std::size_t workers() const = 0;

  /// For the end of the server: whatever waits for a process, a compiler's too, ends with an error
  /// and kills it, and none is started from now on.
  virtual void stop() = 0;
};

/// Filters in Lua 5.4. A text is meant for it if its first line is a comment that begins with
/// `rmq-filter lua`: `--rmq-filter lua` or `#rmq-filter lua`.
Result<std::unique_ptr<FilterEngine>> make_lua_engine(Sandbox& sandbox, const WorkerLimits& limits);

struct CppEngineSettings {
  /// Path of g++ or clang++.
  std::string compiler = "/usr/bin/g++";
  /// Where rocketmq/filter/message_filter.hpp is found.
  std::string include_directory;
  /// For sources that are being compiled and what is made of them; has to be this process's own.
  std::string work_directory = "/tmp";
  std::uint64_t compile_memory_bytes = 768ULL * 1024 * 1024;
  std::chrono::milliseconds compile_deadline{60'000};
  std::uint64_t library_bytes_max = 16ULL * 1024 * 1024;
  WorkerLimits worker;
};

/// Filters in C++ (rocketmq/filter/message_filter.hpp). A text is meant for it if its first line is
/// a comment that begins with `rmq-filter cpp`, or if it includes that header. An error says what
/// is missing: the compiler, the header, or what keeps files from being read (Landlock or a mount
/// namespace).
Result<std::unique_ptr<FilterEngine>> make_cpp_engine(Sandbox& sandbox,
                                                      const CppEngineSettings& settings);

struct FilterLibrary {
  /// For errors, and for the state that operators see.
  std::string class_name;
  /// Absolute.
  std::string path;
  WorkerLimits worker;
};

/// A filter of a library that the operator has installed: the interface of
/// rocketmq/filter/message_filter.hpp, with its macro ROCKETMQ_FILTER, compiled by the operator. It
/// is read once and runs in a worker like a filter in C++ that is uploaded; never here. All groups
/// and topics share the worker: the texts of its FilterContext are empty. An error says what is
/// wrong with the file, or what is missing here.
Result<std::unique_ptr<Filter>> load_filter_library(Sandbox& sandbox, const FilterLibrary& library);

struct JavaEngineSettings {
  /// A JDK; empty: the one of JAVA_HOME, else of /usr/bin/javac.
  std::string java_home;
  /// Path of filter-worker.jar; empty: beside this process's own program.
  std::string worker_jar;
  WorkerLimits worker{.memory_bytes = 512ULL * 1024 * 1024};
};

/// Filters in Java: classes that implement `com.alibaba.rocketmq.common.filter.MessageFilter` or
/// `org.apache.rocketmq.common.filter.MessageFilter`, as old clients upload them. A text is meant
/// for it if it names one of the two, or if its first line is a comment that begins with
/// `rmq-filter java`. An error says what is missing.
Result<std::unique_ptr<FilterEngine>> make_java_engine(Sandbox& sandbox,
                                                       const JavaEngineSettings& settings);

}  // namespace rocketmq::filtersrv
