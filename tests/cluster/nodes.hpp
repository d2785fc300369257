#pragma once

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "broker_daemon.hpp"
#include "ports.hpp"
#include "process.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/message_record.hpp"
#include "temp_dir.hpp"

namespace rocketmq::test {

/// Asks again until it is so. What it waits for has no bound on a machine under load: a minute
/// without it is a failure.
inline bool comes_true(const std::function<bool()>& is_so) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (std::chrono::steady_clock::now() < until) {
    if (is_so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return is_so();
}

/// The text of a file below the project's conf/.
inline std::string sample_configuration(const std::string& file) {
  std::ifstream in(std::filesystem::path(ROCKETMQ_SOURCE_DIR) / "conf" / file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (text.empty()) throw std::runtime_error("there is no sample " + file);
  return text + "\n";
}

/// A daemon of a cluster: a process with a home of its own, which a test starts, breaks and starts
/// again. One thread.
class Node {
 public:
  Node(std::string program, const std::filesystem::path& home)
      : program_(std::move(program)), home_(home) {
    std::filesystem::create_directories(home_);
  }

  /// Starts it with these keys, and waits until it has booted.
  void start(const std::string& keys) {
    begin(keys);
    wait_for_boot();
  }
  /// With the keys of the last time.
  void start() { start(keys_); }
  void begin(const std::string& keys) {
    keys_ = keys;
    const std::filesystem::path file = home_ / "daemon.properties";
    std::ofstream(file, std::ios::trunc) << keys_;
    std::string program = std::string(ROCKETMQ_BIN_DIR) + "/" + program_;
    std::vector<std::string> arguments{"-c", file.string()};
    if (!before_.empty()) {
      const std::string line = before_ + " && exec \"$0\" \"$@\"";
      arguments.insert(arguments.begin(), {"--user", "--map-root-user", "--mount", "/bin/sh", "-c",
                                           line, std::exchange(program, "/usr/bin/unshare")});
    }
    process_ = std::make_unique<Process>(
        std::move(program),
        ProcessOptions{.arguments = std::move(arguments),
                       .environment = {{"HOME", home_.string()}},
                       .without_environment = {"ROCKETMQ_HOME", "NAMESRV_ADDR"}});
  }
  /// From the next start on, a command of the shell before the daemon, with file systems of its
  /// own.
  void run_before(const std::string& command) { before_ = command; }
  void wait_for_boot() {
    if (!process_->wait_for_line("boot success", std::chrono::minutes(2))) {
      throw std::runtime_error(program_ + " in " + home_.string() +
                               " did not start: " + process_->output() + process_->error_output());
    }
  }
  /// As a crash of the process. Nothing, if it does not run.
  void kill() {
    if (process_) process_->kill();
    process_.reset();
  }
  /// Orderly; its exit code.
  std::optional<int> stop() {
    const auto code = process_->stop(std::chrono::minutes(2));
    process_.reset();
    return code;
  }
  /// From here on it is connected and does nothing.
  void pause() {
    process_->signal(SIGSTOP);
    siginfo_t stopped{};
    ::waitid(P_PID, static_cast<id_t>(process_->pid()), &stopped, WSTOPPED);
  }
  void resume() { process_->signal(SIGCONT); }
  bool runs() const { return process_ != nullptr; }
  Process& process() { return *process_; }
  const std::filesystem::path& home() const { return home_; }
  /// All that it has logged, file by file.
  std::string log() const {
    std::string text;
    for (const char* name : {"broker.log", "store.log", "ha.log", "namesrv.log"})
      text += log_file(name);
    return text;
  }
  std::string log_file(const std::string& name) const {
    std::ifstream in(home_ / "logs/rocketmqlogs" / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

 private:
  std::string program_;
  std::filesystem::path home_;
  std::string keys_;
  std::string before_;
  std::unique_ptr<Process> process_;
};

class NameServerNode : public Node {
 public:
  NameServerNode(const TempDir& root, const std::string& name)
      : Node("mqnamesrv", root / name), port_(free_port()) {}

  void start() { Node::start("listenPort=" + std::to_string(port_) + "\nbindAddress=127.0.0.1\n"); }
  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  std::uint16_t port_;
};

/// A broker of a cluster. Its files are small, so that tests meet their ends.
class BrokerNode : public Node {
 public:
  static constexpr std::int64_t log_file_bytes = 1024 * 1024;

  BrokerNode(const TempDir& root, const std::string& name)
      : Node("mqbroker", root / name), port_(free_broker_port()) {}

  /// Later keys replace earlier ones.
  std::string keys(const std::string& more_keys) const {
    return "listenPort=" + std::to_string(port_) +
           "\nbindAddress=127.0.0.1\nbrokerIP1=127.0.0.1\nbrokerIP2=127.0.0.1\n"
           "storePathRootDir=" +
           store().string() + "\nmappedFileSizeCommitLog=" + std::to_string(log_file_bytes) +
           "\nmappedFileSizeConsumeQueue=20000\nmaxHashSlotNum=1000\nmaxIndexNum=4000\n"
           // A machine under load is not what is tested.
           "maxMessageSize=65536\nwaitTimeMillsInSendQueue=60000\n" +
           more_keys;
  }
  void start(const std::string& more_keys) { Node::start(keys(more_keys)); }
  void start() { Node::start(); }

  std::uint16_t port() const { return port_; }
  std::uint16_t ha_port() const { return static_cast<std::uint16_t>(port_ + 1); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::filesystem::path store() const { return home() / "store"; }

  /// A figure of GET_BROKER_RUNTIME_INFO; empty when there is none.
  std::string figure(const std::string& name) const {
    BrokerClient client(port_);
    const auto info =
        client.ask(remoting::make_request(remoting::RequestCode::GetBrokerRuntimeInfo));
    const std::string body(info.body);
    const std::string key = '"' + name + "\":\"";
    const auto at = body.find(key);
    if (at == std::string::npos) return {};
    const auto begin = at + key.size();
    return body.substr(begin, body.find('"', begin) - begin);
  }
  /// A figure of the state line, which the daemon logs on SIGQUIT.
  std::int64_t state_figure(const std::string& name) {
    const std::string mark = "state: ";
    // Of one file: in the texts of all, what one gains moves the next.
    const std::string file = "broker.log";
    const std::size_t before = log_file(file).size();
    process().signal(SIGQUIT);
    std::string line;
    if (!comes_true([&] {
          const std::string text = log_file(file);
          const auto at = text.find(mark, before);
          if (at == std::string::npos || text.find('\n', at) == std::string::npos) return false;
          line = text.substr(at, text.find('\n', at) - at);
          return true;
        })) {
      throw std::runtime_error("no state line");
    }
    const auto at = line.find(" " + name + " ");
    if (at == std::string::npos) throw std::runtime_error("no " + name + " in: " + line);
    return std::stoll(line.substr(at + name.size() + 2));
  }
  std::int64_t log_begin() const { return std::stoll(figure("commitLogMinOffset")); }
  std::int64_t log_end() const { return std::stoll(figure("commitLogMaxOffset")); }

  /// The disk is thrown away. It must not run.
  void wipe() { std::filesystem::remove_all(store()); }
  /// The log as it lies in its files; those that have not begun are shorter or filled with zeros.
  std::string log_bytes(std::int64_t begin, std::int64_t end) const {
    std::string bytes;
    while (begin < end) {
      const std::int64_t base = begin - begin % log_file_bytes;
      std::string name = std::to_string(base);
      name.insert(0, 20 - name.size(), '0');
      const auto count = static_cast<std::size_t>(std::min(end, base + log_file_bytes) - begin);
      std::string part(count, '\0');
      std::ifstream in(store() / "commitlog" / name, std::ios::binary);
      in.seekg(begin - base);
      in.read(part.data(), static_cast<std::streamsize>(count));
      part.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
      bytes += part;
      if (part.size() < count) break;
      begin += static_cast<std::int64_t>(count);
    }
    return bytes;
  }

  /// Where the record that begins here ends; a blank one counts to the one behind it.
  std::int64_t end_of_record(std::int64_t position) const {
    const std::string head =
        log_bytes(position, position + std::int64_t{message_record::blank_bytes});
    if (head.size() < message_record::blank_bytes)
      throw std::runtime_error("no record at " + std::to_string(position));
    if (load_be<std::int32_t>(head.data() + 4) == message_record::magic_blank)
      return end_of_record(position - position % log_file_bytes + log_file_bytes);
    return position + load_be<std::int32_t>(head.data());
  }

 private:
  std::uint16_t port_;
};

/// Every byte that the slave has is the master's, from where the slave begins. Both may run.
inline void expect_same_log(const BrokerNode& master, const BrokerNode& slave, std::int64_t begin,
                            std::int64_t end) {
  const std::string of_master = master.log_bytes(begin, end);
  const std::string of_slave = slave.log_bytes(begin, end);
  ASSERT_EQ(of_slave.size(), static_cast<std::size_t>(end - begin)) << "the slave's log is short";
  ASSERT_EQ(of_master.size(), of_slave.size()) << "the master's log is short";
  const auto differs = std::mismatch(of_master.begin(), of_master.end(), of_slave.begin());
  ASSERT_TRUE(differs.first == of_master.end())
      << "the logs differ at " << begin + (differs.first - of_master.begin());
}

/// Until the slave has all that the master has. Without traffic.
inline bool catches_up(const BrokerNode& master, const BrokerNode& slave) {
  const std::int64_t end = master.log_end();
  return comes_true([&] { return slave.log_end() >= end; });
}

}  // namespace rocketmq::test
