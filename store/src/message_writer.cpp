#include "rocketmq/store/message_writer.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace rocketmq::store {

PutResult MessageWriter::put_and_wait(const MessageToPut& message) {
  struct Waiting {
    std::mutex mutex;
    std::condition_variable ready;
    std::optional<PutResult> result;
  };
  // Shared, since the callback may still be in notify_one() when the waiting thread continues.
  const auto waiting = std::make_shared<Waiting>();
  put(message, [waiting](const PutResult& result) {
    {
      const std::lock_guard lock(waiting->mutex);
      waiting->result = result;
    }
    waiting->ready.notify_one();
  });
  std::unique_lock lock(waiting->mutex);
  waiting->ready.wait(lock, [&] { return waiting->result.has_value(); });
  return std::move(*waiting->result);
}

}  // namespace rocketmq::store
