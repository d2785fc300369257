// hostile_requests [runs [mqbroker|mqnamesrv]]: how long the worst request of each code keeps a
// reactor.
//
// Starts a broker and then a name server in this process, each with one reactor, and sends every
// request of their tables in its worst forms: the largest body that its row allows, one byte more,
// the widest scan, the most names, the most header fields. Prints a Markdown table with two figures
// of each, the longest of all runs:
//
// * the CPU time of the reactor from the request's first byte to its response. A turn of the
//   reactor is at most that long, and mostly shorter, since a large request arrives in many turns;
// * how long a small request of another connection waited meanwhile. It contains whatever else the
//   machine does.
//
// Nothing is asserted: the figures depend on the machine.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "ports.hpp"
#include "raw_connection.hpp"
#include "rocketmq/broker/broker.hpp"
#include "rocketmq/broker/requests.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/namesrv/name_server.hpp"
#include "rocketmq/namesrv/requests.hpp"
#include "temp_dir.hpp"

namespace {

using namespace rocketmq;  // NOLINT(google-build-using-namespace): a program of one file
using namespace std::chrono_literals;
using remoting::RemotingCommand;
using remoting::RequestCode;
using remoting::RouteSpec;
using test::RawConnection;

constexpr double turn_ms_max = 50;
/// What a name server lets one connection register.
constexpr int brokers_per_connection = 250;
/// Room for the header in a frame of the largest size.
constexpr std::size_t header_room = 64 * 1024;

/// The CPU time that a thread of this process has used.
class ThreadClock {
 public:
  explicit ThreadClock(const std::string& thread_name) {
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      std::ifstream comm(task.path() / "comm");
      std::string name;
      if (std::getline(comm, name) && name == thread_name) file_ = task.path() / "schedstat";
    }
    if (file_.empty()) throw std::runtime_error("no thread " + thread_name);
  }
  double used_ms() const {
    std::ifstream file(file_);
    std::int64_t nanoseconds = 0;
    file >> nanoseconds;
    return static_cast<double>(nanoseconds) / 1e6;
  }

 private:
  std::filesystem::path file_;
};

/// Asks one small question after the other on a connection of its own.
class Neighbour {
 public:
  Neighbour(std::uint16_t port, const RemotingCommand& question)
      : thread_([this, port, frame = RawConnection::encoded(question)] {
          RawConnection connection(port);
          while (!is_over_) {
            const auto asked = std::chrono::steady_clock::now();
            connection.send(frame);
            if (!connection.read_frame()) return;
            note(std::chrono::steady_clock::now() - asked);
            std::this_thread::sleep_for(500us);
          }
        }) {}
  ~Neighbour() {
    is_over_ = true;
    thread_.join();
  }
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;

  /// The longest wait since the last call.
  double longest_ms() { return static_cast<double>(longest_ns_.exchange(0)) / 1e6; }

 private:
  void note(std::chrono::nanoseconds waited) {
    std::int64_t longest = longest_ns_;
    while (waited.count() > longest &&
           !longest_ns_.compare_exchange_weak(longest, waited.count())) {
    }
  }

  std::atomic<bool> is_over_{false};
  std::atomic<std::int64_t> longest_ns_{0};
  std::thread thread_;
};

struct Case {
  std::string form;
  RemotingCommand request;
};

// --- bodies ---

/// `prefix`, then as many copies of `item` as fit into `bytes`, joined by commas, then `suffix`.
/// A '#' in the item becomes the item's number.
std::string list_of(const std::string& prefix, const std::string& item, const std::string& suffix,
                    std::size_t bytes) {
  std::string text = prefix;
  for (std::size_t i = 0;; ++i) {
    std::string one = item;
    if (const auto at = one.find('#'); at != std::string::npos)
      one.replace(at, 1, std::to_string(i));
    if (text.size() + one.size() + 1 + suffix.size() > bytes) break;
    if (i > 0) text += ',';
    text += one;
  }
  return text + suffix;
}

