#include "worker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <utility>

#include "errors.hpp"

namespace rocketmq::filtersrv {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t text_bytes_max = 4000;
/// A frame may take this part of a worker's memory.
constexpr std::uint64_t frame_share = 8;

std::string how_it_ended(int status) {
  switch (status) {
    case 0: return "it ended by itself";
    case 70: return "its time for one message is over";  // a JVM looks after that itself
    case 126:
    case 127: return "its program cannot be executed";
    case 128 + SIGSYS: return "it made a system call that filters may not make";
    case 128 + SIGXCPU: return "it used up its processor time";
    case 128 + SIGSEGV: return "it crashed: SIGSEGV";
    case 128 + SIGBUS: return "it crashed: SIGBUS";
    case 128 + SIGABRT: return "it aborted";
    case 128 + SIGKILL: return "it was killed, perhaps for its memory or processor time";
    default: break;
  }
  if (status > 128) return "it was ended by signal " + std::to_string(status - 128);
  return "it ended with status " + std::to_string(status);
}

Error stopped() { return {ResponseCode::SystemBusy, "the filter server stops"}; }

}  // namespace

std::string printable_lines(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, text_bytes_max)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte == '\n' || (byte >= 0x20 && byte != 0x7F) ? c : ' ';
  }
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  if (text.size() > text_bytes_max) out += " …";
  return out;
}

