#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engines.hpp"
#include "filters/filter_table.hpp"
#include "filters/installed_filters.hpp"
#include "filters/upload_rate.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/filtersrv/filter_server_settings.hpp"
#include "rocketmq/protocol/filter_headers.hpp"
#include "rocketmq/remoting/dispatcher.hpp"

namespace rocketmq::filtersrv {

/// Handles REGISTER_MESSAGE_FILTER_CLASS (spec/filtersrv.md §6, §8.2): which filter the pulls of a
/// group on a topic go through. Consumers send it again at each heartbeat; what is held already
/// costs one look. Runs on: the connection's thread; a new text is compiled on the pool `upload`.
class RegisterClassProcessor {
 public:
  struct Parts {
    const FilterServerConfig& config;
    const Clock& clock;
    const InstalledFilters& installed;
    const Engines& engines;
    FilterTable& filters;
    WorkerPool& upload_pool;
  };
  explicit RegisterClassProcessor(Parts parts);

  void process(const remoting::RequestContext& context, remoting::RemotingCommand& request,
               remoting::Reply reply);

  /// Since the start.
  std::int64_t uploads_taken() const { return taken_; }
  std::int64_t uploads_refused() const { return refused_; }

 private:
  using Header = remoting::RegisterMessageFilterClassRequestHeader;

  Result<void> check_names(const Header& header) const;
  Result<void> check_replacement(const remoting::ChannelPtr& channel, const Header& header) const;
  Result<void> check_upload(const remoting::ChannelPtr& channel, const Header& header,
                            std::string_view text) const;
  void install(const Header& header, std::shared_ptr<Filter> filter, remoting::Reply reply);
  void compile_later(const remoting::ChannelPtr& channel, Header header, std::string text,
                     remoting::Reply reply);
  /// On the pool.
  Result<void> compile(const std::string& peer, const Header& header, std::string text);
  void refuse(remoting::Reply& reply, const std::string& peer, const Header& header,
              const Error& error);

  const Parts parts_;
  const std::vector<std::string> allowed_groups_;
  FailedUploads failures_;
  UploadRate rate_;
  LogLimiter refusals_log_;
  LogLimiter installs_log_;
  std::atomic<std::int64_t> taken_{0};
  std::atomic<std::int64_t> refused_{0};
};

}  // namespace rocketmq::filtersrv
