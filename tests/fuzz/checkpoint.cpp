// The store's checkpoint. Bit 0 of the first byte: the checksums of the records are made right, as
// no mutation would.
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/crc32.hpp"
#include "store_checkpoint.hpp"
#include "temp_files.hpp"

namespace rocketmq::fuzz {

using namespace store;

namespace {

/// Puts the checksum of a record of `bytes` behind it.
void seal(std::string& page, std::size_t at, std::size_t bytes) {
  if (page.size() < at + bytes + 8) return;
  store_be<std::int64_t>(page.data() + at + bytes,
                         masked_crc32(std::string_view(page).substr(at, bytes)));
}

}  // namespace

void run(std::string_view bytes) {
  Input input(bytes);
  const bool is_sealed = (input.byte() & 1) != 0;
  std::string page(input.rest());
  if (is_sealed) {
    seal(page, 1'024, 18 * 8);
    seal(page, 2'048, 8 * 8);
  }
  const auto path = directory() / "checkpoint";
  write_file(path, page);
  const auto read = StoreCheckpoint::read(FileSystem::real(), path);
  check(read.has_value(), "any content is read");
  check(read->write(FileSystem::real(), path).has_value(), "it is written");
  const auto again = StoreCheckpoint::read(FileSystem::real(), path);
  check(again.has_value(), "it is read again");
  check(again->physic_timestamp_ms == read->physic_timestamp_ms, "the time of the log survives");
  check(again->own.has_value() == read->own.has_value(), "our record survives");
  if (read->own) {
    check(again->own->complete_offset == read->own->complete_offset, "the position survives");
    check(again->own->is_clean_stop == read->own->is_clean_stop, "the kind of stop survives");
  }
}

}  // namespace rocketmq::fuzz
