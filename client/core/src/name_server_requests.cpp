#include "rocketmq/client/name_server_requests.hpp"

#include "rocketmq/client/requests.hpp"
#include "rocketmq/protocol/namesrv_headers.hpp"

namespace rocketmq::client {

using remoting::make_request;
using remoting::RequestCode;

Outcome<std::string> query_kv(ClientCore& core, const std::string& name_space,
                              const std::string& key, milliseconds timeout) {
  const remoting::KvConfigRequestHeader header{.namespace_ = name_space, .key = key};
  auto response = ask_name_server<remoting::KvConfigResponseHeader>(
      core, make_request(RequestCode::GetKvConfig, header), timeout);
  if (!response) return response.error();
  return response->header.value.value_or("");
}

Outcome<remoting::KvTable> query_kv_list(ClientCore& core, const std::string& name_space,
                                         milliseconds timeout) {
  const remoting::KvConfigRequestHeader header{.namespace_ = name_space};
  return read_body(
      ask_name_server(core, make_request(RequestCode::GetKvListByNamespace, header), timeout),
      "the name server", remoting::decode_kv_table);
}

Outcome<void> put_kv(ClientCore& core, const std::string& address, const std::string& name_space,
                     const std::string& key, const std::string& value, milliseconds timeout) {
  const remoting::PutKvConfigRequestHeader header{
      .namespace_ = name_space, .key = key, .value = value};
  return without_value(core.call(address, make_request(RequestCode::PutKvConfig, header), timeout));
}

Outcome<void> delete_kv(ClientCore& core, const std::string& address, const std::string& name_space,
                        const std::string& key, milliseconds timeout) {
  const remoting::KvConfigRequestHeader header{.namespace_ = name_space, .key = key};
  return without_value(
      core.call(address, make_request(RequestCode::DeleteKvConfig, header), timeout));
}

Outcome<std::int32_t> wipe_write_perm(ClientCore& core, const std::string& address,
                                      const std::string& broker_name, milliseconds timeout) {
  const remoting::BrokerNameRequestHeader header{.brokerName = broker_name};
  const auto response = ask_broker<remoting::WipeWritePermResponseHeader>(
      core, address, make_request(RequestCode::WipeWritePermOfBroker, header), timeout);
  if (!response) return response.error();
  return response->header.wipeTopicCount;
}

Outcome<std::int32_t> add_write_perm(ClientCore& core, const std::string& address,
                                     const std::string& broker_name, milliseconds timeout) {
  const remoting::BrokerNameRequestHeader header{.brokerName = broker_name};
  const auto response = ask_broker<remoting::AddWritePermResponseHeader>(
      core, address, make_request(RequestCode::AddWritePermOfBroker, header), timeout);
  if (!response) return response.error();
  return response->header.addTopicCount;
}

Outcome<std::string> query_name_server_config(ClientCore& core, const std::string& address,
                                              milliseconds timeout) {
  return query_config(core, address, RequestCode::GetNameServerConfig, timeout);
}

Outcome<void> update_name_server_config(ClientCore& core, const std::string& address,
                                        const std::string& key, const std::string& value,
                                        milliseconds timeout) {
  return update_config(core, address, RequestCode::UpdateNameServerConfig, key, value, timeout);
}

}  // namespace rocketmq::client
