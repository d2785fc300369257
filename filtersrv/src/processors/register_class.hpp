#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engines.hpp"
#include "filters/failed_uploads.hpp"
#include "filters/filter_table.hpp"
#include "filters/installed_filters.hpp"
#include "filters/upload_keys.hpp"
#include "filters/upload_pools.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/filtersrv/filter_server_settings.hpp"
#include "rocketmq/net/minute_rate.hpp"
#include "rocketmq/protocol/filter_headers.hpp"
#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::filtersrv {

/// Handles REGISTER_MESSAGE_FILTER_CLASS (spec/filtersrv.md §6, §8.2): which filter the pulls of a
/// group on a topic go through. Consumers send it again at each heartbeat; what is held already
/// costs one look. Runs on: the connection's thread; a new text is checked and compiled by
/// UploadPools.
class RegisterClassProcessor {
 public:
  struct Parts {
    const FilterServerConfig& config;
    const Clock& clock;
    const InstalledFilters& installed;
    const Engines& engines;
    /// Null: uploads need no signature.
    const UploadKeys* keys;
    FilterTable& filters;
    UploadPools& pools;
  };
  explicit RegisterClassProcessor(Parts parts);

  void process(const remoting::RequestContext& context, remoting::RemotingCommand& request,
               remoting::Reply reply);

  /// Since the start.
  std::int64_t uploads_taken() const { return taken_; }
  std::int64_t uploads_refused() const { return refused_; }

 private:
  using Header = remoting::RegisterMessageFilterClassRequestHeader;
  struct Upload;
  using UploadPtr = std::shared_ptr<Upload>;

  Result<void> check_names(const Header& header) const;
  Result<void> check_replacement(const remoting::ChannelPtr& channel, const Header& header) const;
  Result<void> check_sender(const remoting::ChannelPtr& channel, const Header& header,
                            std::size_t text_bytes) const;
  bool is_held(const Header& header) const;
  /// `sender` is net::address_key of the peer.
  Result<void> put(const Header& header, std::uint64_t sender, std::shared_ptr<Filter> filter,
                   bool is_installed);
  void install(const Header& header, std::uint64_t sender, std::shared_ptr<Filter> filter,
               remoting::Reply reply);

  /// Runs a step of an upload on a pool, and replies with its error.
  using Step = Result<void> (RegisterClassProcessor::*)(const UploadPtr& upload);
  void post(WorkerPool& pool, const UploadPtr& upload, Step step);
  /// On a thread of the pools: checksum and signature, then the engine.
  Result<void> check(const UploadPtr& upload);
  /// On a thread of the pools. Replies when it succeeds.
  Result<void> compile(const UploadPtr& upload);
  Error note_failure(const Header& header, const std::string& reason);
  void refuse(remoting::Reply& reply, const std::string& peer, const Header& header,
              const Error& error);

  const Parts parts_;
  const std::vector<std::string> allowed_groups_;
  FailedUploads failures_;
  net::MinuteRate rate_;
  const std::size_t uploads_per_minute_;
  LogLimiter refusals_log_;
  LogLimiter installs_log_;
  std::atomic<std::int64_t> taken_{0};
  std::atomic<std::int64_t> refused_{0};
};

}  // namespace rocketmq::filtersrv
