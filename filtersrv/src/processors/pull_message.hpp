#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "broker_link.hpp"
#include "filters/filter_table.hpp"
#include "pulls/byte_allowance.hpp"
#include "pulls/filter_turns.hpp"
#include "pulls/judged_batch.hpp"
#include "pulls/pull_places.hpp"
#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/filtersrv/filter_server_settings.hpp"
#include "rocketmq/protocol/pull_headers.hpp"
#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::filtersrv {

/// Handles PULL_MESSAGE (spec/filtersrv.md §7): pulls everything from the broker, runs the group's
/// filter, and replies with what it leaves. What the request says of tags, of offsets to commit and
/// of its hold is ignored; the broker holds the inner pull.
/// Runs on: the connection's thread; the broker's response on `net-broker-0`; filters on the pool
/// `filter`. No thread waits. Bounded: fsServerAsyncSemaphoreValue pulls at the broker,
/// filterBufferBytesMax of messages that wait for their filter, and what FilterTurns bounds; what
/// is beyond is refused with SYSTEM_BUSY, and asked for again by its consumer.
class PullMessageProcessor {
 public:
  /// The group that the broker sees.
  static constexpr std::string_view inner_group = "FILTERSRV_CONSUMER";
  /// How long the broker holds the inner pull, and when it is given up.
  static constexpr std::chrono::milliseconds hold{19'000};
  static constexpr std::chrono::milliseconds timeout{29'000};

  struct Parts {
    const FilterServerConfig& config;
    const Clock& clock;
    FilterTable& filters;
    BrokerLink& broker;
    WorkerPool& filter_pool;
  };
  explicit PullMessageProcessor(Parts parts);

  void process(const remoting::RequestContext& context, remoting::RemotingCommand& request,
               remoting::Reply reply);

  struct Counts {
    std::atomic<std::int64_t> pulls{0};
    /// Refused because too many are under way.
    std::atomic<std::int64_t> busy{0};
    std::atomic<std::int64_t> judged{0};
    std::atomic<std::int64_t> delivered{0};
    /// Messages on which a filter failed.
    std::atomic<std::int64_t> failed_messages{0};
    /// Batches of which a filter could not judge even the first message.
    std::atomic<std::int64_t> failed_batches{0};
  };
  const Counts& counts() const { return counts_; }
  std::size_t held() const { return places_.taken(); }
  /// Pulls that wait for their filter's turn.
  std::size_t waiting() const { return turns_.waiting(); }
  std::size_t buffer_bytes() const { return allowance_.taken(); }

 private:
  struct Pull;
  using PullPtr = std::shared_ptr<Pull>;

  void answered(const PullPtr& pull, Result<remoting::RemotingCommand>&& answer);
  void judge_later(const PullPtr& pull, remoting::RemotingCommand&& answer,
                   const remoting::PullMessageResponseHeader& header);
  /// On the pool.
  void judge_and_reply(Pull& pull, std::string_view records, const std::string& remark,
                       remoting::PullMessageResponseHeader header);
  void busy(remoting::Reply& reply, const char* what);
  /// At most a line a second.
  void tell_failure(const RegisteredFilter& filter, const JudgedBatch& judged);

  const Parts parts_;
  const JudgeOptions options_;
  PullPlaces places_;
  ByteAllowance allowance_;
  FilterTurns turns_;
  Counts counts_;
  LogLimiter failures_log_;
};

}  // namespace rocketmq::filtersrv
