#pragma once

#include <memory>

#include "consumer/managed_consumer.hpp"

namespace rocketmq::client {

/// A push consumer behind its public face. Safe on any thread.
class PushConsumerImpl final : public ManagedConsumer {
 public:
  void start(const PushConsumerSettings& settings);

 private:
  std::shared_ptr<ConsumeService> make_service(const ConsumerContextPtr& context) override;
  remoting::ConsumeType consume_type() const override { return remoting::ConsumeType::Passively; }
};

}  // namespace rocketmq::client
