// In the place of mqfilterworker: says that it is held and ready, and then does what the source
// says. Bytes of any kind have to leave the server unharmed.
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "frames.hpp"

using namespace rocketmq::filtersrv;

namespace {

bool read_exactly(char* to, std::size_t count) {
  while (count > 0) {
    const ssize_t got = ::read(socket_fd, to, count);
    if (got <= 0) return false;
    to += got;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

bool read_frame(FrameHeader& header, std::string& payload) {
  if (!read_exactly(reinterpret_cast<char*>(&header), sizeof header)) return false;
  payload.resize(header.payload_bytes);
  return read_exactly(payload.data(), payload.size());
}

void write_bytes(const std::string& bytes) {
  if (::write(socket_fd, bytes.data(), bytes.size()) < 0) ::_exit(3);
}

std::string frame(FrameKind kind, const std::string& payload, std::uint64_t sequence) {
  const FrameHeader header{static_cast<std::uint32_t>(payload.size()),
                           static_cast<std::uint32_t>(kind), sequence};
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + payload;
}

[[noreturn]] void stay_silent() {
  for (;;) ::pause();
}

/// Says in the shared memory that `begun` messages were begun, and what the verdicts on the first
/// two are.
void claim(std::uint64_t begun, std::uint8_t first, std::uint8_t second) {
  void* const memory =
      ::mmap(nullptr, sizeof(SharedProgress), PROT_READ | PROT_WRITE, MAP_SHARED, progress_fd, 0);
  if (memory == MAP_FAILED) ::_exit(3);
  auto& progress = *static_cast<SharedProgress*>(memory);
  progress.verdicts[0] = first;
  progress.verdicts[1] = second;
  progress.begun = begun;
}

/// Which message of a batch has this queue offset, from 0; none: how many there are.
std::uint32_t place_of(std::int64_t queue_offset, const std::string& batch, std::uint32_t count) {
  std::size_t at = sizeof count;
  for (std::uint32_t k = 0; k < count; ++k) {
    MessageHead head;
    std::memcpy(&head, batch.data() + at, sizeof head);
    if (head.queue_offset == queue_offset) return k;
    at += sizeof head + head.topic_bytes + head.properties_bytes + head.body_bytes +
          head.message_id_bytes;
  }
  return count;
}

void answer(const std::string& mode, const FrameHeader& asked, const std::string& batch) {
  std::uint32_t count = 0;
  std::memcpy(&count, batch.data(), sizeof count);
  const std::uint64_t sequence = asked.sequence;
  const std::string drop(count, '\0');
  if (mode == "honest") write_bytes(frame(FrameKind::kVerdicts, drop, sequence));
  if (mode == "one each") write_bytes(frame(FrameKind::kVerdicts, "\1", sequence));
  if (mode == "none at all") write_bytes(frame(FrameKind::kVerdicts, "", sequence));
  if (mode == "too many") write_bytes(frame(FrameKind::kVerdicts, drop + drop, sequence));
  if (mode == "no verdict")
    write_bytes(frame(FrameKind::kVerdicts, std::string(count, 7), sequence));
  if (mode == "other batch") write_bytes(frame(FrameKind::kVerdicts, drop, sequence + 1));
  if (mode == "other kind") write_bytes(frame(FrameKind::kReady, drop, sequence));
  if (mode == "huge") {
    FrameHeader header{0xFFFFFFFF, static_cast<std::uint32_t>(FrameKind::kVerdicts), sequence};
    write_bytes(std::string(reinterpret_cast<const char*>(&header), sizeof header));
  }
  if (mode == "garbage") write_bytes(std::string(200, '\xA5'));
  if (mode == "half a frame") {
    write_bytes(frame(FrameKind::kVerdicts, drop, sequence).substr(0, 10));
    stay_silent();
  }
  if (mode == "silence") stay_silent();
  if (mode == "exit") ::_exit(9);
  if (mode == "exit in the third") {
    claim(3, 1, 0);
    ::_exit(9);
  }
  if (mode == "exit on message 2") {
    const std::uint32_t place = place_of(2, batch, count);
    if (place < count) {
      claim(place + 1, 1, 0);
      ::_exit(9);
    }
    write_bytes(frame(FrameKind::kVerdicts, drop, sequence));
  }
  if (mode == "claims more than there are") {
    claim(1'000'000, 1, 1);
    ::_exit(9);
  }
  if (mode == "claims what is no verdict") {
    claim(3, 1, 77);
    ::_exit(9);
  }
  if (mode == "crash") __builtin_trap();
}

}  // namespace

int main() {
  FrameHeader header;
  std::string payload;
  if (!read_frame(header, payload)) return 1;
  std::string held;
  FrameWriter(held).number(static_cast<std::uint32_t>(kSeccomp));
  write_bytes(frame(FrameKind::kJailed, held, 0));
  if (!read_frame(header, payload)) return 1;
  SourceFrame source;
  if (!source.decode(payload)) return 1;
  const std::string mode = source.text;
  if (mode == "refuses") {
    write_bytes(frame(FrameKind::kRefused, "no\x1b[31m\1" + std::string(10'000, 'x'), 0));
  }
  if (mode == "not ready") write_bytes(frame(FrameKind::kVerdicts, "", 0));
  write_bytes(frame(FrameKind::kReady, "", 0));
  while (read_frame(header, payload)) {
    answer(mode, header, payload);
  }
  return 0;
}
