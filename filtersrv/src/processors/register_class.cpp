#include "processors/register_class.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/remoting/peer_address.hpp"

namespace rocketmq::filtersrv {

using remoting::Reply;

namespace {

Error no_permission(std::string remark) { return {ResponseCode::NoPermission, std::move(remark)}; }

Error system_error(std::string remark) { return {ResponseCode::SystemError, std::move(remark)}; }

/// A peer's text in a line of the log: no peer writes lines of its own.
std::string printable(std::string_view text) {
  constexpr std::size_t bytes_max = 512;
  std::string line(text.substr(0, bytes_max));
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return line;
}

/// Clients mask the sign bit away; the original description does not say so.
bool is_crc_of(std::int32_t crc, std::string_view text) {
  return crc == masked_crc32(text) || crc == static_cast<std::int32_t>(crc32(text));
}

}  // namespace

RegisterClassProcessor::RegisterClassProcessor(Parts parts)
    : parts_(parts),
      allowed_groups_(split_list(parts.config.filter_upload_allowed_groups)),
      failures_(parts.clock),
      rate_(parts.clock, static_cast<std::size_t>(parts.config.filter_uploads_per_minute)) {}

void RegisterClassProcessor::process(const remoting::RequestContext& context,
                                     remoting::RemotingCommand& request, Reply reply) {
  auto header = remoting::decode_header<Header>(request);
  if (!header) return reply(header.error());
  const std::string peer = context.channel->remote().text();
  if (const auto checked = check_names(*header); !checked)
    return refuse(reply, peer, *header, checked.error());
  if (auto filter = parts_.installed.find(header->className)) {
    if (const auto checked = check_replacement(context.channel, *header); !checked)
      return refuse(reply, peer, *header, checked.error());
    return install(*header, std::move(filter), std::move(reply));
  }

  const std::string_view text = request.body;
  if (const auto checked = check_upload(context.channel, *header, text); !checked)
    return refuse(reply, peer, *header, checked.error());
  if (parts_.filters.holds(header->topic, header->consumerGroup, header->className,
                           header->classCRC))
    return reply();
  if (const auto failure = failures_.find(header->topic, header->consumerGroup, header->classCRC))
    return refuse(reply, peer, *header, *failure);
  if (!rate_.admit(context.channel->id())) {
    return refuse(reply, peer, *header,
                  {ResponseCode::SystemBusy,
                   "more uploads a minute than filterUploadsPerMinute allows; try again later"});
  }
  compile_later(context.channel, std::move(*header), std::string(text), std::move(reply));
}

Result<void> RegisterClassProcessor::check_names(const Header& header) const {
  if (auto checked = check_name("topic", header.topic); !checked) return checked;
  if (auto checked = check_group_name(header.consumerGroup); !checked) return checked;
  if (!is_class_name(header.className)) {
    return system_error(
        "registerFilterClass error: the name of the class must have 1 to 255 letters, digits, '_', "
        "'$', '-' and dots");
  }
  if (!allowed_groups_.empty() && std::find(allowed_groups_.begin(), allowed_groups_.end(),
                                            header.consumerGroup) == allowed_groups_.end()) {
    return no_permission("group " + header.consumerGroup +
                         " may not register filters here (filterUploadAllowedGroups)");
  }
  return {};
}

/// Who may not upload a filter may not take one away either by the name of an installed one.
Result<void> RegisterClassProcessor::check_replacement(const remoting::ChannelPtr& channel,
                                                       const Header& header) const {
  const auto present = parts_.filters.find(header.topic, header.consumerGroup);
  if (present == nullptr || present->is_installed ||
      remoting::names_peer(parts_.config.filter_upload_allowed_addresses, *channel)) {
    return {};
  }
  return no_permission("group " + header.consumerGroup + " has uploaded class " +
                       present->class_name + " for topic " + header.topic +
                       ", and your address may not replace it (filterUploadAllowedAddresses)");
}

Result<void> RegisterClassProcessor::check_upload(const remoting::ChannelPtr& channel,
                                                  const Header& header,
                                                  std::string_view text) const {
  const FilterServerConfig& config = parts_.config;
  if (!config.client_upload_filter_class_enable) {
    return no_permission("class " + header.className +
                         " is not installed on this filter server, and it takes no uploads "
                         "(clientUploadFilterClassEnable)");
  }
  if (!remoting::names_peer(config.filter_upload_allowed_addresses, *channel)) {
    return no_permission("class " + header.className +
                         " is not installed on this filter server, and your address may not "
                         "upload one (filterUploadAllowedAddresses)");
  }
  if (text.empty())
    return system_error("registerFilterClass error: the upload has no text of the filter");
  const auto bytes_max = static_cast<std::size_t>(config.filter_upload_bytes_max);
  if (text.size() > bytes_max) {
    return system_error("registerFilterClass error: the text has " + std::to_string(text.size()) +
                        " bytes, more than the " + std::to_string(bytes_max) +
                        " that filterUploadBytesMax allows");
  }
  if (!is_crc_of(header.classCRC, text))
    return system_error("registerFilterClass error: classCRC is not the CRC-32 of the text");
  return {};
}

void RegisterClassProcessor::install(const Header& header, std::shared_ptr<Filter> filter,
                                     Reply reply) {
  // What is uploaded is not looked at: its CRC may be anything.
  if (parts_.filters.holds(header.topic, header.consumerGroup, header.className, 0)) return reply();
  auto entry = std::make_shared<RegisteredFilter>();
  entry->group = header.consumerGroup;
  entry->topic = header.topic;
  entry->class_name = header.className;
  entry->is_installed = true;
  entry->filter = std::move(filter);
  if (const auto put = parts_.filters.put(std::move(entry)); !put) {
    ++refused_;
    return reply(put.error());
  }
  ++taken_;
  if (const auto held_back = installs_log_.admit()) {
    spdlog::info("group {} uses the installed filter {} on topic {} (and {} such before)",
                 header.consumerGroup, header.className, header.topic, *held_back);
  }
  reply();
}

void RegisterClassProcessor::compile_later(const remoting::ChannelPtr& channel, Header header,
                                           std::string text, Reply reply) {
  struct Upload {
    Header header;
    std::string text;
    Reply reply;
  };
  const auto upload =
      std::make_shared<Upload>(Upload{std::move(header), std::move(text), std::move(reply)});
  const std::string peer = channel->remote().text();
  const Error busy{ResponseCode::SystemBusy, "too many uploads wait to be compiled"};
  const bool posted =
      parts_.upload_pool.post(channel->id(), [this, upload, peer, busy](WorkerPool::Fate fate) {
        if (upload->reply.is_peer_gone()) return upload->reply.drop();
        if (fate == WorkerPool::Fate::Refused)
          return refuse(upload->reply, peer, upload->header, busy);
        const auto compiled = compile(peer, upload->header, std::move(upload->text));
        if (!compiled) return refuse(upload->reply, peer, upload->header, compiled.error());
        upload->reply();
      });
  if (!posted) refuse(upload->reply, peer, upload->header, busy);
}

Result<void> RegisterClassProcessor::compile(const std::string& peer, const Header& header,
                                             std::string text) {
  // Another member of the group may have been first.
  if (parts_.filters.holds(header.topic, header.consumerGroup, header.className, header.classCRC))
    return {};
  const FilterSource source{.group = header.consumerGroup,
                            .topic = header.topic,
                            .class_name = header.className,
                            .text = std::move(text)};
  FilterEngine* const engine = engine_for(parts_.engines, source);
  if (engine == nullptr) {
    Error error = system_error(
        "registerFilterClass error: no engine of this filter server takes the text; on are: " +
        names_of(parts_.engines) +
        ". An expression begins with the line '#rmq-filter sql92'; or the operator installs "
        "filterClass." +
        header.className);
    failures_.note(header.topic, header.consumerGroup, header.classCRC, error);
    return error;
  }
  auto filter = engine->compile(source);
  if (!filter) {
    const std::string remark = "registerFilterClass error: " + filter.error().remark;
    // What the server lacks now, it may have at the next try.
    if (filter.error().code == ResponseCode::SystemBusy)
      return Error{ResponseCode::SystemBusy, remark};
    Error error = system_error(remark);
    failures_.note(header.topic, header.consumerGroup, header.classCRC, error);
    return error;
  }
  auto entry = std::make_shared<RegisteredFilter>();
  entry->group = header.consumerGroup;
  entry->topic = header.topic;
  entry->class_name = header.className;
  entry->crc = header.classCRC;
  entry->filter = std::move(*filter);
  if (auto put = parts_.filters.put(std::move(entry)); !put) return put;
  ++taken_;
  spdlog::info("{} has uploaded filter {} ({}, CRC {}) for group {} on topic {}", peer,
               header.className, engine->name(), header.classCRC, header.consumerGroup,
               header.topic);
  return {};
}

void RegisterClassProcessor::refuse(Reply& reply, const std::string& peer, const Header& header,
                                    const Error& error) {
  ++refused_;
  if (const auto held_back = refusals_log_.admit()) {
    spdlog::warn("upload of {} from {} is refused: {} (and {} such before)",
                 printable(header.className), peer, printable(error.remark), *held_back);
  }
  reply(error);
}

}  // namespace rocketmq::filtersrv
