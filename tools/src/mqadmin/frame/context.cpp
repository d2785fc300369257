#include "mqadmin/frame/context.hpp"

#include <ostream>
#include <string_view>
#include <utility>

#include "rocketmq/client/client_settings.hpp"
#include "rocketmq/client/client_threads.hpp"
#include "rocketmq/common/response_code.hpp"

namespace rocketmq::mqadmin {
namespace {

/// Of no server.
constexpr int usage_code = -64;

/// Without the last line, if that is where Java's servers and clients point to their web site.
std::string_view without_help(std::string_view text) {
  const auto end = text.rfind('\n');
  if (end == std::string_view::npos) return text;
  const bool is_help = text.find("http", end) != std::string_view::npos;
  return is_help ? text.substr(0, end) : text;
}

}  // namespace

Failure usage_failure(std::string text) {
  return client::client_failure(std::move(text), usage_code);
}

bool is_usage_failure(const Failure& failure) { return failure.code == usage_code; }

std::string failure_text(const Failure& failure) {
  if (is_usage_failure(failure)) return failure.text;
  return "CODE: " + std::to_string(failure.code) +
         "  DESC: " + std::string(without_help(failure.text));
}

Context::Context(const Arguments& arguments, Output& output, std::ostream& error_output,
                 SessionCredentials credentials)
    : arguments_(arguments),
      output_(output),
      error_output_(error_output),
      credentials_(std::move(credentials)) {}

Context::~Context() {
  if (client_ == nullptr) return;
  client_->stop();
  client_.reset();
  threads_->stop();
}

void apply_connection_options(client::ClientSettings& settings, const Arguments& arguments) {
  settings.namesrv_addr = arguments.get("n");
  if (arguments.has("useTLS")) settings.use_tls = true;
  settings.tls_config_file = arguments.get("tlsConfigFile");
}

ClientCore& Context::client() {
  if (client_ != nullptr) return *client_;
  client::ClientSettings settings;
  apply_connection_options(settings, arguments_);
  settings.api_timeout = request_timeout;
  settings.credentials = credentials_;
  settings.make_instance_name_unique();
  threads_ = std::make_shared<client::ClientThreads>();
  client_ = std::make_unique<ClientCore>(settings, threads_);
  client_->start();
  return *client_;
}

Outcome<std::vector<std::string>> Context::name_servers() {
  auto addresses = client().name_servers().addresses();
  if (addresses.empty()) {
    return client::client_failure("", static_cast<int>(ResponseCode::NoNameServer));
  }
  return addresses;
}

void Context::report(const Failure& failure, const std::string& where) {
  has_reported_ = true;
  output_.failure(failure.code, failure.text);
  std::string text = failure_text(failure);
  if (!where.empty() && text.find(where) == std::string::npos) text += " <" + where + ">";
  error_output_ << text << '\n';
}

}  // namespace rocketmq::mqadmin
