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
  reload_task_.post(pool, [this] {
    if (server_ != nullptr) server_->reload();
    if (client_ != nullptr) client_->reload();
  });
}

void DaemonTls::serve(ServerOptions& options) const {
  options.tls_mode = mode_;
  options.tls = server_;
}

}  // namespace rocketmq::remoting
