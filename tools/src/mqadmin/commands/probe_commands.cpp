#include <chrono>
#include <ctime>
#include <iomanip>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "mqadmin/commands/brokers.hpp"
#include "mqadmin/frame/command.hpp"
#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/common/text.hpp"

// Commands that send messages to see how long that takes.
namespace rocketmq::mqadmin {
namespace {

constexpr int message_bytes_max = 128 * 1024 * 1024;

class Probe {
 public:
  Probe(Context& context, const std::string& group) : producer_(group) {
    if (context.arguments().has("n")) producer_.setNamesrvAddr(context.arguments().get("n"));
    producer_.setInstanceName("mqadmin_probe");
    if (context.arguments().has("useTLS")) producer_.setUseTLS(true);
    producer_.setTlsConfigFile(context.arguments().get("tlsConfigFile"));
    producer_.setSessionCredentials(context.credentials());
    producer_.start();
  }
  ~Probe() { producer_.shutdown(); }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  DefaultMQProducer& producer() { return producer_; }

 private:
  DefaultMQProducer producer_;
};

/// One send and how long it took, or why it failed.
struct Sent {
  double ms = 0;
  std::optional<SendResult> result;
  std::optional<Failure> failure;
};

template <class Send>
Sent timed(const Send& send) {
  const auto begin = std::chrono::steady_clock::now();
  Sent sent;
  try {
    sent.result = send();
  } catch (const MQException& failure) {
    sent.failure = client::client_failure(failure.getErrorMessage(), failure.getError());
  }
  sent.ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  return sent;
}

/// Times of sends; the first one, which connects, does not count.
class Times {
 public:
  void add(double ms) {
    if (count_++ > 0) sum_ += ms;
  }
  double mean_ms() const { return count_ > 1 ? sum_ / static_cast<double>(count_ - 1) : 0; }

