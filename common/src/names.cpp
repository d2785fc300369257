#include "rocketmq/common/names.hpp"

#include <algorithm>
#include <array>

namespace rocketmq {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '%' ||
         c == '|' || c == '_' || c == '-';
}

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool has_name_characters(std::string_view name) {
  return std::all_of(name.begin(), name.end(), is_name_character);
}

Result<void> check_name(std::string_view what, std::string_view name, std::size_t bytes_max) {
  const auto refuse = [what](std::string_view why) {
    return Error{ResponseCode::SystemError,
                 "the specified " + std::string(what) + std::string(why)};
  };
  if (name.empty()) return refuse(" is blank");
  if (name.size() > bytes_max) {
    return refuse(" is longer than " + std::to_string(bytes_max) +
                  " bytes: " + std::to_string(name.size()) + " bytes");
  }
  if (!has_name_characters(name))
    return refuse(" contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$");
  return {};
}

}  // namespace

bool is_valid_name(std::string_view name) {
  return !name.empty() && name.size() <= name_bytes_max && has_name_characters(name);
}

Result<void> check_name(std::string_view what, std::string_view name) {
  return check_name(what, name, name_bytes_max);
}

Result<void> check_group_name(std::string_view name) {
  return check_name("group", name, group_name_bytes_max);
}

bool is_retry_topic(std::string_view topic) { return topic.starts_with(names::retry_prefix); }
bool is_dlq_topic(std::string_view topic) { return topic.starts_with(names::dlq_prefix); }

std::string retry_topic_of(std::string_view group) {
  return std::string(names::retry_prefix).append(group);
}
std::string dlq_topic_of(std::string_view group) {
  return std::string(names::dlq_prefix).append(group);
}

std::span<const std::string_view> fixed_system_topics() {
  static constexpr std::array<std::string_view, 9> system_topics{
      names::auto_create_topic,  names::schedule_topic,
      names::self_test_topic,    names::benchmark_topic,
      names::offset_moved_topic, names::half_topic,
      names::op_half_topic,      names::trans_check_max_time_topic,
      names::trace_topic};
  return system_topics;
}

bool is_system_topic(std::string_view topic) {
  const auto fixed = fixed_system_topics();
  return std::find(fixed.begin(), fixed.end(), topic) != fixed.end() ||
         topic.starts_with(names::system_topic_prefix);
}

bool is_forbidden_to_send(std::string_view topic) {
  static constexpr std::array<std::string_view, 6> forbidden{
      names::schedule_topic,  names::half_topic,
      names::op_half_topic,   names::trans_check_max_time_topic,
      names::self_test_topic, names::offset_moved_topic};
  return contains(forbidden, topic);
}

}  // namespace rocketmq
