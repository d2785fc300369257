#include "daemon_under_test.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include "case_table.hpp"
#include "hostile_peer.hpp"

namespace rocketmq::test {
namespace {

namespace fs = std::filesystem;

/// Marked, so that a response that contains one of them is found.
constexpr std::string_view secret_account_file =
    "accounts:\n"
    "  - accessKey: MARKED_ACCESS_KEY\n"
    "    secretKey: MARKED_SECRET_KEY\n"
    "    admin: true\n";

/// What a daemon writes by itself, at times of its own.
bool is_rewritten(const std::string& name) {
  static const std::set<std::string> names{"store/abort", "store/checkpoint", "store/lock",
                                           "store/config/delayOffset.json"};
  return names.contains(name) || name.ends_with(".bak") || name.ends_with(".tmp") ||
         name.starts_with("logs/");
}

/// Without the version, which is made for each who asks.
std::string offsets_in(std::string_view json) {
  return std::string(json.substr(std::min(json.find("\"offsetTable\""), json.size())));
}

bool has_state(const std::string& name) {
  return name.ends_with(".json") || name.ends_with(".yml") || name.ends_with(".properties");
}

std::string honest_pull(std::string_view more) {
  return "11 consumerGroup=HonestGroup topic=Honest queueId=0 queueOffset=0 maxMsgNums=1 "
         "commitOffset=0 suspendTimeoutMillis=0 subVersion=0 subscription='*' " +
         std::string(more);
}

bool is_honest_message(const remoting::RemotingCommand& response) {
  return response.code == 0 && response.body.find("honest message") != std::string_view::npos;
}

constexpr std::string_view honest_registration =
    "103 brokerName=honest brokerAddr=10.0.0.1:10911 clusterName=HonestCluster "
    "haServerAddr=10.0.0.1:10912 brokerId=0 body='{\"topicConfigSerializeWrapper\":"
    "{\"dataVersion\":{\"counter\":1,\"timestamp\":1},\"topicConfigTable\":{"
    "\"Honest\":{\"topicName\":\"Honest\"},\"honest\":{\"topicName\":\"honest\"}}}}'";

constexpr std::string_view honest_filter = "'#rmq-filter sql92\\nn = 7'";

remoting::RemotingCommand ask_on(RawConnection& connection, const std::string& words) {
  static std::int32_t opaque = 0;
  const BadRequest request = request_of(words_of(words), ++opaque);
  connection.send(request.bytes);
  for (;;) {
    auto response = connection.read_command();
    if (!response) throw std::runtime_error("no response to: " + words.substr(0, 80));
    if (response->is_response() && response->opaque == *request.opaque) return *std::move(response);
  }
}

}  // namespace

std::vector<std::string> changed_parts(const Snapshot& before, const Snapshot& after,
                                       const std::vector<std::string>& may_change) {
  std::vector<std::string> changed;
  for (const auto& [name, text] : before) {
    if (std::find(may_change.begin(), may_change.end(), name) != may_change.end()) continue;
    const std::string& now = after.at(name);
    if (now == text) continue;
    const auto differs = std::mismatch(text.begin(), text.end(), now.begin(), now.end()).first;
    const auto shown = std::max<std::ptrdiff_t>(differs - text.begin() - 100, 0);
    const auto at = static_cast<std::size_t>(shown);
    changed.push_back(name + ": \"" + text.substr(at, 300) + "\" is now \"" +
                      now.substr(std::min(at, now.size()), 300) + "\"");
  }
  return changed;
}

std::string files_below_home(const TempDir& home) {
  std::set<std::string> entries;
  for (const auto& file : fs::recursive_directory_iterator(home.path())) {
    const std::string name = file.path().lexically_relative(home.path()).string();
    if (is_rewritten(name)) continue;
    const bool has_offsets = name.ends_with("consumerOffset.json");
    const std::string content = has_state(name) ? home.read(name) : "";
    entries.insert(name + ": " + (has_offsets ? offsets_in(content) : content));
  }
  std::string text;
  for (const std::string& entry : entries) text += entry + "\n";
  return text;
}

std::size_t anonymous_memory_of(const Process& process) {
  std::ifstream status("/proc/" + std::to_string(process.pid()) + "/status");
  const std::string name = "RssAnon:";
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stoull(line.substr(name.size())) * 1024;
  }
  throw std::runtime_error("no RssAnon of the process");
}

void DaemonUnderTest::start(const std::string& program, const std::string& configuration,
                            const std::string& boot_text) {
  process_ = std::make_unique<Process>(
      std::string(ROCKETMQ_BIN_DIR) + "/" + program,
      ProcessOptions{.arguments = {"-c", home_.write(program + ".properties", configuration)},
                     .environment = {{"HOME", home_.text()}},
                     .without_environment = {"ROCKETMQ_HOME", "NAMESRV_ADDR"}});
  if (!process_->wait_for_line(boot_text)) {
    throw std::runtime_error(program + " did not start: " + process_->output() +
                             process_->error_output());
  }
}

remoting::RemotingCommand DaemonUnderTest::ask(const std::string& words) const {
  RawConnection connection(port_);
  return ask_on(connection, words);
}

remoting::RemotingCommand DaemonUnderTest::must(const std::string& words) const {
  auto response = ask(words);
  if (response.code != 0) {
    throw std::runtime_error(words.substr(0, 80) + ": " + std::to_string(response.code) + " " +
                             response.remark);
  }
  return response;
}

