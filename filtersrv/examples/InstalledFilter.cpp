// Delivers the messages whose property SequenceId is divisible by 3 and greater than 10, as a
// library that an operator installs:
//
//   g++ -std=c++20 -O2 -fPIC -shared -I/usr/share/rocketmq/filter \
//       -o /usr/lib/rocketmq/filters/installed_filter.so InstalledFilter.cpp
//
// and in the file that mqfiltersrv is started with:
//
//   filterClass.example.InstalledFilter=lib:/usr/lib/rocketmq/filters/installed_filter.so
#include <rocketmq/filter/message_filter.hpp>

namespace example {

class InstalledFilter : public rocketmq::filter::MessageFilter {
 public:
  bool match(const rocketmq::filter::MessageView& message,
             const rocketmq::filter::FilterContext& /*context*/) override {
    const auto id = message.integer("SequenceId");
    return id && *id % 3 == 0 && *id > 10;
  }
};

}  // namespace example

ROCKETMQ_FILTER(example::InstalledFilter)
