// What mqfiltersrv and a worker say to each other over their socket. Header only: the worker is
// built without the project's libraries.
//
// A frame is a FrameHeader and a payload, in the byte order of the machine. The order of a
// conversation:
//
//   server: kSetup        → worker: kJailed (Containment bits) or kRefused (text)
//   server: kSource       → worker: kReady or kRefused (text)
//   server: kBatch …      → worker: kVerdicts (a byte for each message), again and again
//
// A worker replies with fewer verdicts, at least one, when the batch has taken long enough: the
// server says so in the shared page, or to a JVM by an argument. The rest comes in another batch.
//
// A compiler is a worker that becomes the compiler after kJailed: what follows is its output.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace rocketmq::filtersrv {

enum class FrameKind : std::uint32_t {
  kSetup = 1,
  kSource = 2,
  kBatch = 3,
  kJailed = 4,
  kRefused = 5,
  kReady = 6,
  kVerdicts = 7,
};

struct FrameHeader {
  std::uint32_t payload_bytes = 0;
  std::uint32_t kind = 0;
  /// Of a batch; the verdicts repeat it.
  std::uint64_t sequence = 0;
};
static_assert(sizeof(FrameHeader) == 16);

/// The longest payload that is read from a worker; one of a batch is as long as its messages need.
inline constexpr std::size_t worker_payload_bytes_max = 64 * 1024;
/// Messages in one frame: each has a byte in the answer.
inline constexpr std::size_t batch_messages_max = 4096;
/// A batch of more than this, or of a part of a small worker's memory, is sent in several frames.
inline constexpr std::size_t batch_bytes_max = 64 * 1024 * 1024;

// Descriptors of a worker; all others are closed before it is executed.
inline constexpr int socket_fd = 3;
/// Memory shared with the server: a SharedProgress.
inline constexpr int progress_fd = 4;
/// The compiler's input, or the compiled filter.
inline constexpr int payload_fd = 5;

enum class WorkerTask : std::uint32_t { kProbe, kLua, kCpp, kCompile, kJava };

/// What holds a worker, as bits.
enum Containment : std::uint32_t {
  kSeccomp = 1U << 0,
  kLandlock = 1U << 1,
  kMountNamespace = 1U << 2,
  kNetworkNamespace = 1U << 3,
  kPidNamespace = 1U << 4,
  kUserNamespace = 1U << 5,
  kUnprivilegedUser = 1U << 6,
  kCgroup = 1U << 7,
};

enum class PathAccess : std::uint32_t { kRead, kReadExecute, kWrite };

/// A file or directory that a worker sees, with everything below it.
struct JailPath {
  std::string path;
  PathAccess access = PathAccess::kRead;
};

/// How a message of a batch begins; its four texts follow it.
struct MessageHead {
  std::uint32_t topic_bytes = 0;
  std::uint32_t properties_bytes = 0;
  std::uint32_t body_bytes = 0;
  std::uint32_t message_id_bytes = 0;
  std::int32_t queue_id = 0;
  std::int32_t flag = 0;
  std::int32_t reconsume_times = 0;
  std::int32_t unused = 0;
  std::int64_t queue_offset = 0;
  std::int64_t born_time_ms = 0;
  std::int64_t store_time_ms = 0;
};
static_assert(sizeof(MessageHead) == 56);

/// What both sides see of a batch while it is judged. A user's code can write to all of it, so the
/// server believes it as little as an answer.
struct SharedProgress {
  /// Messages begun, of all batches; written by the worker.
  std::atomic<std::uint64_t> begun{0};
  /// The batch that is to end after the message that is being judged; written by the server.
  std::atomic<std::uint64_t> ends{0};
  /// Of the batch that is being judged: of each message that was begun before the last one.
  std::atomic<std::uint8_t> verdicts[batch_messages_max];
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<std::uint8_t>::is_always_lock_free);

class FrameWriter {
 public:
  explicit FrameWriter(std::string& out) : out_(out) {}
  template <std::integral T>
  void number(T value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    out_.append(raw, sizeof value);
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    out_.append(value);
  }

 private:
  std::string& out_;
};

