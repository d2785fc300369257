#include "producer/trace_producer.hpp"

#include <spdlog/logger.h>

#include <atomic>
#include <utility>

#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/common/names.hpp"

namespace rocketmq::client {
namespace {

constexpr int message_bytes_max = 128'000;
constexpr int send_timeout_ms = 5'000;

int next_number() {
  static std::atomic<int> last{0};
  return ++last;
}

class TraceProducer final : public TraceSink {
 public:
  TraceProducer(const ClientSettings& settings, const std::string& group) : producer_(group) {
    producer_.setNamesrvAddr(settings.effective_namesrv_addr());
    producer_.setNamesrvDomain(settings.namesrv_domain);
    producer_.setNamesrvSubgroup(settings.namesrv_subgroup);
    producer_.setUnitName(settings.unit_name);
    producer_.setSessionCredentials(settings.credentials);
    producer_.setUseTLS(settings.use_tls);
    producer_.setTlsConfigFile(settings.tls_config_file);
    producer_.setMaxMessageSize(message_bytes_max);
    producer_.setSendMsgTimeout(send_timeout_ms);
    producer_.start();
  }

  void send(Message message) override {
    producer_.sendNoWait(std::move(message), nullptr, [](const MQException& failure) {
      client_log().warn("trace records are lost: {}", failure.what());
    });
  }
  void stop() override { producer_.shutdown(); }

 private:
  DefaultMQProducer producer_;
};

}  // namespace

std::shared_ptr<TraceLog> start_trace(const ClientSettings& settings, const std::string& group,
                                      const std::string& kind) {
  const std::string own_group =
      "_INNER_TRACE_PRODUCER-" + group + "-" + kind + "-" + std::to_string(next_number());
  const std::string topic =
      settings.trace_topic.empty() ? std::string(names::trace_topic) : settings.trace_topic;
  return std::make_shared<TraceLog>(std::make_unique<TraceProducer>(settings, own_group), topic,
                                    group);
}

}  // namespace rocketmq::client
