#include "store_checkpoint.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/crc32.hpp"

namespace rocketmq::store {
namespace {

constexpr std::size_t file_bytes = 4096;
constexpr std::size_t own_at = 1024;
constexpr std::size_t own_numbers = 18;
constexpr std::int64_t own_magic = 0x524D512D43505031;  // "RMQ-CPP1"
/// Our older releases do not look there.
constexpr std::size_t files_at = 2048;
constexpr std::size_t files_numbers = 8;
constexpr std::int64_t files_magic = 0x524D512D43505032;  // "RMQ-CPP2"

using Page = std::array<char, file_bytes>;

class Numbers {
 public:
  explicit Numbers(Page& page, std::size_t at = 0) : at_(page.data() + at) {}
  std::int64_t take() {
    const auto value = load_be<std::int64_t>(at_);
    at_ += sizeof value;
    return value;
  }
  void put(std::int64_t value) {
    store_be(at_, value);
    at_ += sizeof value;
  }

 private:
  char* at_;
};

std::int64_t crc_of(const Page& page, std::size_t at, std::size_t numbers) {
  return masked_crc32(std::string_view(page.data() + at, numbers * sizeof(std::int64_t)));
}
std::int64_t own_crc(const Page& page) { return crc_of(page, own_at, own_numbers); }

void put_files_record(Page& page, const StoreCheckpoint::FileSizes& sizes,
                      const StoreCheckpoint::Own& own) {
  Numbers numbers(page, files_at);
  for (const std::int64_t value :
       {files_magic, sizes.commit_log, sizes.consume_queue, sizes.index_slots, sizes.index_entries,
        own.queue_totals.first_units, own.index.file_count, own_crc(page)}) {
    numbers.put(value);
  }
  numbers.put(crc_of(page, files_at, files_numbers));
}

void take_own_record(Page& page, StoreCheckpoint& checkpoint) {
  Numbers numbers(page, own_at);
  checkpoint.own_is_void =
      std::any_of(page.begin() + own_at, page.end(), [](char byte) { return byte != 0; });
  const std::int64_t magic = numbers.take();
  // Also of a later form: what is damaged is not newer.
  if (load_be<std::int64_t>(page.data() + own_at + own_numbers * sizeof(std::int64_t)) !=
      own_crc(page))
    return;
  // Its last byte is the form's number. A form that older releases cannot do with gets a new one,
  // and keeps the number of its numbers and the checksum's place.
  checkpoint.is_newer = magic >> 8 == own_magic >> 8 && (magic & 0xFF) > (own_magic & 0xFF);
  if (magic != own_magic) return;
  const bool same_head = numbers.take() == checkpoint.physic_timestamp_ms &&
                         numbers.take() == checkpoint.logics_timestamp_ms &&
                         numbers.take() == checkpoint.index_timestamp_ms;
  if (!same_head) return;
  StoreCheckpoint::Own own;
  own.complete_offset = numbers.take();
  own.is_clean_stop = numbers.take() == 1;
  own.last_store_timestamp_ms = numbers.take();
  own.queue_totals.queues = numbers.take();
  own.queue_totals.units = numbers.take();
  own.index.file_number = numbers.take();
  own.index.header.begin_timestamp_ms = numbers.take();
  own.index.header.end_timestamp_ms = numbers.take();
  own.index.header.begin_physical_offset = numbers.take();
  own.index.header.end_physical_offset = numbers.take();
  own.index.header.used_slots = static_cast<std::int32_t>(numbers.take());
  own.index.header.count = static_cast<std::int32_t>(numbers.take());
  for (std::int64_t& number : own.power_cycle) number = numbers.take();
  own.queue_totals.first_units = ConsumeQueueStore::Totals::not_known;
  own.index.file_count = IndexStore::State::not_known;
  checkpoint.own = own;
  checkpoint.own_is_void = false;
}

void take_files_record(Page& page, StoreCheckpoint& checkpoint) {
  Numbers numbers(page, files_at);
  if (numbers.take() != files_magic ||
      load_be<std::int64_t>(page.data() + files_at + files_numbers * sizeof(std::int64_t)) !=
          crc_of(page, files_at, files_numbers)) {
    return;
  }
  StoreCheckpoint::FileSizes sizes;
  sizes.commit_log = numbers.take();
  sizes.consume_queue = numbers.take();
  sizes.index_slots = numbers.take();
  sizes.index_entries = numbers.take();
  checkpoint.file_sizes = sizes;
  const std::int64_t first_units = numbers.take();
  const std::int64_t index_files = numbers.take();
  // An older release may have written the other record since.
  if (!checkpoint.own || numbers.take() != own_crc(page)) return;
  checkpoint.own->queue_totals.first_units = first_units;
  checkpoint.own->index.file_count = index_files;
}

}  // namespace

Result<StoreCheckpoint> StoreCheckpoint::read(FileSystem& file_system,
                                              const std::filesystem::path& path) {
  StoreCheckpoint checkpoint;
  auto file = file_system.open(path, OpenMode::ReadExisting);
  if (!file) {
    if (file.error().is_missing_file()) return checkpoint;
    return to_error(file.error());
  }
  Page page{};
  const auto got = (*file)->read_at(page.data(), page.size(), 0);
  if (!got) return to_error(got.error());
  Numbers head(page);
  checkpoint.physic_timestamp_ms = head.take();
  checkpoint.logics_timestamp_ms = head.take();
  checkpoint.index_timestamp_ms = head.take();
  take_own_record(page, checkpoint);
  take_files_record(page, checkpoint);
  return checkpoint;
}

IoResult<void> StoreCheckpoint::write(FileSystem& file_system,
                                      const std::filesystem::path& path) const {
  auto file = file_system.open(path, OpenMode::CreateOrOpen);
  if (!file) return file.error();
  Page page{};
  // Other releases keep more times behind the first three: they stay as they are.
  if (const auto got = (*file)->read_at(page.data(), own_at, 0); !got) return got.error();
  Numbers head(page);
  head.put(physic_timestamp_ms);
  head.put(logics_timestamp_ms);
  head.put(index_timestamp_ms);
  if (own) {
    Numbers numbers(page, own_at);
    for (const std::int64_t value :
         {own_magic, physic_timestamp_ms, logics_timestamp_ms, index_timestamp_ms,
          own->complete_offset, static_cast<std::int64_t>(own->is_clean_stop),
          own->last_store_timestamp_ms, own->queue_totals.queues, own->queue_totals.units,
          own->index.file_number, own->index.header.begin_timestamp_ms,
          own->index.header.end_timestamp_ms, own->index.header.begin_physical_offset,
          own->index.header.end_physical_offset,
          static_cast<std::int64_t>(own->index.header.used_slots),
          static_cast<std::int64_t>(own->index.header.count), own->power_cycle[0],
          own->power_cycle[1]}) {
      numbers.put(value);
    }
    store_be(page.data() + own_at + own_numbers * sizeof(std::int64_t), own_crc(page));
    if (file_sizes) put_files_record(page, *file_sizes, *own);
  }
  std::string_view bytes(page.data(), page.size());
  std::int64_t position = 0;
  while (!bytes.empty()) {
    const auto written = (*file)->write_at(bytes, position);
    if (!written) return written.error();
    bytes.remove_prefix(*written);
    position += static_cast<std::int64_t>(*written);
  }
  return (*file)->sync();
}

}  // namespace rocketmq::store