Result<Descriptor> Worker::make_progress() {
  Descriptor memory(::memfd_create("filter-progress", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  // Sealed: a worker that could shorten it would have us read what is not there.
  if (!memory || ::ftruncate(memory.get(), sizeof(SharedProgress)) != 0 ||
      ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return os_error("cannot make memory to share");
  void* const mapped =
      ::mmap(nullptr, sizeof(SharedProgress), PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
  if (mapped == MAP_FAILED) return os_error("cannot map memory to share");
  progress_ = new (mapped) SharedProgress;
  return memory;
}

Result<std::unique_ptr<Worker>> Worker::start(SpawnThread& spawner, const WorkerPlan& plan) {
  if (plan.stop->is_set()) return stopped();
  std::unique_ptr<Worker> worker(new Worker(plan));
  auto page = worker->make_progress();
  if (!page) return page.error();
  if (!plan.cgroup.empty()) {
    auto group = WorkerCgroup::make(plan.cgroup, plan.setup.memory_bytes, plan.setup.processes + 2);
    if (!group) return group.error();
    worker->cgroup_ = std::move(*group);
  }
  auto process = spawner.spawn({.program = plan.program,
                                .namespaces = plan.setup.namespaces,
                                .progress = page->get(),
                                .payload = plan.payload});
  if (!process) return process.error();
  worker->process_ = std::move(*process);
  // It waits for its setup, so it is in its group before it does anything.
  if (worker->cgroup_) {
    if (auto added = worker->cgroup_->add(worker->process_.pid); !added) return added.error();
  }
  const Time deadline = SteadyClock::now() + plan.start_deadline;
  auto sent = worker->send(FrameKind::kSetup, plan.setup.encode(), 0, deadline);
  if (!sent) return sent.error();
  auto answer = worker->receive(deadline);
  if (!answer) return answer.error();
  if (answer->kind == FrameKind::kRefused)
    return system_error("a worker cannot be held: " + printable_lines(answer->payload));
  FrameReader reader(answer->payload);
  worker->containment_ = reader.number<std::uint32_t>();
  if (answer->kind != FrameKind::kJailed || !reader.ok())
    return system_error("the worker sent something else than that it is held");
  if (worker->cgroup_) worker->containment_ |= kCgroup;
  return worker;
}

Worker::~Worker() {
  if (process_.pid > 0) {
    kill();
    reap();
  }
  if (progress_ != nullptr) ::munmap(static_cast<void*>(progress_), sizeof(SharedProgress));
}

Result<void> Worker::load(const SourceFrame& source) {
  const Time deadline = SteadyClock::now() + plan_.start_deadline;
  auto sent = send(FrameKind::kSource, source.encode(), 0, deadline);
  if (!sent) return sent.error();
  auto answer = receive(deadline);
  if (!answer) return answer.error();
  if (answer->kind == FrameKind::kRefused) return system_error(printable_lines(answer->payload));
  if (answer->kind != FrameKind::kReady)
    return system_error("the worker sent something else than that it is ready");
  return {};
}

Worker::Judged Worker::judge(std::span<const FilterMessage> messages, bool one_by_one) {
  const Time begin = SteadyClock::now();
  const Time deadline = begin + plan_.batch_deadline;
  batch_end_ = begin + plan_.batch_time;
  Judged judged;
  judged.verdicts.reserve(messages.size());
  while (judged.verdicts.size() < messages.size()) {
    if (!judged.verdicts.empty() && SteadyClock::now() >= batch_end_) break;
    const auto left = messages.subspan(judged.verdicts.size());
    const std::size_t count = count_for_frame(left, one_by_one ? 1 : batch_messages_max);
    // The filter fails on a message that alone does not fit: it would end the worker each time the
    // batch is pulled again.
    if (count == 0) {
      judged.verdicts.push_back(Verdict::kFailed);
      continue;
    }
    judge_part(left.first(count), deadline, judged);
    if (judged.failure) break;
  }
  busy_ += SteadyClock::now() - begin;
  return judged;
}

std::size_t Worker::count_for_frame(std::span<const FilterMessage> messages,
                                    std::size_t most) const {
  // The worker holds a frame whole, beside what the filter makes of it.
  const std::size_t bytes_max =
      std::min<std::size_t>(batch_bytes_max, plan_.setup.memory_bytes / frame_share);
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (const FilterMessage& message : messages) {
    bytes += sizeof(MessageHead) + message.topic.size() + message.properties.size() +
             message.body.size() + message.message_id.size();
    if (bytes > bytes_max || count == most) break;
    ++count;
  }
  return count;
}

void Worker::write_frame(std::span<const FilterMessage> messages) {
  frame_.clear();
  FrameWriter writer(frame_);
  writer.number(static_cast<std::uint32_t>(messages.size()));
  for (const FilterMessage& message : messages) {
    const MessageHead head{
        .topic_bytes = static_cast<std::uint32_t>(message.topic.size()),
        .properties_bytes = static_cast<std::uint32_t>(message.properties.size()),
        .body_bytes = static_cast<std::uint32_t>(message.body.size()),
        .message_id_bytes = static_cast<std::uint32_t>(message.message_id.size()),
        .queue_id = message.queue_id,
        .flag = message.flag,
        .reconsume_times = message.reconsume_times,
        .queue_offset = message.queue_offset,
        .born_time_ms = message.born_time_ms,
        .store_time_ms = message.store_time_ms};
    frame_.append(reinterpret_cast<const char*>(&head), sizeof head);
    frame_.append(message.topic).append(message.properties).append(message.body);
    frame_.append(message.message_id);
  }
}

void Worker::judge_part(std::span<const FilterMessage> messages, Time deadline, Judged& judged) {
  write_frame(messages);
  const std::uint64_t begun_before = progress_->begun.load(std::memory_order_relaxed);
  progress_seen_ = begun_before;
  progress_time_ = SteadyClock::now();
  is_judging_ = true;
  auto sent = send(FrameKind::kBatch, frame_, ++sequence_, deadline);
  // No answer is there yet: looking for one before waiting would only cost time.
  if (sent) sent = wait_for(POLLIN, deadline);
  auto answer = sent ? receive(deadline, messages.size()) : Result<Received>(sent.error());
  is_judging_ = false;
  if (!answer) {
    salvage(begun_before, messages.size(), judged);
    judged.failure = answer.error();
    return;
  }
  if (answer->kind != FrameKind::kVerdicts || answer->sequence != sequence_ ||
      answer->payload.empty() || answer->payload.size() > messages.size()) {
    judged.failure = system_error("the worker sent something else than a verdict for each message");
    return;
  }
  for (const char c : answer->payload) {
    const auto value = static_cast<unsigned char>(c);
    if (value > static_cast<unsigned char>(Verdict::kFailed)) {
      judged.failure = system_error("the worker sent a verdict that there is not");
      return;
    }
    judged.verdicts.push_back(static_cast<Verdict>(value));
  }
}

void Worker::salvage(std::uint64_t begun_before, std::size_t count, Judged& judged) const {
  if (!plan_.counts_messages) {
    judged.has_failed_on_next = count == 1;
    return;
  }
  const std::uint64_t begun = progress_->begun.load(std::memory_order_acquire) - begun_before;
  // The last one that it has begun is the one that it failed on.
  if (begun == 0 || begun > count) return;
  for (std::size_t k = 0; k + 1 < begun; ++k) {
    const std::uint8_t value = progress_->verdicts[k].load(std::memory_order_relaxed);
    if (value > static_cast<std::uint8_t>(Verdict::kFailed)) return;
    judged.verdicts.push_back(static_cast<Verdict>(value));
  }
  judged.has_failed_on_next = true;
}

Result<Worker::Output> Worker::output(std::size_t bytes_max, milliseconds allowed) {
  const Time deadline = SteadyClock::now() + allowed;
  Output output;
  std::array<char, 4096> part{};
  for (;;) {
    if (auto ready = wait_for(POLLIN, deadline); !ready) return ready.error();
    const ssize_t got = ::recv(process_.socket.get(), part.data(), part.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) break;
    output.text.append(part.data(), static_cast<std::size_t>(got));
    if (output.text.size() > bytes_max)
      return system_error("it writes more than " + std::to_string(bytes_max) +
                          " bytes of messages");
  }
  // All ends of the socket are closed; what is left of the process may still take its time.
  pollfd awaited[2]{{process_.pidfd.get(), POLLIN, 0}, {plan_.stop->descriptor(), POLLIN, 0}};
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now()).count();
    const int ready = ::poll(awaited, 2, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (plan_.stop->is_set()) return stopped();
    if (ready > 0) break;
    if (ready == 0) return system_error("its time is over");
  }
  output.status = reap();
  return output;
}

Result<void> Worker::send(FrameKind kind, std::string_view payload, std::uint64_t sequence,
                          Time deadline) {
  FrameHeader header;
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  header.kind = static_cast<std::uint32_t>(kind);
  header.sequence = sequence;
  iovec parts[2]{{&header, sizeof header}, {const_cast<char*>(payload.data()), payload.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  std::size_t left = sizeof header + payload.size();
  while (left > 0) {
    const ssize_t sent = ::sendmsg(process_.socket.get(), &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return ended();
      if (auto ready = wait_for(POLLOUT, deadline); !ready) return ready.error();
      continue;
    }
    auto taken = static_cast<std::size_t>(sent);
    left -= taken;
    for (iovec& part : parts) {
      const std::size_t of_this = std::min(taken, part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + of_this;
      part.iov_len -= of_this;
      taken -= of_this;
    }
  }
  return {};
}

Result<Worker::Received> Worker::receive(Time deadline, std::size_t payload_likely) {
  FrameHeader header;
  std::string bytes(sizeof header + payload_likely, '\0');
  std::size_t have = 0;
  if (auto got = receive_bytes(bytes, sizeof header, have, deadline); !got) return got.error();
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.payload_bytes > worker_payload_bytes_max)
    return system_error("the worker sent a frame of " + std::to_string(header.payload_bytes) +
                        " bytes");
  const std::size_t frame_bytes = sizeof header + header.payload_bytes;
  if (have > frame_bytes) return system_error("the worker sent more than one answer");
  bytes.resize(frame_bytes);
  if (auto got = receive_bytes(bytes, frame_bytes, have, deadline); !got) return got.error();
  return Received{static_cast<FrameKind>(header.kind), bytes.substr(sizeof header),
                  header.sequence};
}

Result<void> Worker::receive_bytes(std::string& to, std::size_t wanted, std::size_t& have,
                                   Time deadline) {
  while (have < wanted) {
    const ssize_t got = ::recv(process_.socket.get(), to.data() + have, to.size() - have, 0);
    if (got > 0) {
      have += static_cast<std::size_t>(got);
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 || errno != EAGAIN) return ended();
    if (auto ready = wait_for(POLLIN, deadline); !ready) return ready.error();
  }
  return {};
}

Result<void> Worker::wait_for(short events, Time deadline) {
  for (;;) {
    const Time now = SteadyClock::now();
    auto left = std::chrono::ceil<milliseconds>(deadline - now);
    if (left.count() <= 0) return system_error("its time is over");
    if (is_judging_) {
      // Looks at the progress often enough to be late by a quarter at most.
      left = std::min(left, plan_.message_deadline / 4 + milliseconds(1));
      if (now < batch_end_) {
        left = std::min(left, std::chrono::ceil<milliseconds>(batch_end_ - now));
      } else {
        progress_->ends.store(sequence_, std::memory_order_relaxed);
      }
    }
    pollfd awaited[2]{{process_.socket.get(), events, 0}, {plan_.stop->descriptor(), POLLIN, 0}};
    const int ready = ::poll(awaited, 2, static_cast<int>(left.count()));
    if (plan_.stop->is_set()) return stopped();
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return os_error("poll");
    if (ready == 0 && is_judging_ && plan_.counts_messages) {
      if (auto looked = look_at_progress(); !looked) return looked.error();
    }
  }
}

Result<void> Worker::look_at_progress() {
  const std::uint64_t begun = progress_->begun.load(std::memory_order_relaxed);
  const Time now = SteadyClock::now();
  if (begun != progress_seen_) {
    progress_seen_ = begun;
    progress_time_ = now;
  } else if (now - progress_time_ >= plan_.message_deadline) {
    return system_error("its time for one message is over");
  }
  return {};
}

Error Worker::ended() {
  // It is gone or has closed its socket, which is the same to us.
  pollfd end{process_.pidfd.get(), POLLIN, 0};
  if (::poll(&end, 1, 1'000) == 0) kill();
  return system_error("its process is gone: " + how_it_ended(reap()));
}

void Worker::kill() {
  if (status_) return;
  // The guard, which takes the worker with it, and both as a group: where there is no PID namespace
  // a compiler may have left others. The process is not reaped yet, so the numbers are its own.
  ::kill(-process_.pid, SIGKILL);
  ::syscall(SYS_pidfd_send_signal, process_.pidfd.get(), SIGKILL, nullptr, 0U);
}

int Worker::reap() {
  if (status_) return *status_;
  siginfo_t info{};
  while (::waitid(P_PIDFD, static_cast<id_t>(process_.pidfd.get()), &info, WEXITED) != 0 &&
         errno == EINTR) {
  }
  status_ = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
  // Those that the guard has left behind.
  ::kill(-process_.pid, SIGKILL);
  return *status_;
}

}  // namespace rocketmq::filtersrv
