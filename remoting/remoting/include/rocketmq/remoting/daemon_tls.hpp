#pragma once

#include <memory>

#include "rocketmq/common/one_task.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/tls_config.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/net/tls_context.hpp"
#include "rocketmq/remoting/server.hpp"

namespace rocketmq::remoting {

/// TLS of a daemon: of its listeners, and of the connections that it makes.
///
/// Runs on: reload_on() on one thread, and its work on the pool; the rest before the daemon starts.
class DaemonTls {
 public:
  explicit DaemonTls(const TlsConfig& config);

  /// Reads the files, before anything listens or connects. Error: names key, file and reason.
  Result<void> load();
  /// Has a thread of `pool`, which this object outlives, look for files that have changed, unless
  /// it has that to do already.
  void reload_on(WorkerPool& pool);

  /// Makes a listener offer TLS, where it is offered.
  void serve(ServerOptions& options) const;
  /// For the connections that the daemon makes; null: they are plain.
  std::shared_ptr<const net::TlsCredentials> own_connections() const { return client_; }

 private:
  const TlsMode mode_;
  const std::shared_ptr<net::TlsCredentials> server_;  // null with Disabled
  const std::shared_ptr<net::TlsCredentials> client_;  // null: not encrypted
  OneTask reload_task_;
};

}  // namespace rocketmq::remoting
