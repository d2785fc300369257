#include "conversation.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "jail.hpp"

namespace rocketmq::filtersrv {
namespace {

SharedProgress* progress = nullptr;
std::vector<char> received;
std::size_t received_bytes = 0;

/// Reads until `count` bytes of the next frame are there.
void fill(std::size_t count) {
  if (received.size() < count) received.resize(count < 64 * 1024 ? 64 * 1024 : count);
  while (received_bytes < count) {
    const ssize_t got =
        ::read(socket_fd, received.data() + received_bytes, received.size() - received_bytes);
    if (got == 0) ::_exit(0);
    if (got < 0) {
      if (errno == EINTR) continue;
      ::_exit(2);
    }
    received_bytes += static_cast<std::size_t>(got);
  }
}

std::size_t taken_bytes = 0;

}  // namespace

Frame next_frame() {
  // The server sends one frame at a time, so hardly ever anything is left to move.
  if (taken_bytes > 0) {
    std::memmove(received.data(), received.data() + taken_bytes, received_bytes - taken_bytes);
    received_bytes -= taken_bytes;
    taken_bytes = 0;
  }
  Frame frame;
  fill(sizeof frame.header);
  std::memcpy(&frame.header, received.data(), sizeof frame.header);
  fill(sizeof frame.header + frame.header.payload_bytes);
  frame.payload = {received.data() + sizeof frame.header, frame.header.payload_bytes};
  taken_bytes = sizeof frame.header + frame.header.payload_bytes;
  return frame;
}

void send_frame(FrameKind kind, std::string_view payload, std::uint64_t sequence) {
  FrameHeader header;
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  header.kind = static_cast<std::uint32_t>(kind);
  header.sequence = sequence;
  static std::string out;
  out.assign(reinterpret_cast<const char*>(&header), sizeof header);
  out.append(payload);
  for (std::size_t sent = 0; sent < out.size();) {
    const ssize_t wrote = ::write(socket_fd, out.data() + sent, out.size() - sent);
    if (wrote < 0) {
      if (errno == EINTR) continue;
      ::_exit(2);
    }
    sent += static_cast<std::size_t>(wrote);
  }
}

void map_progress() {
  void* page =
      ::mmap(nullptr, sizeof(SharedProgress), PROT_READ | PROT_WRITE, MAP_SHARED, progress_fd, 0);
  if (page == MAP_FAILED) fail_errno("cannot map the shared memory");
  progress = static_cast<SharedProgress*>(page);
}

void serve_batches(Judge& judge) {
  std::string verdicts;
  std::uint64_t begun = 0;
  for (;;) {
    const Frame frame = next_frame();
    if (frame.header.kind != static_cast<std::uint32_t>(FrameKind::kBatch)) ::_exit(2);
    FrameReader reader(frame.payload);
    const auto count = reader.number<std::uint32_t>();
    if (count > batch_messages_max) ::_exit(2);
    verdicts.clear();
    for (std::uint32_t k = 0; k < count; ++k) {
      MessageHead head;
      const std::string_view raw = reader.bytes(sizeof head);
      if (raw.size() != sizeof head) ::_exit(2);
      std::memcpy(&head, raw.data(), sizeof head);
      // The texts are read in this order.
      const filter::MessageView::Data data{.topic = reader.bytes(head.topic_bytes),
                                           .properties = reader.bytes(head.properties_bytes),
                                           .body = reader.bytes(head.body_bytes),
                                           .message_id = reader.bytes(head.message_id_bytes),
                                           .queue_id = head.queue_id,
                                           .flag = head.flag,
                                           .reconsume_times = head.reconsume_times,
                                           .queue_offset = head.queue_offset,
                                           .born_time_ms = head.born_time_ms,
                                           .store_time_ms = head.store_time_ms};
      if (!reader.ok()) ::_exit(2);
      // With this number the verdicts before are there, if the process should end in the next.
      progress->begun.store(++begun, std::memory_order_release);
      const std::uint8_t verdict = judge.judge(filter::MessageView(data));
      progress->verdicts[k].store(verdict, std::memory_order_relaxed);
      verdicts += static_cast<char>(verdict);
      if (progress->ends.load(std::memory_order_relaxed) == frame.header.sequence) break;
    }
    send_frame(FrameKind::kVerdicts, verdicts, frame.header.sequence);
  }
}

}  // namespace rocketmq::filtersrv
