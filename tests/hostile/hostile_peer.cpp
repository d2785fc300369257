#include "hostile_peer.hpp"

#include <algorithm>
#include <charconv>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace rocketmq::test {
namespace {

using remoting::RemotingCommand;

/// No daemon serves it, so that the refusal shows that everything before it has been processed.
constexpr std::int32_t unserved_code = 65'000;

std::int32_t int_of(std::string_view text) {
  std::int32_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size())
    throw std::runtime_error("not a number: " + std::string(text));
  return value;
}

/// `@NAME` or `@NAME=VALUE`.
void apply_option(const std::string& word, RemotingCommand& command, BadRequest& request) {
  const auto equals = std::min(word.find('='), word.size());
  const std::string name = word.substr(1, equals - 1);
  const std::string value = equals < word.size() ? word.substr(equals + 1) : "";
  if (name == "binary") {
    command.serialize_type = remoting::SerializeType::Rocketmq;
  } else if (name == "oneway") {
    command.flag |= RemotingCommand::oneway_bit;
  } else if (name == "response") {
    command.flag |= RemotingCommand::response_bit;
  } else if (name == "flag") {
    command.flag = int_of(value);
  } else if (name == "version") {
    command.version = int_of(value);
  } else if (name == "opaque") {
    command.opaque = int_of(value);
  } else if (name == "remark") {
    command.remark = bytes_of_value(value);
  } else if (name == "fields") {
    for (std::int32_t i = 0, count = int_of(value); i < count; ++i)
      command.ext_fields.add("f" + std::to_string(i), "1");
  } else if (name == "split") {
    request.in_single_bytes = true;
  } else {
    throw std::runtime_error("unknown option " + word);
  }
}

using Fields = std::vector<std::pair<std::string, std::string>>;

void remove(Fields& fields, const std::string& key) {
  std::erase_if(fields, [&](const auto& field) { return field.first == key; });
}

/// `KEY=VALUE` sets, `+KEY=VALUE` adds a second one, `-KEY` removes; `body=VALUE` is the body.
void apply_field(const std::string& word, Fields& fields, RemotingCommand& command) {
  const auto equals = word.find('=');
  if (equals == std::string::npos) {
    if (word.front() != '-') throw std::runtime_error("no field: " + word);
    return remove(fields, word.substr(1));
  }
  const bool is_second = word.front() == '+';
  const std::string key =
      bytes_of_value(std::string_view(word).substr(is_second, equals - is_second));
  std::string value = bytes_of_value(std::string_view(word).substr(equals + 1));
  if (key == "body") return command.set_body(std::move(value));
  const auto same = std::find_if(fields.begin(), fields.end(),
                                 [&](const auto& field) { return field.first == key; });
  if (same != fields.end() && !is_second) {
    same->second = std::move(value);
  } else {
    fields.emplace_back(key, std::move(value));
  }
}

BadRequest raw_request(const std::vector<std::string>& words) {
  BadRequest request;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "@split") {
      request.in_single_bytes = true;
    } else if (words[i] == "@hangup") {
      request.hangs_up = true;
    } else {
      request.bytes += bytes_of_value(words[i]);
    }
  }
  return request;
}

}  // namespace

BadRequest request_of(const std::vector<std::string>& words, std::int32_t opaque) {
  if (words.empty()) throw std::runtime_error("nothing is sent");
  if (words.front() == "raw") return raw_request(words);
  BadRequest request;
  RemotingCommand command;
  Fields fields;
  command.code = int_of(words.front());
  command.opaque = opaque;
  command.has_ext_fields = true;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i].front() == '@') {
      apply_option(words[i], command, request);
    } else {
      apply_field(words[i], fields, command);
    }
  }
  for (const auto& [key, value] : fields) command.ext_fields.add(key, value);
  request.bytes = RawConnection::encoded(command);
  request.opaque = command.opaque;
  return request;
}

bool is_expected(const std::string& outcome, const std::string& expected) {
  const std::string_view codes = std::string_view(expected).substr(0, expected.find(' '));
  const std::string code = outcome.substr(0, outcome.find(' '));
  bool is_code = false;
  for (std::size_t at = 0; at <= codes.size();) {
    const auto end = std::min(codes.find('/', at), codes.size());
    is_code = is_code || codes.substr(at, end - at) == code;
    at = end + 1;
  }
  if (!is_code || codes.size() == expected.size()) return is_code;
  return outcome.find(bytes_of_value(expected.substr(codes.size() + 1))) != std::string::npos;
}

std::string HostilePeer::outcome_of(const BadInput& line) {
  const BadRequest request = request_of(line.words, ++opaque_);
  if (!request.opaque || line.expected == "closed") connection_.reset();
  if (!connection_) connection_ = std::make_unique<RawConnection>(port_);
  std::string outcome = response_to(request, line.expected);
  if (!request.opaque || outcome == "closed") connection_.reset();
  return outcome;
}

std::string HostilePeer::response_to(const BadRequest& request, const std::string& expected) {
  RemotingCommand probe;
  probe.code = unserved_code;
  probe.opaque = -++opaque_;
  try {
    if (request.in_single_bytes) {
      for (const char byte : request.bytes) connection_->send({&byte, 1});
    } else {
      connection_->send(request.bytes);
    }
    if (request.hangs_up) return "hangup";
    if (expected == "closed") return connection_->is_closed_by_peer() ? expected : "open";
    connection_->send(probe);
    // A response that a pool makes may come after the one to the probe.
    bool is_probe_answered = false;
    for (;;) {
      const auto response = connection_->read_command();
      if (!response) return is_probe_answered ? "silence" : "closed";
      if (!response->is_response()) continue;
      if (response->opaque != probe.opaque) {
        if (request.opaque && response->opaque != *request.opaque) continue;
        return std::to_string(response->code) + " " + response->remark;
      }
      is_probe_answered = true;
      if (expected == "silence") return expected;
    }
  } catch (const std::exception&) {
    return "closed";  // while it was written, or the rest of what was read is no frame
  }
}

}  // namespace rocketmq::test
