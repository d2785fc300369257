#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// What a consumer group wants of one topic. Member names are the wire's, in our spelling.
struct SubscriptionData {
  std::string topic;
  /// "*", or tags joined by "||", or an expression of another type.
  std::string sub_string = "*";
  std::set<std::string> tags_set;
  /// Java hashes of tags_set.
  std::set<std::int32_t> code_set;
  std::int64_t sub_version = 0;
  std::string expression_type = "TAG";
  bool class_filter_mode = false;

  bool is_tag_expression() const { return expression_type.empty() || expression_type == "TAG"; }
  bool matches_all() const { return sub_string.empty() || sub_string == "*"; }
  /// Broker-side test by hash; collisions are the client's to sort out.
  bool matches_code(std::int64_t tags_code) const {
    return matches_all() || class_filter_mode ||
           code_set.contains(static_cast<std::int32_t>(tags_code));
  }
  /// Exact test by text; a message without tag passes only when everything is wanted.
  bool matches_tag(std::string_view tag) const {
    return tags_set.empty() || tags_set.contains(std::string(tag));
  }

  friend bool operator==(const SubscriptionData&, const SubscriptionData&) = default;
};

/// Reads a tag expression: empty or "*" is everything; else tags split at "||", blanks trimmed,
/// empty ones dropped. An expression that holds only separators is refused
/// (SubscriptionParseFailed). `sub_version` becomes the member.
Result<SubscriptionData> parse_tag_subscription(std::string_view topic, std::string_view expression,
                                                std::int64_t sub_version);

}  // namespace rocketmq
