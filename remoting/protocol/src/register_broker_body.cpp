#include <new>
#include <nlohmann/json.hpp>
#include <utility>

#include "body_json.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/text.hpp"
#include "rocketmq/common/zlib.hpp"
#include "rocketmq/protocol/remoting_command.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::remoting {
namespace {

using nlohmann::json;

constexpr std::size_t inflated_bytes_max = 64 * 1024 * 1024;
/// Topics of one broker. A name server's memory is not to be filled by one body that unpacks well.
constexpr std::int32_t topics_max = 1'000'000;
/// First byte of every zlib stream that Java writes; JSON begins with '{'.
constexpr char zlib_first_byte = '\x78';
constexpr std::size_t item_length_bytes = 4;

Error malformed_registration(std::string_view why) {
  return {ResponseCode::SystemError, "body of REGISTER_BROKER: " + std::string(why)};
}

std::string why_not_inflated(Inflated state) {
  switch (state) {
    case Inflated::TooLarge:
      return "its content is over " + std::to_string(inflated_bytes_max) + " bytes";
    case Inflated::CutOff: return "it is cut off";
    case Inflated::NotPossible: return "it is over 4 GiB, or there is no memory to unpack it";
    case Inflated::Whole:
    case Inflated::Damaged: break;
  }
  return "it is damaged";
}

/// Reads the unpacked form (spec/wire-requests.md, REGISTER_BROKER), numbers big-endian:
///
///    i32 len, DataVersion | i32 topics | topics × { i32 len, topic line } | i32 len, JSON array of
///    filter servers | …
///
/// What follows (5.x: queue mappings of static topics) is not read.
class PackedBodyReader {
 public:
  explicit PackedBodyReader(std::string_view content) : rest_(content) {}

  Result<RegisterBrokerBody> read() {
    RegisterBrokerBody body;
    std::string_view version_text;
    if (!take_text(version_text)) return malformed_registration("the data version is cut off");
    const auto version = decode_data_version(version_text);
    if (!version) return version.error();
    body.topic_config.data_version = *version;

    std::int32_t topics = 0;
    if (!take_number(topics)) return malformed_registration("the number of topics is cut off");
    if (topics < 0 || topics > topics_max ||
        static_cast<std::size_t>(topics) > rest_.size() / item_length_bytes) {
      return malformed_registration("it cannot hold " + std::to_string(topics) + " topics");
    }
    for (std::int32_t i = 0; i < topics; ++i) {
      std::string_view line;
      if (!take_text(line))
        return malformed_registration("topic " + std::to_string(i) + " is cut off");
      TopicConfig config;
      if (!read_topic(line, config))
        return malformed_registration("malformed topic '" + std::string(line.substr(0, 200)) + "'");
      std::string name = config.topic_name;
      body.topic_config.topic_config_table.insert_or_assign(std::move(name), std::move(config));
    }

    std::string_view filters_text;
    if (!take_text(filters_text))
      return malformed_registration("the filter server list is cut off");
    JsonReader filters(filters_text);
    if (!detail::read_texts(filters, body.filter_server_list.emplace()) || !filters.end())
      return malformed_registration("filter server list: " + filters.error().remark);
    return body;
  }

 private:
  bool take_number(std::int32_t& number) {
    if (rest_.size() < item_length_bytes) return false;
    number = load_be<std::int32_t>(rest_.data());
    rest_.remove_prefix(item_length_bytes);
    return true;
  }

  bool take_text(std::string_view& text) {
    std::int32_t bytes = 0;
    if (!take_number(bytes) || bytes < 0 || static_cast<std::size_t>(bytes) > rest_.size())
      return false;
    text = rest_.substr(0, static_cast<std::size_t>(bytes));
    rest_.remove_prefix(text.size());
    return true;
  }

  static std::string_view take_word(std::string_view& line) {
    const auto end = line.find(' ');
    const std::string_view word = line.substr(0, end);
    line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
    return word;
  }

  static bool take_int32(std::string_view& line, std::int32_t& number) {
    const auto word = whole_number<std::int32_t>(take_word(line));
    if (word) number = *word;
    return word.has_value();
  }

