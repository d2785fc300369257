// Sandboxes, messages and filters for tests.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/filtersrv/sandbox.hpp"

namespace rocketmq::filtersrv::test {

using std::chrono::milliseconds;

/// Long enough for any machine: for what has to succeed.
inline WorkerLimits patient_limits() {
  return {.message_deadline = milliseconds(300'000),
          .batch_deadline = milliseconds(600'000),
          .start_deadline = milliseconds(600'000)};
}

inline SandboxSettings test_settings() {
  return {.worker_program = ROCKETMQ_BIN_DIR "/mqfilterworker"};
}

inline std::unique_ptr<Sandbox> start_sandbox(const Clock& clock,
                                              const SandboxSettings& settings = test_settings()) {
  auto sandbox = Sandbox::start(settings, clock);
  if (!sandbox) {
    ADD_FAILURE() << sandbox.error().remark;
    return nullptr;
  }
  return std::move(*sandbox);
}

/// Messages whose properties have SequenceId from `first` on.
class Messages {
 public:
  explicit Messages(std::size_t count, std::size_t first = 0) {
    for (std::size_t k = 0; k < count; ++k) {
      properties_.push_back("KEYS\1OrderID001\2TAGS\1TagA\2SequenceId\1" +
                            std::to_string(first + k) + "\2");
    }
    for (std::size_t k = 0; k < count; ++k) {
      messages_.push_back({.topic = "TopicFilter7",
                           .properties = properties_[k],
                           .body = "Hello MetaQ",
                           .message_id = "C0A8010100002A9F0000000000000001",
                           .queue_id = 3,
                           .queue_offset = static_cast<std::int64_t>(first + k),
                           .born_time_ms = 1'700'000'000'000,
                           .store_time_ms = 1'700'000'000'001});
    }
  }
  const std::vector<FilterMessage>& all() const { return messages_; }

 private:
  std::vector<std::string> properties_;
  std::vector<FilterMessage> messages_;
};

inline FilterSource source_of(std::string text, std::string class_name = "example.Filter") {
  return {.group = "ConsumerGroupNamecc4",
          .topic = "TopicFilter7",
          .class_name = std::move(class_name),
          .text = std::move(text)};
}

/// Which of the messages are delivered.
inline std::vector<std::size_t> delivered(const std::vector<Verdict>& verdicts) {
  std::vector<std::size_t> places;
  for (std::size_t k = 0; k < verdicts.size(); ++k) {
    if (verdicts[k] == Verdict::kDeliver) places.push_back(k);
  }
  return places;
}

inline std::unique_ptr<Filter> compiled(FilterEngine& engine, const FilterSource& source) {
  auto filter = engine.compile(source);
  if (!filter) {
    ADD_FAILURE() << filter.error().remark;
    return nullptr;
  }
  return std::move(*filter);
}

/// Calls a filter with what it has not judged until it has judged everything. How many calls that
/// took; 0 when one has failed.
inline std::size_t calls_until_judged(Filter& filter, std::span<const FilterMessage> messages) {
  std::size_t calls = 0;
  while (!messages.empty()) {
    ++calls;
    auto verdicts = filter.match(messages);
    if (!verdicts || verdicts->empty()) {
      ADD_FAILURE() << (verdicts ? "no verdict" : verdicts.error().remark);
      return 0;
    }
    messages = messages.subspan(verdicts->size());
  }
  return calls;
}

/// With these a batch ends after a second, and one that continues fails three seconds later.
inline WorkerLimits limits_of_slow_batches() {
  WorkerLimits limits = patient_limits();
  limits.batch_deadline = milliseconds(4'000);
  return limits;
}

/// What the tutorial's filter delivers of messages 0 to 20.
inline const std::vector<std::size_t> tutorial_answer{12, 15, 18};

/// The same filter in Lua: what has to be served while another filter attacks.
inline std::unique_ptr<Filter> honest_filter(FilterEngine& lua) {
  return compiled(lua, source_of(R"(
      return function(m) local id = m:integer("SequenceId") return id % 3 == 0 and id > 10 end)"));
}

}  // namespace rocketmq::filtersrv::test
