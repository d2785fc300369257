#pragma once

#include <string>
#include <tuple>
#include <utility>

#include "rocketmq/client/client_core.hpp"
#include "rocketmq/client/failure.hpp"
#include "rocketmq/protocol/header.hpp"
#include "rocketmq/protocol/remoting_command.hpp"

namespace rocketmq::client {

/// Typed requests to servers: a request made from a header and a body, a response whose header is
/// read. Each waits for its response, or has an _async form, which calls `done` once as
/// ClientCore::call_async does. Failures: the server's refusal, the network's, a response that
/// cannot be read.

/// The header of responses from which nothing is read.
struct NoHeader {
  static constexpr std::tuple<> fields{};
};

/// A successful response.
template <class Header = NoHeader>
struct Response {
  Header header;
  std::string body;
};

/// Of a response from which nothing is read.
inline Outcome<void> without_value(const Outcome<remoting::RemotingCommand>& response) {
  if (!response) return response.error();
  return {};
}

/// A response that cannot be read; `address` is where it came from.
Failure unreadable_response(const std::string& address, const Error& error);

template <class Header>
Outcome<Response<Header>> read_response(const Outcome<remoting::RemotingCommand>& response,
                                        const std::string& address) {
  if (!response) return response.error();
  auto header = remoting::decode_header<Header>(*response);
  if (!header) return unreadable_response(address, header.error());
  return Response<Header>{std::move(*header), std::string(response->body)};
}

template <class Header = NoHeader>
Outcome<Response<Header>> ask_broker(ClientCore& core, const std::string& address,
                                     remoting::RemotingCommand request, milliseconds timeout) {
  return read_response<Header>(core.call(address, std::move(request), timeout), address);
}

template <class Header = NoHeader>
void ask_broker_async(ClientCore& core, const std::string& address,
                      remoting::RemotingCommand request, milliseconds timeout,
                      UniqueFunction<void(Outcome<Response<Header>>)> done) {
  core.call_async(address, std::move(request), timeout,
                  [done = std::move(done),
                   address](const Outcome<remoting::RemotingCommand>& response) mutable {
                    done(read_response<Header>(response, address));
                  });
}

/// The configuration of a broker or name server; `code` is the request of its kind for it.
inline Outcome<std::string> query_config(ClientCore& core, const std::string& address,
                                         remoting::RequestCode code, milliseconds timeout) {
  auto response = ask_broker(core, address, remoting::make_request(code), timeout);
  if (!response) return response.error();
  return std::move(response->body);
}

/// Changes one key of it.
inline Outcome<void> update_config(ClientCore& core, const std::string& address,
                                   remoting::RequestCode code, const std::string& key,
                                   const std::string& value, milliseconds timeout) {
  remoting::RemotingCommand request = remoting::make_request(code);
  request.set_body(key + "=" + value + "\n");
  return without_value(core.call(address, std::move(request), timeout));
}

/// Of the name servers, one after the other until one replies, each within `timeout`.
template <class Header = NoHeader>
Outcome<Response<Header>> ask_name_server(ClientCore& core,
                                          const remoting::RemotingCommand& request,
                                          milliseconds timeout) {
  return read_response<Header>(core.call_name_server(request, timeout), "the name server");
}

template <class Header = NoHeader>
void ask_name_server_async(ClientCore& core, remoting::RemotingCommand request,
                           milliseconds timeout,
                           UniqueFunction<void(Outcome<Response<Header>>)> done) {
  core.call_name_server_async(
      std::move(request), timeout,
      [done = std::move(done)](const Outcome<remoting::RemotingCommand>& response) mutable {
        done(read_response<Header>(response, "the name server"));
      });
}

/// What `decode`, one of the protocol's functions, reads from a response's body. `what` names it in
/// the failure.
template <class Header, class Decode>
auto read_body(const Outcome<Response<Header>>& response, const std::string& what,
               const Decode& decode)
    -> Outcome<typename decltype(decode(std::string_view()))::value_type> {
  if (!response) return response.error();
  auto body = decode(response->body);
  if (!body) return unreadable_response(what, body.error());
  return std::move(*body);
}

}  // namespace rocketmq::client
