#include "rocketmq/remoting/route_spec.hpp"

#include <vector>

namespace rocketmq::remoting {
namespace {

std::string code_text(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string threads_text(const Threads& threads) {
  if (threads.pool.empty()) return "connection";
  return code_text(threads.pool) + (threads.dropped_with_connection ? "" : ", to the end");
}

std::string body_text(const BodyLimit& limit) {
  std::string text =
      limit.processors_key.empty() ? bytes_text(limit.bytes_max) : code_text(limit.processors_key);
  if (!limit.large_body_pool.empty()) {
    text +=
        "; above " + bytes_text(limit.inline_bytes_max) + " on " + code_text(limit.large_body_pool);
    if (limit.keeps_order) text += ", in order";
  }
  return text;
}

std::string_view effect_text(Effect effect) {
  switch (effect) {
    case Effect::Reads: return "reads";
    case Effect::Changes: return "changes";
    case Effect::ChangesMaster: return "changes, not on a slave";
    case Effect::Administers: return "administers";
    case Effect::AdministersMaster: return "administers, not on a slave";
  }
  return {};
}

std::string_view resource_text(Resource resource) {
  switch (resource) {
    case Resource::Topic: return "topic";
    case Resource::Group: return "group";
    case Resource::Cluster: return "cluster";
  }
  return {};
}

std::string_view action_text(Action action) {
  switch (action) {
    case Action::Pub: return "PUB";
    case Action::Sub: return "SUB";
    case Action::Get: return "GET";
    case Action::List: return "LIST";
    case Action::Create: return "CREATE";
    case Action::Update: return "UPDATE";
    case Action::Delete: return "DELETE";
  }
  return {};
}

std::string access_text(const Access& access) {
  std::string text;
  for (const Permission& permission : access.permissions()) {
    if (!text.empty()) text += ", ";
    text.append(resource_text(permission.resource)).append(" ");
    if (!permission.field.empty()) text.append(code_text(permission.field)).append(" ");
    text.append(action_text(permission.action));
  }
  return text;
}

}  // namespace

std::string bytes_text(std::size_t bytes) {
  constexpr std::size_t kibibyte = 1024;
  constexpr std::size_t mebibyte = kibibyte * kibibyte;
  if (bytes >= mebibyte && bytes % mebibyte == 0) return std::to_string(bytes / mebibyte) + " MiB";
  if (bytes >= kibibyte && bytes % kibibyte == 0) return std::to_string(bytes / kibibyte) + " KiB";
  return std::to_string(bytes) + " B";
}

std::string markdown(std::span<const RouteSpec> rows) {
  std::vector<RouteSpec> sorted(rows.begin(), rows.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const RouteSpec& a, const RouteSpec& b) { return a.code < b.code; });
  std::string text =
      "| code | name | processed on | waits at most | body at most | effect | access |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const RouteSpec& row : sorted) {
    text += "| " + std::to_string(static_cast<std::int32_t>(row.code)) + " | ";
    text.append(row.name).append(" | ").append(threads_text(row.threads)).append(" | ");
    if (!row.wait_limit_key.empty()) text.append(code_text(row.wait_limit_key)).append(" ");
    text.append("| ").append(body_text(row.body_limit)).append(" | ");
    text.append(effect_text(row.effect)).append(" | ").append(access_text(row.access));
    text.append(" |\n");
  }
  return text;
}

}  // namespace rocketmq::remoting
