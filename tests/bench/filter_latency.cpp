// How long a pull takes at a broker, and through a filter server beside it: in turn, one at a time.
// The filter is the tutorial's, of filtersrv/examples/.
//
//   filter_latency NAME_SERVER BROKER FILTER_SERVER [sql92|lua|cpp|java] [PULLS]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/protocol/filter_headers.hpp"
#include "rocketmq/protocol/pull_headers.hpp"
#include "rocketmq/remoting/client.hpp"

using namespace rocketmq;
using SteadyClock = std::chrono::steady_clock;

namespace {

constexpr const char* topic = "TopicFilter7";
constexpr const char* group = "filter_latency";
constexpr int messages = 3'200;
constexpr int messages_of_a_pull = 32;
constexpr std::chrono::milliseconds timeout{60'000};

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "filter_latency: %s\n", why.c_str());
  std::exit(1);
}

/// Messages of 1 KiB to one queue, which it returns.
MessageQueue send_all(const std::string& name_server) {
  DefaultMQProducer producer(group);
  producer.setNamesrvAddr(name_server);
  producer.start();
  Message first(topic, "TagA", "OrderID001", std::string(1'024, 'x'));
  const MessageQueue queue = producer.send(first).getMessageQueue();
  for (int id = 0; id < messages; ++id) {
    Message message(topic, "TagA", "OrderID001", std::string(1'024, 'x'));
    message.putUserProperty("SequenceId", std::to_string(id));
    producer.send(message, queue);
  }
  return queue;
}

void upload(remoting::Client& network, const std::string& filter_server,
            const std::string& language) {
  std::ifstream file(ROCKETMQ_SOURCE_DIR "/filtersrv/examples/MessageFilterImpl." + language);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) fail("there is no example in " + language);
  auto request = make_request(remoting::RequestCode::RegisterMessageFilterClass,
                              remoting::RegisterMessageFilterClassRequestHeader{
                                  .consumerGroup = group,
                                  .topic = topic,
                                  .className = "example.MessageFilterImpl",
                                  .classCRC = static_cast<std::int32_t>(crc32(text))});
  request.set_body(text);
  const auto answer = network.call(filter_server, std::move(request), timeout);
  if (!answer) fail(to_string(answer.error()));
}

double pull_us(remoting::Client& network, const std::string& address, int queue_id,
               std::int64_t offset) {
  const remoting::PullMessageRequestHeader header{.consumerGroup = group,
                                                  .topic = topic,
                                                  .queueId = queue_id,
                                                  .queueOffset = offset,
                                                  .maxMsgNums = messages_of_a_pull,
                                                  .sysFlag = pull_flag::subscription,
                                                  .subscription = "*"};
  const auto begin = SteadyClock::now();
  const auto answer =
      network.call(address, make_request(remoting::RequestCode::PullMessage, header), timeout);
  const auto end = SteadyClock::now();
  if (!answer) fail(address + ": " + to_string(answer.error()));
  return std::chrono::duration<double, std::micro>(end - begin).count();
}

void print(const char* what, std::vector<double>& us) {
  std::sort(us.begin(), us.end());
  std::printf("%-22s p50 %7.1f us, p99 %7.1f us, p99.9 %7.1f us\n", what, us[us.size() / 2],
              us[us.size() * 99 / 100], us[us.size() * 999 / 1'000]);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) fail("filter_latency NAME_SERVER BROKER FILTER_SERVER [LANGUAGE] [PULLS]");
  const std::string broker = arguments[2];
  const std::string filter_server = arguments[3];
  const int pulls = count > 5 ? std::atoi(arguments[5]) : 20'000;
  const MessageQueue queue = send_all(arguments[1]);
  remoting::Client network({});
  upload(network, filter_server, count > 4 ? arguments[4] : "sql92");
  std::vector<double> direct;
  std::vector<double> filtered;
  for (int k = -500; k < pulls; ++k) {
    const std::int64_t offset =
        (std::int64_t{k} + 500) * messages_of_a_pull % (messages - messages_of_a_pull);
    const double a = pull_us(network, broker, queue.getQueueId(), offset);
    const double b = pull_us(network, filter_server, queue.getQueueId(), offset);
    if (k < 0) continue;
    direct.push_back(a);
    filtered.push_back(b);
  }
  print("broker", direct);
  print("through filter server", filtered);
  return 0;
}