std::string producers(std::size_t bytes) {
  return list_of(R"({"clientID":"hostile","producerDataSet":[)", R"({"groupName":"g#"})", "]}",
                 bytes);
}
std::string consumers(std::size_t bytes) {
  return list_of(
      R"({"clientID":"hostile","consumerDataSet":[)",
      R"({"groupName":"c#","consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING",)"
      R"("consumeFromWhere":"CONSUME_FROM_LAST_OFFSET","subscriptionDataSet":[]})",
      "]}", bytes);
}
std::string subscriptions(std::size_t bytes) {
  return list_of(R"({"clientID":"hostile","consumerDataSet":[{"groupName":"many","consumeType":)"
                 R"("CONSUME_PASSIVELY","messageModel":"CLUSTERING","consumeFromWhere":)"
                 R"("CONSUME_FROM_LAST_OFFSET","subscriptionDataSet":[)",
                 R"({"topic":"t#","subString":"a > 1 AND b < 2","expressionType":"SQL92"})", "]}]}",
                 bytes);
}
std::string locks(std::size_t bytes) {
  return list_of(R"({"clientId":"hostile","consumerGroup":"g","mqSet":[)",
                 R"({"brokerName":"b","queueId":#,"topic":"T"})", "]}", bytes);
}
std::string long_expression(std::size_t bytes) {
  std::string expression = "a = 1";
  while (expression.size() + 12 < bytes) expression += " OR a = 1";
  return expression;
}
std::string check_config(std::size_t bytes) {
  return R"({"subscriptionData":{"topic":"T","expressionType":"SQL92","subString":")" +
         long_expression(bytes - 100) + "\"}}";
}
std::string topic_configs(std::size_t bytes) {
  return list_of(R"({"topicConfigList":[)", R"({"topicName":"many#"})", "]}", bytes);
}
std::string registration(std::size_t bytes) {
  std::string text = R"({"topicConfigSerializeWrapper":{"dataVersion":{"counter":1,"timestamp":1},)"
                     R"("topicConfigTable":{)";
  for (std::size_t i = 0; text.size() + 200 < bytes; ++i) {
    const std::string name = "t" + std::to_string(i);
    text += (i == 0 ? "\"" : ",\"") + name +
            R"(":{"order":false,"perm":6,"readQueueNums":4,"topicFilterType":"SINGLE_TAG",)"
            R"("topicName":")" +
            name + R"(","topicSysFlag":0,"writeQueueNums":4})";
  }
  return text + "}},\"filterServerList\":[]}";
}
/// What no request understands.
std::string numbers(std::size_t bytes) { return list_of("{\"x\":[", "1", "]}", bytes); }

std::string batch(std::size_t messages) {
  std::string body;
  for (std::size_t i = 0; i < messages; ++i) {
    // size, magic, body CRC, flag, body length, body, length of the properties
    append_be<std::int32_t>(body, 4 + 4 + 4 + 4 + 4 + 1 + 2);
    append_be<std::int32_t>(body, 0);
    append_be<std::int32_t>(body, 0);
    append_be<std::int32_t>(body, 0);
    append_be<std::int32_t>(body, 1);
    body += 'x';
    append_be<std::int16_t>(body, 0);
  }
  return body;
}

// --- requests ---

