#pragma once

#include <memory>
#include <string>
#include <vector>

#include "consumer/consumer_context.hpp"
#include "consumer/push/consume_pool.hpp"
#include "consumer/push/consume_service.hpp"

namespace rocketmq::client {

/// Calls a concurrent listener from the threads of a pool. Failed messages go back to their broker.
class ConcurrentService final : public ConsumeService,
                                public std::enable_shared_from_this<ConcurrentService> {
 public:
  explicit ConcurrentService(ConsumerContextPtr context);

  bool is_orderly() const override { return false; }
  void start() override;
  void submit(const ProcessQueuePtr& queue, PulledMessages messages) override;
  void consume_directly(MessageExt message, std::function<void(Result<std::string>)> done) override;
  void set_threads(int threads) override { pool_.resize(threads); }
  int threads() const override { return pool_.threads(); }
  void stop_taking(std::chrono::milliseconds wait) override;
  void stop() override { pool_.stop(); }
  bool runs_this_thread() const override { return pool_.runs_this_thread(); }

 private:
  class ListenerCalls;
  class PulledBatch;
  class FailedBatch;

  /// Calls the listener and settles its result.
  void consume(const ProcessQueuePtr& queue, std::vector<MessageExt>& messages);
  /// Settles messages whose bodies cannot be read as failed ones; the listener does not see them.
  void settle_unreadable(const ProcessQueuePtr& queue, std::vector<MessageExt>& messages);
  /// Sends failed messages back. Returns those that could not be: they stay in the process queue.
  std::vector<MessageExt> settle_failed(std::vector<MessageExt>& messages, std::size_t first_failed,
                                        const ConsumeConcurrentlyContext& listener_context);
  void consume_again_later(const ProcessQueuePtr& queue, std::vector<MessageExt> messages);
  void schedule_expiry_check();
  void send_expired_back();

  const ConsumerContextPtr context_;
  ConsumePool pool_;
};

}  // namespace rocketmq::client
