#include "filter_servers/filter_server_starter.hpp"

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/own_program.hpp"

namespace rocketmq::broker {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds retry_max = 60'000ms;
/// One that has run for this long did not fail at its start.
constexpr auto settled_after = 60s;
constexpr auto stop_limit = 5s;
constexpr auto stop_look_period = 10ms;

std::filesystem::path installed_program() { return own_program().parent_path() / "mqfiltersrv"; }

std::vector<std::string> arguments_of(const BrokerConfig& config,
                                      const std::filesystem::path& program) {
  std::vector<std::string> arguments{program.string()};
  if (!config.filter_server_config_path.empty()) {
    arguments.emplace_back("-c");
    arguments.push_back(config.filter_server_config_path.string());
  }
  return arguments;
}

/// Where the broker listens, as its own host reaches it.
std::string address_of(const BrokerConfig& config) {
  const bool is_any = config.bind_address == "0.0.0.0" || config.bind_address == "::";
  const auto endpoint =
      Endpoint::from_ip(is_any ? "127.0.0.1" : config.bind_address, config.listen_port);
  return endpoint ? endpoint->text()
                  : config.bind_address + ":" + std::to_string(config.listen_port);
}

std::vector<std::string> environment_of(const BrokerConfig& config) {
  std::vector<std::string> environment{
      "ROCKETMQ_FILTERSRV_BROKER=" + address_of(config),
      "ROCKETMQ_FILTERSRV_BIND=" + config.bind_address,
      // They end when it does (mqfiltersrv's main).
      "ROCKETMQ_FILTERSRV_PARENT=" + std::to_string(::getpid()),
      "ROCKETMQ_HOME=" + config.rocketmq_home,
      "PATH=/usr/local/bin:/usr/bin:/bin",
  };
  for (const char* name : {"HOME", "NAMESRV_ADDR", "TZ", "LANG", "JAVA_HOME"}) {
    if (const char* value = std::getenv(name); value != nullptr)
      environment.push_back(std::string(name) + "=" + value);
  }
  return environment;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// The file actions and attributes of posix_spawn: nothing of the broker is inherited.
class SpawnSettings {
 public:
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

FilterServerStarter::FilterServerStarter(const BrokerConfig& config, const Clock& clock)
    : FilterServerStarter(config, clock, installed_program()) {}

FilterServerStarter::FilterServerStarter(const BrokerConfig& config, const Clock& clock,
                                         std::filesystem::path program)
    : clock_(clock),
      program_(std::move(program)),
      arguments_(arguments_of(config, program_)),
      environment_(environment_of(config)),
      processes_(static_cast<std::size_t>(config.filter_server_nums)) {
  thread_.every(0ms, 500ms, "filter servers", [this] { tick(); });
}

void FilterServerStarter::start() { thread_.start(); }

void FilterServerStarter::tick() {
  for (std::size_t i = 0; i < processes_.size(); ++i) look_after(processes_[i], i + 1);
}

void FilterServerStarter::look_after(Process& process, std::size_t number) {
  if (process.pid != 0) {
    int status = 0;
    if (::waitpid(process.pid, &status, WNOHANG) == process.pid) note_end(process, status);
  }
  if (process.pid == 0 && clock_.steady_now() >= process.due) start_one(process, number);
}

void FilterServerStarter::note_end(Process& process, int status) {
  const auto now = clock_.steady_now();
  if (now - process.started_at >= settled_after) process.retry = Process::retry_first;
  spdlog::warn("filter server {} has ended ({} {}); it is started again in {} s", process.pid,
               WIFSIGNALED(status) ? "signal" : "exit status",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
               process.retry.count() / 1'000);
  retry_after(process, now);
}

void FilterServerStarter::retry_after(Process& process, std::chrono::steady_clock::time_point end) {
  process.pid = 0;
  process.due = end + process.retry;
  process.retry = std::min(2 * process.retry, retry_max);
}

void FilterServerStarter::start_one(Process& process, std::size_t number) {
  std::vector<std::string> arguments = arguments_;
  std::vector<std::string> environment = environment_;
  // Each has a log of its own.
  environment.push_back("ROCKETMQ_FILTERSRV_NUMBER=" + std::to_string(number));
  const SpawnSettings settings;
  process.started_at = clock_.steady_now();
  const int failure =
      ::posix_spawn(&process.pid, program_.c_str(), settings.actions(), settings.attributes(),
                    pointers_to(arguments).data(), pointers_to(environment).data());
  if (failure == 0) {
    spdlog::info("filter server {} is started: {}", process.pid, program_.string());
    return;
  }
  retry_after(process, process.started_at);
  spdlog::error("cannot start the filter server {}: {}", program_.string(),
                std::generic_category().message(failure));
}

void FilterServerStarter::stop() {
  thread_.stop();
  for (const Process& process : processes_) {
    if (process.pid != 0) ::kill(process.pid, SIGTERM);
  }
  const auto deadline = std::chrono::steady_clock::now() + stop_limit;
  for (Process& process : processes_) {
    if (process.pid == 0) continue;
    int status = 0;
    while (::waitpid(process.pid, &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() >= deadline) ::kill(process.pid, SIGKILL);
      std::this_thread::sleep_for(stop_look_period);
    }
    process.pid = 0;
  }
}

}  // namespace rocketmq::broker