/// A header that every request understands: unknown fields are ignored.
const std::map<std::string, std::string>& any_header() {
  static const std::map<std::string, std::string> fields{
      {"producerGroup", "g"},
      {"topic", "T"},
      {"defaultTopic", "TBW102"},
      {"defaultTopicQueueNums", "4"},
      {"queueId", "0"},
      {"sysFlag", "0"},
      {"bornTimestamp", "1"},
      {"flag", "0"},
      {"a", "g"},
      {"b", "T"},
      {"c", "TBW102"},
      {"d", "4"},
      {"e", "0"},
      {"f", "0"},
      {"g", "1"},
      {"h", "0"},
      {"consumerGroup", "g"},
      {"queueOffset", "0"},
      {"maxMsgNums", "32"},
      {"commitOffset", "0"},
      {"suspendTimeoutMillis", "0"},
      {"subVersion", "0"},
      {"key", "k"},
      {"maxNum", "64"},
      {"beginTimestamp", "0"},
      {"endTimestamp", "9000000000000"},
      {"offset", "0"},
      {"commitLogOffset", "0"},
      {"tranStateTableOffset", "0"},
      {"commitOrRollback", "8"},
      {"msgId", "7F00000100002A9F0000000000000000"},
      {"group", "g"},
      {"delayLevel", "0"},
      {"timestamp", "1"},
      {"groupName", "g"},
      {"clientId", "c"},
      {"clientID", "c"},
      {"index", "0"},
      {"count", "1000000"},
      {"statsName", "TOPIC_PUT_NUMS"},
      {"statsKey", "T"},
      {"isOrder", "false"},
      {"srcGroup", "g"},
      {"destGroup", "h"},
      {"isForce", "true"},
      {"compareGroup", "g"},
      {"filterGroups", "g"},
      {"readQueueNums", "4"},
      {"writeQueueNums", "4"},
      {"perm", "6"},
      {"namespace", "n"},
      {"value", "v"},
      {"brokerName", "b"},
      {"brokerAddr", "10.0.0.1:10911"},
      {"clusterName", "c"},
      {"haServerAddr", "10.0.0.1:10912"},
      {"brokerId", "0"},
      {"batch", "true"},
      {"m", "true"},
      {"cluster", "c"},
      {"bodyCrc32", "0"},
      {"compressed", "false"}};
  return fields;
}

RemotingCommand request_of(RequestCode code, std::string body,
                           const std::map<std::string, std::string>& changed = {}) {
  RemotingCommand request;
  request.code = static_cast<std::int32_t>(code);
  request.has_ext_fields = true;
  auto fields = any_header();
  for (const auto& [name, value] : changed) fields[name] = value;
  for (const auto& [name, value] : fields) request.ext_fields.add(name, value);
  request.set_body(std::move(body));
  return request;
}

