// Cost of the codec for the two hottest frames: a send request as Java clients write it, and its
// response.

#include <benchmark/benchmark.h>

#include <string>

#include "rocketmq/protocol/header.hpp"
#include "rocketmq/protocol/pull_headers.hpp"
#include "rocketmq/protocol/remoting_command.hpp"
#include "rocketmq/protocol/send_headers.hpp"

namespace rocketmq::remoting {
namespace {

SendMessageRequestHeaderV2 send_header() {
  SendMessageRequestHeaderV2 header;
  header.a = "please_rename_unique_group_name";
  header.b = "BenchmarkTest";
  header.c = "TBW102";
  header.e = 3;
  header.g = 1'700'000'000'000;
  header.i =
      "KEYS\x01"
      "order-4711\x02UNIQ_KEY\x01"
      "7F0000010000597F000000000000010F\x02WAIT\x01true\x02TAGS\x01TagA\x02";
  header.j = 0;
  header.k = false;
  header.m = false;
  return header;
}

/// The request's frame without its length field.
std::string send_frame(SerializeType type) {
  RemotingCommand command =
      make_request(RequestCode::SendMessageV2, send_header(), std::string(1024, 'x'));
  command.serialize_type = type;
  command.opaque = 123'456;
  std::string frame;
  encode_frame(command, frame);
  return frame.substr(4);
}

void decode_send_request(benchmark::State& state, SerializeType type) {
  const std::string frame = send_frame(type);
  RemotingCommand command;
  for (auto _ : state) {
    auto decoded = decode_frame(frame, command);
    benchmark::DoNotOptimize(decoded);
    auto header = decode_header<SendMessageRequestHeaderV2>(command);
    benchmark::DoNotOptimize(header);
  }
  state.counters["header_bytes"] = static_cast<double>(frame.size() - 4 - 1024);
}

void encode_send_answer(benchmark::State& state, SerializeType type) {
  RemotingCommand command;
  std::string out;
  for (auto _ : state) {
    command.clear();
    command.flag = RemotingCommand::response_bit;
    command.opaque = 123'456;
    command.serialize_type = type;
    // The response is made from scratch each time, as a processor does.
    const SendMessageResponseHeader header{.msgId = "7F0000010000597F000000000000010F",
                                           .queueId = 3,
                                           .queueOffset = 4711,
                                           .transactionId = "7F0000010000597F0000000000000110",
                                           .MSG_REGION = "DefaultRegion",
                                           .TRACE_ON = true};
    encode_header(header, command);
    out.clear();
    encode_frame_head(command, 0, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["frame_bytes"] = static_cast<double>(out.size());
}

void encode_pull_answer(benchmark::State& state) {
  RemotingCommand command;
  std::string out;
  for (auto _ : state) {
    command.clear();
    command.flag = RemotingCommand::response_bit;
    command.opaque = 123'456;
    encode_header(PullMessageResponseHeader{.nextBeginOffset = 4'711, .maxOffset = 1'000'000},
                  command);
    out.clear();
    encode_frame_head(command, 32 * 1024, out);
    benchmark::DoNotOptimize(out.data());
  }
}

BENCHMARK_CAPTURE(decode_send_request, json, SerializeType::Json);
BENCHMARK_CAPTURE(decode_send_request, binary, SerializeType::Rocketmq);
BENCHMARK_CAPTURE(encode_send_answer, json, SerializeType::Json);
BENCHMARK_CAPTURE(encode_send_answer, binary, SerializeType::Rocketmq);
BENCHMARK(encode_pull_answer);

}  // namespace
}  // namespace rocketmq::remoting

BENCHMARK_MAIN();
