// Tag expressions of subscriptions.
#include "rocketmq/common/tags.hpp"

#include "fuzz_target.hpp"
#include "rocketmq/common/subscription_data.hpp"

namespace rocketmq::fuzz {

void run(std::string_view input) {
  const auto subscription = parse_tag_subscription("TopicTest", input, 1);
  if (!subscription) return;
  check(subscription->code_set.size() <= subscription->tags_set.size(), "a tag has one code");
  for (const std::string& tag : subscription->tags_set) {
    check(!tag.empty(), "no tag is empty");
    check(subscription->matches_tag(tag), "a tag that is wanted is let through");
    check(subscription->matches_code(tags_code_of(tag)), "so is its code");
  }
}

}  // namespace rocketmq::fuzz
