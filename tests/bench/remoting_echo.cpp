// remoting_echo [port] [threads]: replies to SEND_MESSAGE_V2 and stores nothing. What a load
// generator measures against it is the cost of the network half alone: frames, headers, dispatch
// and sockets.
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "rocketmq/protocol/send_headers.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/remoting/server.hpp"

namespace {

using namespace rocketmq;            // NOLINT(google-build-using-namespace): a program of one file
using namespace rocketmq::remoting;  // NOLINT(google-build-using-namespace)

void answer_send(const RequestContext&, RemotingCommand& request, Reply reply) {
  const auto header = decode_header<SendMessageRequestHeaderV2>(request);
  if (!header) return reply(header.error());
  reply(SendMessageResponseHeader{.msgId = "7F00000100002A9F0000000000000000",
                                  .queueId = header->e,
                                  .queueOffset = 0,
                                  .transactionId = {},
                                  .MSG_REGION = "DefaultRegion",
                                  .TRACE_ON = true});
}

}  // namespace

int main(int argc, char** argv) {
  ServerOptions options;
  options.bind_address = "127.0.0.1";
  options.port = argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 0;
  options.net_threads = argc > 2 ? static_cast<std::size_t>(std::atoi(argv[2])) : 1;

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  Dispatcher routes;
  routes.route(RequestCode::SendMessageV2, answer_send, inline_on_connection);
  Server server("remoting_echo", options, routes);
  if (const auto started = server.start(); !started) {
    std::fprintf(stderr, "remoting_echo: %s\n", started.error().remark.c_str());
    return 1;
  }
  std::printf("listening on port %d\n", server.port());
  std::fflush(stdout);
  int received = 0;
  sigwait(&signals, &received);
  server.stop();
  return 0;
}
