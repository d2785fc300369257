// Delivers the messages whose property SequenceId is divisible by 3 and greater than 10. To be
// uploaded as class example.MessageFilterImpl.
#include <rocketmq/filter/message_filter.hpp>

namespace example {

class MessageFilterImpl : public rocketmq::filter::MessageFilter {
 public:
  bool match(const rocketmq::filter::MessageView& message,
             const rocketmq::filter::FilterContext& /*context*/) override {
    const auto id = message.integer("SequenceId");
    return id && *id % 3 == 0 && *id > 10;
  }
};

}  // namespace example
