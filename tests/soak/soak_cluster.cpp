#include "soak_cluster.hpp"

#include <fstream>
#include <stdexcept>

#include "ports.hpp"

namespace rocketmq::soak {

SoakCluster::SoakCluster() {
  const auto name_server_port = test::free_port();
  name_server_address_ = "127.0.0.1:" + std::to_string(name_server_port);
  const auto name_server_file =
      home_.write("namesrv.conf",
                  "bindAddress=127.0.0.1\nlistenPort=" + std::to_string(name_server_port) + "\n");
  name_server_ = start("mqnamesrv", name_server_file.string());
  const auto broker_file = home_.write(
      "broker.conf",
      "brokerName=broker-a\nbrokerIP1=127.0.0.1\nbrokerIP2=127.0.0.1\nbindAddress=127.0.0.1\n"
      "listenPort=" +
          std::to_string(test::free_broker_port()) + "\nnamesrvAddr=" + name_server_address_ +
          "\nstorePathRootDir=" + (home_ / "store").string() +
          "\nmessageDelayLevel=1s 3s 6s\ntransactionCheckInterval=2000\ntransactionTimeOut=3000\n"
          "mappedFileSizeCommitLog=67108864\n");
  broker_ = start("mqbroker", broker_file.string());
}

std::unique_ptr<test::Process> SoakCluster::start(const std::string& program,
                                                  const std::string& file) const {
  auto process = std::make_unique<test::Process>(
      std::string(ROCKETMQ_BIN_DIR) + "/" + program,
      test::ProcessOptions{.arguments = {"-c", file},
                           .environment = {{"HOME", home_.text()}},
                           .without_environment = {"ROCKETMQ_HOME", "NAMESRV_ADDR"}});
  if (!process->wait_for_line("boot success")) {
    throw std::runtime_error(program + " did not start: " + process->output() +
                             process->error_output());
  }
  return process;
}

std::int64_t SoakCluster::broker_rss_anon_kib() const {
  std::ifstream status("/proc/" + std::to_string(broker_->pid()) + "/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("RssAnon:")) return std::stoll(line.substr(8));
  }
  return 0;
}

bool SoakCluster::stop() {
  const bool broker_ended = broker_->stop() == 0;
  return name_server_->stop() == 0 && broker_ended;
}

}  // namespace rocketmq::soak
