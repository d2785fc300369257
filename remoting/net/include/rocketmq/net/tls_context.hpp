#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "rocketmq/common/result.hpp"
#include "rocketmq/common/tls_config.hpp"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace rocketmq::net {

/// Which end of TLS we are.
enum class TlsSide { Server, Client };

/// What all TLS connections of one side have in common: our certificate, whom we trust. TLS 1.2 and
/// 1.3, without renegotiation, compression and resumption. Never changes; any thread.
class TlsContext {
 public:
  /// Reads the files; waits for the disk. Null for a server without a certificate that is not to
  /// make one. Error: names key, file and reason.
  static Result<std::shared_ptr<const TlsContext>> load(const TlsConfig& config, TlsSide side);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  TlsSide side() const { return side_; }
  ssl_ctx_st* native() const { return native_; }

 private:
  TlsContext(TlsSide side, ssl_ctx_st* native) : side_(side), native_(native) {}

  const TlsSide side_;
  ssl_ctx_st* const native_;
};

/// The context that new connections use, from files that may change.
///
/// Runs on: current() on any thread, and never waits for a file; load() and reload() on a thread
/// that may wait for the disk.
class TlsCredentials {
 public:
  TlsCredentials(TlsConfig config, TlsSide side);

  /// At the start, once. Error: names key, file and reason.
  Result<void> load();
  /// Looks for changed files. They are read when they stay as they are from one call to the next:
  /// certificate and key seldom change at one moment. Good ones serve the connections that come
  /// then; of bad ones the log tells once, and what there was stays.
  void reload();

  /// Null: there is no certificate, and TLS is not offered.
  std::shared_ptr<const TlsContext> current() const;

 private:
  /// Of one file, as far as a change shows.
  struct Stamp {
    std::int64_t device = -1;
    std::int64_t inode = -1;
    std::int64_t bytes = -1;
    std::int64_t modified_ns = -1;
    std::int64_t changed_ns = -1;  // the right to read it as well

    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  using Stamps = std::vector<Stamp>;

  Stamps look() const;

  const TlsConfig config_;
  const TlsSide side_;

  std::mutex reload_mutex_;  // held while files are read; taken before mutex_
  Stamps loaded_;            // guarded by reload_mutex_; what was read last, good or bad
  Stamps seen_;              // guarded by reload_mutex_

  mutable std::mutex mutex_;                   // held for a copy only
  std::shared_ptr<const TlsContext> current_;  // guarded by mutex_
};

}  // namespace rocketmq::net
