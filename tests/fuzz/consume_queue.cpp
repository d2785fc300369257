// The files of a queue after a crash: where it ends, what it holds, and how it continues. The first
// byte says what is trusted.
#include "consume_queue.hpp"

#include <vector>

#include "file_names.hpp"
#include "temp_files.hpp"

namespace rocketmq::fuzz {

using namespace store;

namespace {

constexpr std::int64_t units = 16;
constexpr std::int64_t file_bytes = units * ConsumeQueueUnit::bytes;

}  // namespace

void run(std::string_view bytes) {
  Input input(bytes);
  const std::uint8_t how = input.byte();
  const std::int64_t log_end = input.number();
  std::string content(input.rest().substr(0, 2 * file_bytes));
  content.resize(2 * file_bytes);
  const auto queue_directory = directory() / "TopicTest" / "0";
  std::filesystem::remove_all(queue_directory);
  for (std::int64_t base = 0; base < 2 * file_bytes; base += file_bytes) {
    write_file(queue_directory / file_name_of(base),
               std::string_view(content).substr(static_cast<std::size_t>(base), file_bytes));
  }

  OpenFileCache open_files(FileSystem::real(), 4);
  ConsumeQueueShared shared{.file_system = FileSystem::real(),
                            .open_files = open_files,
                            .root = directory(),
                            .file_bytes = file_bytes};
  ConsumeQueue queue(shared, "TopicTest", 0);
  bool damaged = false;
  ConsumeQueue::LoadRules rules{.zero_behind_end = (how & 1) != 0};
  if ((how & 2) != 0) rules.physical_end = log_end;
  if (!queue.load(rules, damaged)) return;
  const std::int64_t end = queue.max_offset();
  check(queue.min_offset() >= 0 && queue.min_offset() <= end && end <= 2 * units,
        "the queue is within its files");
  std::vector<char> read(static_cast<std::size_t>(2 * file_bytes));
  for (std::int64_t at = queue.min_offset(); at < end;) {
    const std::int64_t count = queue.read(at, 2 * units, read.data());
    check(count > 0 && at + count <= end, "what the queue has can be read");
    at += count;
  }
  queue.correct_min_offset(log_end);
  check(queue.min_offset() >= 0 && queue.min_offset() <= queue.max_offset(),
        "the minimum stays within the queue");
  // A record has a place in a log.
  (void)queue.append({.physical_offset = log_end & (INT64_MAX >> 1), .size = 100, .tags_code = 7},
                     end);
  check(queue.truncate(end / 2).has_value(), "a queue can be cut");
  check(queue.max_offset() <= std::max<std::int64_t>(end / 2, 0), "it ends where it was cut");
}

}  // namespace rocketmq::fuzz
