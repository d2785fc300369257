#include "rocketmq/remoting/daemon_tls.hpp"

namespace rocketmq::remoting {
namespace {

std::shared_ptr<net::TlsCredentials> credentials_if(bool are_needed, const TlsConfig& config,
                                                    net::TlsSide side) {
  return are_needed ? std::make_shared<net::TlsCredentials>(config, side) : nullptr;
}

}  // namespace

DaemonTls::DaemonTls(const TlsConfig& config)
    : mode_(config.mode),
      server_(credentials_if(config.mode != TlsMode::Disabled, config, net::TlsSide::Server)),
      client_(credentials_if(config.encrypts_own_connections(), config, net::TlsSide::Client)) {}

Result<void> DaemonTls::load() {
  if (server_ != nullptr) {
    if (auto loaded = server_->load(); !loaded) return loaded;
  }
  return client_ == nullptr ? Result<void>() : client_->load();
}

void DaemonTls::reload_on(WorkerPool& pool) {
  if (server_ == nullptr && client_ == nullptr) return;
  if (is_reload_waiting_.exchange(true)) return;
  const bool posted = pool.post(WorkerPool::owners_lane, [this](WorkerPool::Fate fate) {
    // Until it has ended: files on a disk that hangs hold one thread of the pool, not all.
    struct Ended {
      ~Ended() { is_waiting = false; }
      std::atomic<bool>& is_waiting;
    };
    const Ended ended{is_reload_waiting_};
    if (fate != WorkerPool::Fate::Run) return;
    if (server_ != nullptr) server_->reload();
    if (client_ != nullptr) client_->reload();
  });
  if (!posted) is_reload_waiting_ = false;
}

void DaemonTls::serve(ServerOptions& options) const {
  options.tls_mode = mode_;
  options.tls = server_;
}

}  // namespace rocketmq::remoting