  /// "name readQueues writeQueues perm filterType", from 5.x brokers followed by attributes, which
  /// we do not keep.
  static bool read_topic(std::string_view line, TopicConfig& config) {
    config.topic_name = take_word(line);
    if (config.topic_name.empty() || !take_int32(line, config.read_queue_nums) ||
        !take_int32(line, config.write_queue_nums) || !take_int32(line, config.perm)) {
      return false;
    }
    const std::string_view filter_type = take_word(line);
    if (filter_type == "MULTI_TAG") config.topic_filter_type = TopicFilterType::MultiTag;
    return !filter_type.empty();
  }

  std::string_view rest_;
};

/// The members of the body, and those of the wrapper in place of which old brokers send the body.
struct JsonBody {
  bool has_wrapper = false;
  bool has_table = false;
  TopicConfigSerializeWrapper wrapper;
  TopicConfigSerializeWrapper bare;
  std::optional<std::vector<std::string>> filter_server_list;
};

bool read_json(JsonReader& in, JsonBody& body) {
  return in.object([&](std::string_view name) {
    if (json_name_is(name, "topicConfigSerializeWrapper")) {
      body.has_wrapper = in.kind() == JsonReader::Kind::Object;
      return read_json(in, body.wrapper);
    }
    if (json_name_is(name, "filterServerList"))
      return detail::read_texts(in, body.filter_server_list.emplace());
    if (json_name_is(name, "dataVersion")) return read_json(in, body.bare.data_version);
    if (json_name_is(name, "topicConfigTable")) {
      body.has_table = true;
      return read_topic_table(in, body.bare.topic_config_table);
    }
    return in.skip();
  });
}

Result<RegisterBrokerBody> read_json_body(std::string_view text, std::int32_t sender_version) {
  auto parsed = parse_json_object<JsonBody>("body of REGISTER_BROKER", text);
  if (!parsed) return parsed.error();
  RegisterBrokerBody body;
  if (!parsed->has_wrapper && (sender_version < version::v3_0_11 || parsed->has_table)) {
    body.topic_config = std::move(parsed->bare);
    return body;
  }
  body.topic_config = std::move(parsed->wrapper);
  body.filter_server_list = std::move(parsed->filter_server_list);
  return body;
}

}  // namespace

std::string encode_body(const RegisterBrokerBody& body) {
  json object = {{"topicConfigSerializeWrapper", body.topic_config}};
  if (body.filter_server_list) object["filterServerList"] = *body.filter_server_list;
  return dump_json(object);
}

std::string encode_packed_body(const RegisterBrokerBody& body) {
  std::string content;
  const auto add_text = [&content](const std::string& text) {
    append_be(content, static_cast<std::int32_t>(text.size()));
    content.append(text);
  };
  add_text(dump_json(json(body.topic_config.data_version)));
  append_be(content, static_cast<std::int32_t>(body.topic_config.topic_config_table.size()));
  for (const auto& [name, config] : body.topic_config.topic_config_table) {
    add_text(
        name + " " + std::to_string(config.read_queue_nums) + " " +
        std::to_string(config.write_queue_nums) + " " + std::to_string(config.perm) +
        (config.topic_filter_type == TopicFilterType::MultiTag ? " MULTI_TAG" : " SINGLE_TAG"));
  }
  add_text(dump_json(json(body.filter_server_list.value_or(std::vector<std::string>()))));
  auto packed = deflate_zlib(content);
  if (!packed) throw std::bad_alloc();
  return *std::move(packed);
}

Result<RegisterBrokerBody> decode_register_broker_body(std::string_view body, bool compressed,
                                                       std::int32_t sender_version) {
  if (body.empty()) return RegisterBrokerBody{};
  // The bytes decide, not the header: 5.x brokers say "not compressed" of bodies that are.
  const bool packed = body.front() == zlib_first_byte || (compressed && body.front() != '{');
  if (!packed) return read_json_body(body, sender_version);
  std::string content;
  const Inflated state = inflate_zlib(body, inflated_bytes_max, content);
  if (state != Inflated::Whole)
    return malformed_registration("zlib stream: " + why_not_inflated(state));
  return PackedBodyReader(content).read();
}

}  // namespace rocketmq::remoting