RemotingCommand with_most_fields(RequestCode code, remoting::SerializeType type) {
  RemotingCommand request = request_of(code, {});
  request.serialize_type = type;
  for (std::size_t i = 0; i < 700'000; ++i) request.ext_fields.add("f" + std::to_string(i), "1");
  return request;
}

using BodyMaker = std::string (*)(std::size_t bytes);

/// Bodies that the request understands, as many kinds as there are.
std::vector<std::pair<std::string, BodyMaker>> bodies_of(const RouteSpec& row) {
  switch (row.code) {
    case RequestCode::HeartBeat:
      return {{"most producer groups", producers},
              {"most consumer groups", consumers},
              {"most subscriptions", subscriptions},
              {"most JSON values", numbers}};
    case RequestCode::LockBatchMq:
    case RequestCode::UnlockBatchMq: return {{"most queues", locks}, {"most JSON values", numbers}};
    case RequestCode::CheckClientConfig: return {{"longest expression", check_config}};
    case RequestCode::UpdateAndCreateTopicList: return {{"most topics", topic_configs}};
    case RequestCode::RegisterBroker: return {{"most topics", registration}};
    case RequestCode::SendMessage:
    case RequestCode::SendMessageV2:
    case RequestCode::SendBatchMessage:
      return {{"most messages", [](std::size_t bytes) { return batch(bytes / 23); }}};
    default: return {{"largest body", numbers}};
  }
}

std::string size_text(std::size_t bytes) { return remoting::bytes_text(bytes); }

void add_bodies(const RouteSpec& row, std::vector<Case>& cases) {
  const std::size_t frame_max = remoting::frame_bytes_max - header_room;
  const std::size_t limit = row.body_limit.processors_key.empty()
                                ? std::min(row.body_limit.bytes_max, frame_max)
                                : std::size_t{4} * 1024 * 1024;
  for (const auto& [form, make] : bodies_of(row)) {
    if (!row.body_limit.large_body_pool.empty()) {
      const std::size_t bytes = row.body_limit.inline_bytes_max;
      cases.push_back({form + ", " + size_text(bytes), request_of(row.code, make(bytes))});
    }
    cases.push_back(
        {form + ", " +
             size_text(row.body_limit.processors_key.empty() ? row.body_limit.bytes_max : limit),
         request_of(row.code, make(limit))});
  }
  if (limit < frame_max)
    cases.push_back({"a whole frame", request_of(row.code, numbers(frame_max))});
}

void add_pulls(const RouteSpec& row, std::vector<Case>& cases) {
  const std::string most = "2147483647";
  cases.push_back({"widest scan, no tag matches",
                   request_of(row.code, {},
                              {{"maxMsgNums", most}, {"sysFlag", "4"}, {"subscription", "none"}})});
  cases.push_back({"widest scan, no property matches", request_of(row.code, {},
                                                                  {{"maxMsgNums", most},
                                                                   {"sysFlag", "4"},
                                                                   {"expressionType", "SQL92"},
                                                                   {"subscription", "a = 1"}})});
  cases.push_back({"widest scan, longest expression",
                   request_of(row.code, {},
                              {{"maxMsgNums", most},
                               {"sysFlag", "4"},
                               {"expressionType", "SQL92"},
                               {"subscription", long_expression(64 * 1024)}})});
  cases.push_back(
      {"most messages",
       request_of(row.code, {}, {{"maxMsgNums", most}, {"sysFlag", "4"}, {"subscription", "*"}})});
}

std::vector<Case> cases_of(const RouteSpec& row) {
  std::vector<Case> cases;
  if (row.code == RequestCode::PullMessage) add_pulls(row, cases);
  add_bodies(row, cases);
  return cases;
}

// --- measuring ---

struct Target {
  std::uint16_t port = 0;
  RemotingCommand question;
  std::vector<RouteSpec> rows;
};

/// The response's code as text; "closed" when the daemon has closed the connection.
std::string ask(std::optional<RawConnection>& connection, std::uint16_t port,
                const std::string& frame) {
  if (!connection) connection.emplace(port);
  try {
    connection->send(frame);
    if (const auto response = connection->read_command()) return std::to_string(response->code);
  } catch (const std::exception&) {
    // as below
  }
  connection.reset();
  return "closed";
}

void measure(const std::string& name, const Case& one, const Target& target,
             const ThreadClock& reactor, Neighbour& neighbour, int runs) {
  const std::string frame = RawConnection::encoded(one.request);
  std::optional<RawConnection> connection;
  std::string response;
  double used_ms = 0;
  double waited_ms = 0;
  for (int run = 0; run < runs; ++run) {
    neighbour.longest_ms();
    const double before = reactor.used_ms();
    response = ask(connection, target.port, frame);
    used_ms = std::max(used_ms, reactor.used_ms() - before);
    std::this_thread::sleep_for(2ms);
    waited_ms = std::max(waited_ms, neighbour.longest_ms());
  }
  std::printf("| %s | %s | %zu | %s | %.2f%s | %.1f |\n", name.c_str(), one.form.c_str(),
              frame.size(), response.c_str(), used_ms, used_ms > turn_ms_max ? " !" : "",
              waited_ms);
  std::fflush(stdout);
}

void measure_all(const Target& target, int runs) {
  const ThreadClock reactor("net-0");
  Neighbour neighbour(target.port, target.question);
  std::printf(
      "| request | worst form | frame bytes | response | reactor's CPU ms | neighbour waited ms |\n"
      "|---|---|---|---|---|---|\n");
  for (const auto type : {remoting::SerializeType::Json, remoting::SerializeType::Rocketmq}) {
    const bool is_json = type == remoting::SerializeType::Json;
    measure("any",
            {is_json ? "most header fields, JSON" : "most header fields, binary",
             with_most_fields(target.question.request_code(), type)},
            target, reactor, neighbour, runs);
  }
  for (const RouteSpec& row : target.rows) {
    for (const Case& one : cases_of(row))
      measure(std::string(row.name), one, target, reactor, neighbour, runs);
  }
}

void fill(std::uint16_t port) {
  RawConnection connection(port);
  const RemotingCommand send = request_of(RequestCode::SendBatchMessage, batch(10'000));
  for (int i = 0; i < 50; ++i) {
    connection.send(send);
    const auto response = connection.read_command();
    if (!response || response->code != 0)
      throw std::runtime_error("a send was refused: " + (response ? response->remark : "closed"));
  }
}

void set(broker::BrokerSettings& settings, const std::string& key, const std::string& value) {
  if (const auto done = settings.table.set(key, value); !done)
    throw std::runtime_error(done.error().remark);
}

void measure_broker(int runs) {
  const test::TempDir directory;
  const SystemClock clock;
  const int port = test::free_broker_port();
  broker::BrokerSettings settings;
  set(settings, "storePathRootDir", directory.path().string());
  set(settings, "storePathCommitLog", (directory.path() / "commitlog").string());
  set(settings, "listenPort", std::to_string(port));
  set(settings, "serverSelectorThreads", "1");
  set(settings, "brokerIP1", "127.0.0.1");
  set(settings, "enablePropertyFilter", "true");
  broker::Broker::Refusal refusal;
  const auto broker = broker::Broker::open(settings, clock, refusal);
  if (broker == nullptr || !broker->start(refusal)) throw std::runtime_error(refusal.reason);
  fill(static_cast<std::uint16_t>(port));
  std::printf("\n### mqbroker\n\n");
  measure_all({.port = static_cast<std::uint16_t>(port),
               .question = request_of(RequestCode::GetMaxOffset, {}),
               .rows = broker::requests()},
              runs);
  broker->stop();
}

void measure_namesrv(int runs) {
  const test::TempDir directory;
  const SystemClock clock;
  namesrv::NamesrvSettings settings(directory.path(), directory.path());
  for (const auto& [key, value] :
       std::map<std::string, std::string>{{"listenPort", "0"}, {"serverSelectorThreads", "1"}}) {
    if (const auto done = settings.set(key, value); !done)
      throw std::runtime_error(done.error().remark);
  }
  namesrv::NameServer name_server(settings, clock);
  if (const auto started = name_server.start(); !started)
    throw std::runtime_error(started.error().remark);
  // One topic that very many brokers have; a connection may hold brokers_per_connection of them.
  std::list<RawConnection> connections;
  for (int i = 0; i < 2'000; ++i) {
    if (i % brokers_per_connection == 0) connections.emplace_back(name_server.port());
    RawConnection& brokers = connections.back();
    const std::string name = "broker" + std::to_string(i);
    const std::string body =
        R"({"topicConfigSerializeWrapper":{"dataVersion":{"counter":1,"timestamp":1},)"
        R"("topicConfigTable":{"T":{"order":false,"perm":6,"readQueueNums":4,"topicFilterType":)"
        R"("SINGLE_TAG","topicName":"T","topicSysFlag":0,"writeQueueNums":4}}},)"
        R"("filterServerList":[]})";
    brokers.send(request_of(RequestCode::RegisterBroker, body,
                            {{"brokerName", name},
                             {"brokerAddr", "10.0." + std::to_string(i / 250) + "." +
                                                std::to_string(i % 250 + 1) + ":10911"}}));
    const auto response = brokers.read_command();
    if (!response || response->code != 0)
      throw std::runtime_error("a registration was refused: " +
                               (response ? response->remark : "closed"));
  }
  std::printf("\n### mqnamesrv\n\n");
  measure_all({.port = name_server.port(),
               .question = request_of(RequestCode::GetKvConfig, {}),
               .rows = namesrv::requests()},
              runs);
  name_server.stop();
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::off);  // what the daemons log would stand within the tables
  const int runs = argc > 1 ? std::atoi(argv[1]) : 5;
  try {
    if (argc <= 2 || std::string(argv[2]) == "mqbroker") measure_broker(runs);
    if (argc <= 2 || std::string(argv[2]) == "mqnamesrv") measure_namesrv(runs);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "hostile_requests: %s\n", failure.what());
    return 1;
  }
  return 0;
}
