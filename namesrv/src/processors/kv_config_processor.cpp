#include "processors/kv_config_processor.hpp"

#include <optional>
#include <string>
#include <utility>

#include "rocketmq/protocol/namesrv_headers.hpp"

namespace rocketmq::namesrv {

using remoting::KvConfigRequestHeader;
using remoting::KvConfigResponseHeader;
using remoting::PutKvConfigRequestHeader;
using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestContext;

namespace {

const Error missing{ResponseCode::SystemError, "namespace or key is null"};

/// Binary headers cannot distinguish an empty text from an absent one, so that neither is a name.
bool is_given(const std::optional<std::string>& text) { return text && !text->empty(); }

Result<KvConfigRequestHeader> decode_named(const RemotingCommand& request) {
  auto header = decode_header<KvConfigRequestHeader>(request);
  if (header && (!is_given(header->namespace_) || !is_given(header->key))) return missing;
  return header;
}

void answer_value(Reply& reply, Result<std::string> value) {
  // 3.2.6 reads the header of this response whatever its code.
  if (!value) return reply(value.error().code, value.error().remark, KvConfigResponseHeader{});
  reply(KvConfigResponseHeader{.value = std::move(*value)});
}

void answer_done(Reply& reply, const Result<void>& done) {
  if (!done) return reply(done.error());
  reply();
}

}  // namespace

void KvConfigProcessor::put(const RequestContext&, RemotingCommand& request, Reply reply) {
  const auto header = decode_header<PutKvConfigRequestHeader>(request);
  if (!header) return reply(header.error());
  if (!is_given(header->namespace_) || !is_given(header->key)) return reply(missing);
  if (!header->value) return reply(ResponseCode::SystemError, "missing header field: value");
  answer_done(reply, kv_config_.put(*header->namespace_, *header->key, *header->value));
}

void KvConfigProcessor::get(const RequestContext&, RemotingCommand& request, Reply reply) {
  const auto header = decode_named(request);
  if (!header) return reply(header.error());
  answer_value(reply, kv_config_.get(*header->namespace_, *header->key));
}

void KvConfigProcessor::remove(const RequestContext&, RemotingCommand& request, Reply reply) {
  const auto header = decode_named(request);
  if (!header) return reply(header.error());
  answer_done(reply, kv_config_.remove(*header->namespace_, *header->key));
}

void KvConfigProcessor::get_by_value(const RequestContext&, RemotingCommand& request, Reply reply) {
  const auto header = decode_named(request);
  if (!header) return reply(header.error());
  answer_value(reply, kv_config_.keys_of_value(*header->namespace_, *header->key));
}

void KvConfigProcessor::remove_by_value(const RequestContext&, RemotingCommand& request,
                                        Reply reply) {
  const auto header = decode_named(request);
  if (!header) return reply(header.error());
  answer_done(reply, kv_config_.remove_by_value(*header->namespace_, *header->key));
}

void KvConfigProcessor::list(const RequestContext&, RemotingCommand& request, Reply reply) {
  const auto header = decode_header<KvConfigRequestHeader>(request);
  if (!header) return reply(header.error());
  if (!is_given(header->namespace_)) return reply(missing);
  const auto table = kv_config_.list(*header->namespace_);
  if (!table) return reply(table.error());
  reply.body(encode_body(*table));
}

}  // namespace rocketmq::namesrv
