// What a filter server adds to the time of a pull: pairs of pulls of the same 32 messages, one at
// the broker and one through the filter server beside it, one at a time; which is first changes
// from pair to pair. The filter is the tutorial's, of filtersrv/examples/. filter_latency.sh starts
// the servers.
//
//   filter_latency NAME_SERVER BROKER FILTER_SERVER [sql92|lua|cpp|java] [PAIRS]
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
constexpr int warm_up_pairs = 500;
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

/// How long it takes, in microseconds. The response has to be of all messages that were asked for.
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
  const auto result = remoting::decode_header<remoting::PullMessageResponseHeader>(*answer);
  if (!result) fail(address + ": " + to_string(result.error()));
  if (result->nextBeginOffset != offset + messages_of_a_pull)
    fail(address + " has not looked at " + std::to_string(messages_of_a_pull) + " messages");
  return std::chrono::duration<double, std::micro>(end - begin).count();
}

void print(const std::string& language, const char* what, std::vector<double>& us) {
  std::sort(us.begin(), us.end());
  std::printf("%-5s  %-26s p50 %7.1f us, p99 %7.1f us, p99.9 %7.1f us\n", language.c_str(), what,
              us[us.size() / 2], us[us.size() * 99 / 100], us[us.size() * 999 / 1'000]);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) fail("filter_latency NAME_SERVER BROKER FILTER_SERVER [LANGUAGE] [PAIRS]");
  const std::string broker = arguments[2];
  const std::string filter_server = arguments[3];
  const std::string language = count > 4 ? arguments[4] : "sql92";
  const int pairs = count > 5 ? std::atoi(arguments[5]) : 20'000;
  if (pairs < 1) fail("PAIRS is a number from 1");
  const MessageQueue queue = send_all(arguments[1]);
  remoting::Client network({});
  upload(network, filter_server, language);
  std::vector<double> direct;
  std::vector<double> filtered;
  std::vector<double> added;
  for (int k = -warm_up_pairs; k < pairs; ++k) {
    const std::int64_t offset =
        std::int64_t{k + warm_up_pairs} * messages_of_a_pull % (messages - messages_of_a_pull);
    const auto pull_from = [&](const std::string& address) {
      return pull_us(network, address, queue.getQueueId(), offset);
    };
    const bool is_broker_first = k % 2 == 0;
    const double first = pull_from(is_broker_first ? broker : filter_server);
    const double second = pull_from(is_broker_first ? filter_server : broker);
    if (k < 0) continue;
    direct.push_back(is_broker_first ? first : second);
    filtered.push_back(is_broker_first ? second : first);
    added.push_back(filtered.back() - direct.back());
  }
  print(language, "from the broker:", direct);
  print(language, "through the filter server:", filtered);
  print(language, "added, pair by pair:", added);
  return 0;
}