/// Reads what FrameWriter wrote. After the end, everything is zero or empty and `ok()` is false.
class FrameReader {
 public:
  explicit FrameReader(std::string_view in) : in_(in) {}
  template <std::integral T>
  T number() {
    T value{};
    if (in_.size() < sizeof value) {
      fail();
      return value;
    }
    std::memcpy(&value, in_.data(), sizeof value);
    in_.remove_prefix(sizeof value);
    return value;
  }
  std::string_view bytes(std::size_t count) {
    if (in_.size() < count) {
      fail();
      return {};
    }
    const std::string_view taken = in_.substr(0, count);
    in_.remove_prefix(count);
    return taken;
  }
  std::string_view text() { return bytes(number<std::uint32_t>()); }
  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }

 private:
  void fail() {
    ok_ = false;
    in_ = {};
  }
  std::string_view in_;
  bool ok_ = true;
};

/// What a worker does to itself before it meets a user's code. Written by the server only.
struct WorkerSetup {
  WorkerTask task = WorkerTask::kProbe;
  /// Namespaces that the process was made in.
  std::uint32_t namespaces = 0;
  std::uint64_t memory_bytes = 0;
  /// False where the address space says nothing about memory (a JVM reserves more than it uses).
  bool limit_address_space = true;
  std::uint64_t cpu_seconds = 0;
  std::uint64_t open_files = 0;
  std::uint64_t processes = 0;
  std::uint64_t file_bytes = 0;
  std::uint32_t message_deadline_ms = 0;
  /// Taken by a worker that is root, unless 0.
  std::uint32_t user_id = 0;
  std::uint32_t group_id = 0;
  std::vector<JailPath> paths;
  /// Program and arguments, and its environment, of a worker that becomes another program.
  std::vector<std::string> command;
  std::vector<std::string> environment;

  std::string encode() const {
    std::string out;
    FrameWriter writer(out);
    writer.number(static_cast<std::uint32_t>(task));
    writer.number(namespaces);
    writer.number(memory_bytes);
    writer.number(static_cast<std::uint32_t>(limit_address_space));
    writer.number(cpu_seconds);
    writer.number(open_files);
    writer.number(processes);
    writer.number(file_bytes);
    writer.number(message_deadline_ms);
    writer.number(user_id);
    writer.number(group_id);
    writer.number(static_cast<std::uint32_t>(paths.size()));
    for (const JailPath& path : paths) {
      writer.text(path.path);
      writer.number(static_cast<std::uint32_t>(path.access));
    }
    for (const auto* texts : {&command, &environment}) {
      writer.number(static_cast<std::uint32_t>(texts->size()));
      for (const std::string& text : *texts) writer.text(text);
    }
    return out;
  }

  /// False for anything that encode() did not write.
  bool decode(std::string_view in) {
    FrameReader reader(in);
    task = static_cast<WorkerTask>(reader.number<std::uint32_t>());
    namespaces = reader.number<std::uint32_t>();
    memory_bytes = reader.number<std::uint64_t>();
    limit_address_space = reader.number<std::uint32_t>() != 0;
    cpu_seconds = reader.number<std::uint64_t>();
    open_files = reader.number<std::uint64_t>();
    processes = reader.number<std::uint64_t>();
    file_bytes = reader.number<std::uint64_t>();
    message_deadline_ms = reader.number<std::uint32_t>();
    user_id = reader.number<std::uint32_t>();
    group_id = reader.number<std::uint32_t>();
    for (auto count = reader.number<std::uint32_t>(); count > 0 && reader.ok(); --count) {
      JailPath path;
      path.path = reader.text();
      path.access = static_cast<PathAccess>(reader.number<std::uint32_t>());
      paths.push_back(path);
    }
    for (auto* texts : {&command, &environment}) {
      for (auto count = reader.number<std::uint32_t>(); count > 0 && reader.ok(); --count) {
        texts->emplace_back(reader.text());
      }
    }
    return reader.ok() && reader.at_end();
  }
};

/// What a consumer has uploaded, for the worker.
struct SourceFrame {
  std::string group;
  std::string topic;
  std::string class_name;
  std::string text;

  std::string encode() const {
    std::string out;
    FrameWriter writer(out);
    for (const auto* value : {&group, &topic, &class_name, &text}) writer.text(*value);
    return out;
  }
  bool decode(std::string_view in) {
    FrameReader reader(in);
    for (auto* value : {&group, &topic, &class_name, &text}) *value = reader.text();
    return reader.ok() && reader.at_end();
  }
};

}  // namespace rocketmq::filtersrv
