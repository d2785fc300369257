#include "mqadmin/frame/run.hpp"

#include <exception>
#include <ostream>
#include <span>
#include <utility>
#include <variant>

#include "mqadmin/frame/command.hpp"
#include "mqadmin/frame/credentials.hpp"
#include "rocketmq/MQException.h"
#include "rocketmq/Version.h"
#include "rocketmq/client/client_settings.hpp"
#include "rocketmq/common/home.hpp"
#include "rocketmq/common/response_code.hpp"

namespace rocketmq::mqadmin {
namespace {

enum Exit { Done = 0, WrongUsage = 1, RequestFailed = 2 };

constexpr const char* no_name_server =
    "No name server address: give it with -n, or in the environment as NAMESRV_ADDR";

std::vector<Option> with_common_options(const Command& command) {
  std::vector<Option> options = command.options;
  options.push_back(flag("h", "help", "Print help"));
  options.push_back(text("n", "namesrvAddr",
                         "Name server address list, eg: '192.168.0.1:9876;192.168.0.2:9876'"));
  options.push_back(flag("", "useTLS", "Encrypt connections; also ROCKETMQ_TLS_ENABLE=true"));
  options.push_back(text("", "tlsConfigFile",
                         "Properties file with tls.client.trustCertPath and others; also "
                         "ROCKETMQ_TLS_CONFIG_FILE"));
  options.push_back(flag("", "json", "Print one JSON document instead of text"));
  return options;
}

std::string usage_of(const Command& command) {
  return usage_text(command.name, with_common_options(command));
}

void list_commands(std::ostream& out) {
  out << "The most commonly used mqadmin commands are:\n";
  for (const Command& command : all_commands())
    out << fmt::sprintf("   %-35s %s\n", command.name, command.summary);
  out << "\nSee 'mqadmin help <command>' for more information on a specific command.\n";
}

int unknown_command(const std::string& name, std::ostream& out) {
  out << "The sub command " << name << " not exist.\n";
  return WrongUsage;
}

int help(const std::string& name, std::ostream& out) {
  const Command* const command = find_command(name);
  if (command == nullptr) return unknown_command(name, out);
  out << usage_of(*command);
  return Done;
}

bool is_no_name_server(const Failure& failure) {
  return failure.code == static_cast<int>(ResponseCode::NoNameServer);
}

int wrong_usage(const Command& command, const std::string& problem, std::ostream& out,
                std::ostream& error_output) {
  error_output << problem << '\n';
  out << usage_of(command);
  return WrongUsage;
}

/// A command's outcome, whatever the libraries below it throw.
Outcome<void> run_caught(const Command& command, Context& context) {
  try {
    return command.run(context);
  } catch (const MQException& failure) {
    return client::client_failure(failure.getErrorMessage(), failure.getError());
  } catch (const std::exception& failure) {
    return client::client_failure(failure.what());
  }
}

int run_command(const Command& command, const Arguments& arguments, std::ostream& out,
                std::ostream& error_output) {
  for (const std::string& word : arguments.ignored())
    error_output << "mqadmin: '" << word << "' belongs to no option and is ignored\n";
  client::ClientSettings settings;
  apply_connection_options(settings, arguments);
  if (const auto checked = client::check_client(settings); !checked) {
    error_output << checked.error().text << '\n';
    return WrongUsage;
  }
  const auto credentials = read_credentials(installation_root() / "conf/tools.yml");
  if (!credentials) {
    error_output << credentials.error().text << '\n';
    return WrongUsage;
  }
  Output output(out, arguments.has("json"));
  Context context(arguments, output, error_output, *credentials);
  const auto outcome = run_caught(command, context);
  if (!outcome && is_usage_failure(outcome.error())) {
    output.finish();
    return wrong_usage(command, outcome.error().text, out, error_output);
  }
  if (!outcome && is_no_name_server(outcome.error())) {
    output.finish();
    error_output << no_name_server << '\n';
    return WrongUsage;
  }
  if (!outcome) context.report(outcome.error());
  output.finish();
  return context.has_reported() ? RequestFailed : Done;
}

}  // namespace

int run(const std::vector<std::string>& words, std::ostream& out, std::ostream& error_output) {
  const std::string name = words.empty() ? "help" : words[0];
  if (name == "help" || name == "-h" || name == "--help") {
    if (words.size() > 1) return help(words[1], out);
    list_commands(out);
    return Done;
  }
  if (name == "-v" || name == "--version") {
    out << "mqadmin " ROCKETMQ_CPP_VERSION "\n";
    return Done;
  }
  const Command* const command = find_command(name);
  if (command == nullptr) return unknown_command(name, out);
  const auto parsed = parse_arguments(with_common_options(*command), std::span(words).subspan(1));
  if (const auto* const problem = std::get_if<std::string>(&parsed))
    return wrong_usage(*command, *problem, out, error_output);
  const Arguments& arguments = std::get<Arguments>(parsed);
  if (arguments.has("h")) return help(name, out);
  return run_command(*command, arguments, out, error_output);
}

}  // namespace rocketmq::mqadmin
