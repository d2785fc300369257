#include "rocketmq/remoting/client.hpp"
#include "rocketmq/remoting/frame_decoder.hpp"
#include "rocketmq/remoting/server.hpp"
#include "rocketmq/remoting/protocol/group_headers.hpp"
#include "rocketmq/remoting/protocol/heartbeat_data.hpp"
#include "rocketmq/remoting/protocol/namesrv_headers.hpp"
#include "rocketmq/remoting/protocol/pull_headers.hpp"
#include "rocketmq/remoting/protocol/queue_headers.hpp"
#include "rocketmq/remoting/protocol/route_data.hpp"
#include "rocketmq/remoting/protocol/send_headers.hpp"
namespace rocketmq::remoting {
template Result<SendMessageRequestHeader> decode_header(const FieldMap&);
template Result<PullMessageRequestHeader> decode_header(const FieldMap&);
void x(const SendMessageResponseHeader& h, RemotingCommand& c) { encode_header(h, c); }
}