BrokerUnderTest::BrokerUnderTest(const std::string& more_keys) {
  port_ = free_broker_port();
  home_.write("install/conf/plain_acl.yml", secret_account_file);
  home_.write("install/conf/tools.yml",
              "accessKey: MARKED_ACCESS_KEY\nsecretKey: MARKED_SECRET_KEY\n");
  const std::string keys =
      "brokerName=broker-a\nbrokerIP1=127.0.0.1\nbrokerIP2=127.0.0.1\nbindAddress=127.0.0.1\n"
      "mappedFileSizeCommitLog=16777216\nmaxHashSlotNum=1000\nmaxIndexNum=4000\n"
      "enablePropertyFilter=true\nbrokerFastFailureEnable=false\n"
      "osPageCacheBusyTimeOutMills=60000\nkeyOfAnotherProgram=MARKED_SECRET\nrocketmqHome=" +
      (home_ / "install").string() + "\nstorePathRootDir=" + (home_ / "store").string() +
      "\nlistenPort=" + std::to_string(port_) + "\n";
  constexpr const char* boot_text = "boot success. serializeType=JSON";
  start("mqbroker", keys, boot_text);
  for (const char* topic : {"Honest", "Alive"}) {
    must("17 topic=" + std::string(topic) +
         " defaultTopic=TBW102 readQueueNums=4 writeQueueNums=4 perm=6 order=false");
  }
  must("200 body='{\"groupName\":\"HonestGroup\"}'");
  must("15 consumerGroup=HonestGroup topic=Honest queueId=0 commitOffset=1");
  must(
      "310 a=pg b=Honest c=TBW102 d=4 e=0 f=0 g=1 h=0 i='n\\x017\\x02KEYS\\x01k' "
      "body='honest message'");
  must("310 a=pg b=Alive c=TBW102 d=4 e=0 f=0 g=1 h=0 body=x");
  // So that all tables are in their files.
  if (process_->stop() != 0) throw std::runtime_error("the broker did not stop orderly");
  start("mqbroker", keys + more_keys, boot_text);
}

Snapshot BrokerUnderTest::snapshot() {
  std::string queues;
  for (const char* queue : {"0", "1", "2", "3"}) {
    const auto end = must("30 topic=Honest queueId=" + std::string(queue));
    queues += std::string(end.ext_fields.find("offset").value_or("")) + " ";
  }
  return {{"topics", std::string(must("21").body)},
          {"groups", std::string(must("201").body)},
          {"offsets", offsets_in(must("43").body)},
          {"configuration", std::string(must("26").body)},
          {"messages", queues},
          {"files", files_below_home(home_)}};
}

bool BrokerUnderTest::serves_honest_clients() {
  const auto sent = ask("310 a=pg b=Alive c=TBW102 d=4 e=0 f=0 g=1 h=0 body=x");
  return sent.code == 0 && is_honest_message(ask(honest_pull("sysFlag=4")));
}

NameServerUnderTest::NameServerUnderTest(const std::string& more_keys) {
  port_ = free_port();
  const std::string keys = "listenPort=" + std::to_string(port_) +
                           "\nbindAddress=127.0.0.1\nserverChannelMaxIdleTimeSeconds="
                           "0\nkeyOfAnotherProgram=MARKED_SECRET\nkvConfigPath=" +
                           (home_ / "kvConfig.json").string() + "\n";
  start("mqnamesrv", keys, "boot success");
  must("100 namespace=Honest key=k value=v");
  if (process_->stop() != 0) throw std::runtime_error("the name server did not stop orderly");
  start("mqnamesrv", keys + more_keys, "boot success");
  registered_broker_ = std::make_unique<RawConnection>(port_);
  const auto response = ask_on(*registered_broker_, std::string(honest_registration));
  if (response.code != 0) throw std::runtime_error("registration: " + response.remark);
}

Snapshot NameServerUnderTest::snapshot() {
  return {{"topics", std::string(must("206").body)},
          {"brokers", std::string(must("106").body)},
          {"route", std::string(must("105 topic=Honest").body)},
          {"configuration", std::string(must("319").body)},
          {"pairs", std::string(must("219 namespace=Honest").body)},
          {"files", files_below_home(home_)}};
}

bool NameServerUnderTest::serves_honest_clients() {
  return ask_on(*registered_broker_, std::string(honest_registration)).code == 0 &&
         ask("105 topic=Honest").code == 0;
}

FilterServerUnderTest::FilterServerUnderTest() {
  port_ = free_port();
  start("mqfiltersrv",
        "connectWhichBroker=" + broker_.address() +
            "\nfilterServerIP=127.0.0.1\nbindAddress=127.0.0.1\nfilterServerPort=" +
            std::to_string(port_) + "\nfilterUploadsPerMinute=1000\n",
        "boot success");
  must("302 consumerGroup=HonestGroup topic=Honest className=com.example.Honest classCRC=crc(" +
       std::string(honest_filter) + ") body=" + std::string(honest_filter));
}

Snapshot FilterServerUnderTest::snapshot() {
  Snapshot all = broker_.snapshot();
  all["files of the filter server"] = files_below_home(home_);
  return all;
}

bool FilterServerUnderTest::serves_honest_clients() {
  return broker_.serves_honest_clients() && is_honest_message(ask(honest_pull("sysFlag=12")));
}

}  // namespace rocketmq::test
