// The scan of a log after a crash, and what is cut off behind it. The first byte says how strict
// the scan is; two files of the log follow.
#include <array>

#include "commit_log_recovery.hpp"
#include "file_names.hpp"
#include "record_boundaries.hpp"
#include "rocketmq/common/crc32.hpp"
#include "temp_files.hpp"

namespace rocketmq::fuzz {

using namespace store;
namespace recovery = commit_log_recovery;

namespace {

constexpr std::int64_t file_bytes = 4'096;

recovery::Scanned scan(const MappedFileQueue& files, const recovery::Range& range) {
  std::int64_t last = -1;
  const auto scanned = recovery::scan(
      files, range, [&](const MessageRecord& record, const recovery::Scanned&) -> Result<bool> {
        check(record.physical_offset > last, "records come in the log's order");
        last = record.physical_offset;
        return true;
      });
  check(scanned.has_value(), "a scan of readable files ends well");
  check(scanned->end >= 0 && scanned->end <= 2 * file_bytes, "the log ends within its files");
  return *scanned;
}

/// As a replica finds the ends of records, in two pieces.
void find_boundaries(std::string_view log, std::size_t cut_at) {
  RecordBoundaries whole(file_bytes);
  RecordBoundaries in_pieces(file_bytes);
  const bool is_taken = whole.take(log).has_value();
  const bool are_taken = in_pieces.take(log.substr(0, cut_at)).has_value() &&
                         in_pieces.take(log.substr(cut_at)).has_value();
  check(is_taken == are_taken, "pieces are taken as the whole is");
  check(whole.boundary() == in_pieces.boundary(), "a record ends in the same place");
}

}  // namespace

void run(std::string_view bytes) {
  Input input(bytes);
  const std::uint8_t how = input.byte();
  std::string log(input.rest().substr(0, 2 * file_bytes));
  find_boundaries(log, std::min<std::size_t>(log.size(), how));

  log.resize(2 * file_bytes);
  const auto log_directory = directory() / "commitlog";
  for (std::int64_t base = 0; base < 2 * file_bytes; base += file_bytes) {
    write_file(log_directory / file_name_of(base),
               std::string_view(log).substr(static_cast<std::size_t>(base), file_bytes));
  }
  MappedFileQueue files(FileSystem::real(), log_directory, file_bytes);
  check(files.load(true).has_value(), "the files are opened");
  const recovery::Range range{.certain_end = (how & 1) != 0 ? file_bytes : 0,
                              .only_the_end_is_torn = (how & 2) != 0,
                              .check_crc = (how & 4) == 0};
  const recovery::Scanned found = scan(files, range);
  (void)recovery::begin_by_time(files, 1'700'000'000'000);
  if (found.end < file_bytes) return;  // the second file would have to be made again
  check(recovery::cut(files, found.end, FileSystem::real(), directory() / "rescued").has_value(),
        "what is behind the end is cut off");
  const recovery::Scanned again = scan(files, range);
  check(again.end == found.end && again.records == found.records, "the log ends where it was cut");
}

}  // namespace rocketmq::fuzz
