#include "broker_link.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "rocketmq/protocol/filter_headers.hpp"

namespace rocketmq::filtersrv {
namespace {

constexpr std::chrono::milliseconds registration_timeout{3'000};

remoting::ClientOptions client_options(std::shared_ptr<const net::TlsCredentials> tls) {
  remoting::ClientOptions options;
  options.net_threads = 1;
  options.thread_name_prefix = "net-broker";
  options.tls = std::move(tls);
  return options;
}

}  // namespace

BrokerLink::BrokerLink(const FilterServerConfig& config, const Clock& clock,
                       std::shared_ptr<const net::TlsCredentials> tls)
    : address_(config.broker_address()), clock_(clock), network_(client_options(std::move(tls))) {
  // A broker that has started again is to know this server soon.
  network_.on_connection_closed([this](const std::string&) {
    const std::lock_guard lock(mutex_);
    due_ = std::min(due_, clock_.steady_now() + retry_first);
  });
}

void BrokerLink::tick() {
  {
    const std::lock_guard lock(mutex_);
    if (is_under_way_ || clock_.steady_now() < due_) return;
    is_under_way_ = true;
  }
  network_.invoke_async(
      address_,
      make_request(remoting::RequestCode::RegisterFilterServer,
                   remoting::RegisterFilterServerRequestHeader{.filterServerAddr = own_address_}),
      registration_timeout,
      [this](const Result<remoting::RemotingCommand>& answer) { note(answer); });
}

void BrokerLink::note(const Result<remoting::RemotingCommand>& answer) {
  const std::lock_guard lock(mutex_);
  is_under_way_ = false;
  if (!answer) {
    if (answer.error().code != ResponseCode::ShutDown) failed(to_string(answer.error()));
  } else if (answer->response_code() != ResponseCode::Success) {
    failed(to_string(Error{answer->response_code(), answer->remark}));
  } else {
    registered(*answer);
  }
}

void BrokerLink::registered(const remoting::RemotingCommand& answer) {
  const auto header = remoting::decode_header<remoting::RegisterFilterServerResponseHeader>(answer);
  if (!header) return failed(header.error().remark);
  registered_at_ = clock_.steady_now();
  was_registered_ = true;
  due_ = registered_at_ + period;
  retry_ = retry_first;
  std::string broker = header->brokerName + " (" + std::to_string(header->brokerId) + ")";
  if (std::exchange(has_failed_, false) || broker != broker_)
    spdlog::info("registered with broker {} at {} as {}", broker, address_, own_address_);
  broker_ = std::move(broker);
}

void BrokerLink::failed(const std::string& reason) {
  due_ = clock_.steady_now() + retry_;
  retry_ = std::min(2 * retry_, period);
  if (!std::exchange(has_failed_, true))
    spdlog::warn("cannot register with the broker at {}: {}; trying again", address_, reason);
}

bool BrokerLink::is_registered() const {
  const std::lock_guard lock(mutex_);
  return was_registered_ && clock_.steady_now() - registered_at_ < lost_after;
}

}  // namespace rocketmq::filtersrv
