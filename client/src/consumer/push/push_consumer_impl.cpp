#include "consumer/push/push_consumer_impl.hpp"

#include "consumer/consumer_settings.hpp"
#include "consumer/push/concurrent_service.hpp"
#include "consumer/push/orderly_service.hpp"

namespace rocketmq::client {

void PushConsumerImpl::start(const PushConsumerSettings& settings) {
  value_or_throw(check_push_consumer(settings));
  start_with(settings, {.carries_subscription = settings.post_subscription_when_pull});
}

std::shared_ptr<ConsumeService> PushConsumerImpl::make_service(const ConsumerContextPtr& context) {
  if (context->settings.orderly_listener != nullptr) {
    return std::make_shared<OrderlyService>(context);
  }
  return std::make_shared<ConcurrentService>(context);
}

}  // namespace rocketmq::client