 private:
  std::size_t count_ = 0;
  double sum_ = 0;
};

std::string body_of(const Arguments& arguments) {
  return std::string(static_cast<std::size_t>(arguments.get_number("s", 128)), 'a');
}

Outcome<void> need_name_server(Context& context) {
  const auto servers = context.name_servers();
  if (!servers) return servers.error();
  return {};
}

Outcome<void> send_msg_status(Context& context) {
  if (const auto known = need_name_server(context); !known) return known;
  const Message message(context.arguments().get("b"), body_of(context.arguments()));
  Probe probe(context, "PID_SMSC");
  const auto send = [&] { return probe.producer().send(message); };
  if (const Sent warm_up = timed(send); warm_up.failure) return *warm_up.failure;
  const std::int64_t count = context.arguments().get_number("c", 50);
  for (std::int64_t i = 0; i < count; ++i) {
    const Sent sent = timed(send);
    if (sent.failure) return *sent.failure;
    context.out().line("rt=" + std::to_string(static_cast<std::int64_t>(sent.ms)) +
                       "ms, SendResult=" + sent.result->toString());
  }
  return {};
}

Outcome<void> check_msg_send_rt(Context& context) {
  if (const auto known = need_name_server(context); !known) return known;
  const std::string topic = context.arguments().get("t");
  const Message message(topic, body_of(context.arguments()));
  Probe probe(context, "mqadmin_check_msg_send_rt");
  std::vector<MessageQueue> queues;
  try {
    queues = probe.producer().fetchPublishMessageQueues(topic);
  } catch (const MQException& failure) {
    return client::client_failure(failure.getErrorMessage(), failure.getError());
  }
  Table table = context.out().table("sends", {{"#Broker Name", "%-32s  "},
                                              {"#QID", "%-4s  "},
                                              {"#Send Result", "%-20s    "},
                                              {"#RT", "%s"}});
  Times times;
  const std::int64_t count = context.arguments().get_number("a", 100);
  for (std::int64_t i = 0; i < count; ++i) {
    const MessageQueue& queue = queues[static_cast<std::size_t>(i) % queues.size()];
    const Sent sent = timed([&] { return probe.producer().send(message, queue); });
    if (sent.failure) context.report(*sent.failure);
    times.add(sent.ms);
    table.row({queue.getBrokerName(), queue.getQueueId(), sent.result ? "true" : "false",
               static_cast<std::int64_t>(sent.ms)});
  }
  context.out().print("Avg RT: %.2f\n", times.mean_ms());
  context.out().value("avgRt", times.mean_ms());
  return {};
}

/// yyyy-MM-dd HH:mm:ss at GMT+8, which is what collectors of these lines expect.
std::string time_of_collectors() {
  const std::time_t shifted = std::time(nullptr) + 8 * 3600;
  std::tm utc{};
  ::gmtime_r(&shifted, &utc);
  std::ostringstream text;
  text << std::put_time(&utc, "%Y-%m-%d %H:%M:%S");
  return text.str();
}

struct Round {
  Times times;
  std::int64_t sent = 0;
  std::int64_t failed = 0;
};

Round probe_broker(DefaultMQProducer& producer, const Broker& broker, const Arguments& arguments) {
  const Message message(broker.name, body_of(arguments));
  const std::int64_t amount = arguments.get_number("a", 100);
  Round round;
  for (std::int64_t i = 0; i < amount; ++i) {
    const Sent sent = timed([&] { return producer.send(message); });
    round.times.add(sent.ms);
    ++(sent.result ? round.sent : round.failed);
  }
  return round;
}

Outcome<void> cluster_rt(Context& context) {
  const Arguments& arguments = context.arguments();
  const bool as_log = arguments.get_boolean("p", false);
  const std::string room = arguments.get("m", "noname");
  if (const auto known = need_name_server(context); !known) return known;
  Probe probe(context, "mqadmin_cluster_rt");
  for (;;) {
    const auto masters = masters_of(context, arguments.find("c"));
    if (!masters) return masters.error();
    std::optional<Table> table;
    if (!as_log) {
      table.emplace(context.out().table("brokers", {{"#Cluster Name", "%-24s  "},
                                                    {"#Broker Name", "%-24s  "},
                                                    {"#RT", "%-4s  ", "%-8s  "},
                                                    {"#successCount", "%-8s  ", "%-16s  "},
                                                    {"#failCount", "%-8s", "%-16s"}}));
    }
    for (const Broker& broker : *masters) {
      const Round round = probe_broker(probe.producer(), broker, arguments);
      const std::string mean = fmt::sprintf("%.2f", round.times.mean_ms());
      if (table) {
        table->row({broker.cluster, broker.name, mean, round.sent, round.failed});
      } else {
        context.out().line(time_of_collectors() + "|" + room + "|" + broker.cluster + "|" +
                           broker.name + "|" + mean);
      }
    }
    context.out().finish();
    std::this_thread::sleep_for(std::chrono::seconds(arguments.get_number("i", 10)));
  }
}

}  // namespace

Commands probe_commands() {
  const Option size = number("s", "size", "Bytes of a message (128)", 1, message_bytes_max);
  return {
      {"clusterRT",
       "Send to every broker, again and again, and show how long it takes",
       {number("a", "amount", "Messages of a round (100)", 1), size,
        text("c", "cluster", "Only brokers of this cluster"),
        boolean("p", "print log", "Print lines for collectors instead of a table (false)"),
        text("m", "machine room", "Name of the machine room in these lines (noname)"),
        number("i", "interval", "Seconds between rounds (10)", 1)},
       cluster_rt},
      {"sendMsgStatus",
       "Send to one broker and show each result",
       {required(text("b", "brokerName", "Name of the broker")),
        number("s", "messageSize", "Bytes of a message (128)", 1, message_bytes_max),
        number("c", "count", "Messages (50)", 1)},
       send_msg_status},
      {"checkMsgSendRT",
       "Send to each queue of a topic in turn and show how long it takes",
       {required(text("t", "topic", "topic name")), number("a", "amount", "Messages (100)", 1),
        size},
       check_msg_send_rt},
  };
}

}  // namespace rocketmq::mqadmin
