#include "processors/register_class.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/text.hpp"
#include "rocketmq/net/admission.hpp"
#include "rocketmq/remoting/peer_address.hpp"

namespace rocketmq::filtersrv {

using remoting::Reply;

namespace {

/// Of a remark in a line of the log.
constexpr std::size_t remark_bytes_max = 512;

Error no_permission(std::string remark) { return {ResponseCode::NoPermission, std::move(remark)}; }

Error refusal(const std::string& reason) {
  return {ResponseCode::SystemError, "registerFilterClass error: " + reason};
}

/// Clients mask the sign bit away; the original description does not say so.
bool is_crc_of(std::int32_t crc, std::string_view text) {
  return crc == masked_crc32(text) || crc == static_cast<std::int32_t>(crc32(text));
}

}  // namespace

struct RegisterClassProcessor::Upload {
  Header header;
  std::string text;
  Endpoint peer;
  Reply reply;
  /// Set by check().
  FilterEngine* engine = nullptr;
  /// "FILE:LINE" of the key, where uploads need a signature.
  std::string signer = {};
};

RegisterClassProcessor::RegisterClassProcessor(Parts parts)
    : parts_(parts),
      allowed_groups_(split(parts.config.filter_upload_allowed_groups, ';')),
      failures_(parts.clock),
      rate_(parts.clock),
      uploads_per_minute_(static_cast<std::size_t>(parts.config.filter_uploads_per_minute)) {}

void RegisterClassProcessor::process(const remoting::RequestContext& context,
                                     remoting::RemotingCommand& request, Reply reply) {
  auto header = remoting::decode_header<Header>(request);
  if (!header) return reply(header.error());
  const Endpoint& peer = context.channel->remote();
  if (const auto checked = check_names(*header); !checked)
    return refuse(reply, peer.text(), *header, checked.error());
  if (auto filter = parts_.installed.find(header->className, header->consumerGroup)) {
    if (const auto checked = check_replacement(context.channel, *header); !checked)
      return refuse(reply, peer.text(), *header, checked.error());
    return install(*header, net::address_key(peer), std::move(filter), std::move(reply));
  }

  const std::string_view text = request.body;
  if (const auto checked = check_sender(context.channel, *header, text.size()); !checked)
    return refuse(reply, peer.text(), *header, checked.error());
  if (is_held(*header)) return reply();
  if (const auto failure = failures_.find(header->topic, header->consumerGroup, header->classCRC))
    return refuse(reply, peer.text(), *header, *failure);
  post(parts_.pools.check(),
       std::make_shared<Upload>(
           Upload{std::move(*header), std::string(text), peer, std::move(reply)}),
       &RegisterClassProcessor::check);
}

Result<void> RegisterClassProcessor::check_names(const Header& header) const {
  if (auto checked = check_name("topic", header.topic); !checked) return checked;
  if (auto checked = check_group_name(header.consumerGroup); !checked) return checked;
  if (!is_class_name(header.className)) {
    return refusal(
        "the name of the class must have 1 to 255 letters, digits, '_', '$', '-' and dots");
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

Result<void> RegisterClassProcessor::check_sender(const remoting::ChannelPtr& channel,
                                                  const Header& header,
                                                  std::size_t text_bytes) const {
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
  if (!allowed_groups_.empty() && std::find(allowed_groups_.begin(), allowed_groups_.end(),
                                            header.consumerGroup) == allowed_groups_.end()) {
    return no_permission("class " + header.className +
                         " is not installed on this filter server, and group " +
                         header.consumerGroup + " may not upload one (filterUploadAllowedGroups)");
  }
  if (text_bytes == 0) return refusal("the upload has no text of the filter");
  const auto bytes_max = static_cast<std::size_t>(config.filter_upload_bytes_max);
  if (text_bytes <= bytes_max) return {};
  return refusal("the text has " + std::to_string(text_bytes) + " bytes, more than the " +
                 std::to_string(bytes_max) + " that filterUploadBytesMax allows");
}

bool RegisterClassProcessor::is_held(const Header& header) const {
  return parts_.filters.holds(header.topic, header.consumerGroup, header.className,
                              header.classCRC);
}

Result<void> RegisterClassProcessor::put(const Header& header, std::uint64_t sender,
                                         std::shared_ptr<Filter> filter, bool is_installed) {
  auto entry = std::make_shared<RegisteredFilter>();
  entry->group = header.consumerGroup;
  entry->topic = header.topic;
  entry->class_name = header.className;
  // What comes with the name of an installed filter is not looked at: its CRC may be anything.
  entry->crc = is_installed ? 0 : header.classCRC;
  entry->is_installed = is_installed;
  entry->sender = sender;
  entry->filter = std::move(filter);
  if (auto put = parts_.filters.put(std::move(entry)); !put) return put;
  ++taken_;
  return {};
}

void RegisterClassProcessor::install(const Header& header, std::uint64_t sender,
                                     std::shared_ptr<Filter> filter, Reply reply) {
  if (parts_.filters.holds(header.topic, header.consumerGroup, header.className, 0)) return reply();
  if (const auto installed = put(header, sender, std::move(filter), true); !installed) {
    ++refused_;
    return reply(installed.error());
  }
  if (const auto held_back = installs_log_.admit()) {
    spdlog::info("group {} uses the installed filter {} on topic {} (and {} such before)",
                 header.consumerGroup, header.className, header.topic, *held_back);
  }
  reply();
}

void RegisterClassProcessor::post(WorkerPool& pool, const UploadPtr& upload, Step step) {
  const Error busy{ResponseCode::SystemBusy, "too many uploads wait to be compiled"};
  // Addresses take turns, however many connections they have. None has the owner's lane, 0.
  const std::uint64_t lane = 1 + net::address_key(upload->peer);
  const bool posted = pool.post(lane, [this, upload, step, busy](WorkerPool::Fate fate) {
    if (upload->reply.is_peer_gone()) return upload->reply.drop();
    const auto done = fate == WorkerPool::Fate::Refused ? busy : (this->*step)(upload);
    if (!done) refuse(upload->reply, upload->peer.text(), upload->header, done.error());
  });
  if (!posted) refuse(upload->reply, upload->peer.text(), upload->header, busy);
}

Result<void> RegisterClassProcessor::check(const UploadPtr& upload) {
  const Header& header = upload->header;
  if (!is_crc_of(header.classCRC, upload->text))
    return refusal("classCRC is not the CRC-32 of the text");
  // Refusals up to here are not remembered: another's text may have the same CRC.
  const SignedText parts = read_signature(upload->text);
  if (parts_.keys != nullptr) {
    auto signer = parts_.keys->signer_of(parts);
    if (!signer) return no_permission("registerFilterClass error: " + signer.error().remark);
    upload->signer = std::move(*signer);
  }
  // All members of a group send it when they start: it counts once.
  if (is_held(header)) {
    upload->reply();
    return {};
  }
  // Nothing is compiled for what is refused then.
  const std::uint64_t sender = net::address_key(upload->peer);
  if (auto room = parts_.filters.check_room(header.topic, header.consumerGroup, sender); !room)
    return room;
  if (!rate_.admit(upload->peer, uploads_per_minute_)) {
    return Error{ResponseCode::SystemBusy,
                 "more uploads a minute than filterUploadsPerMinute allows; try again later"};
  }
  upload->text.resize(parts.text.size());
  const FilterSource source{.class_name = header.className, .text = upload->text};
  upload->engine = engine_for(parts_.engines, source);
  if (upload->engine == nullptr) {
    return note_failure(
        header,
        "no engine of this filter server takes the text; on are: " + names_of(parts_.engines) +
            ". An expression begins with the line '#rmq-filter sql92'; or the operator "
            "installs filterClass." +
            header.className);
  }
  WorkerPool* const compiler = parts_.pools.compiler_of(*upload->engine);
  if (compiler == nullptr) return compile(upload);
  post(*compiler, upload, &RegisterClassProcessor::compile);
  return {};
}

Result<void> RegisterClassProcessor::compile(const UploadPtr& upload) {
  const Header& header = upload->header;
  // Another member of the group may have been first.
  if (is_held(header)) {
    upload->reply();
    return {};
  }
  FilterEngine& engine = *upload->engine;
  auto filter = engine.compile({.group = header.consumerGroup,
                                .topic = header.topic,
                                .class_name = header.className,
                                .text = std::move(upload->text)});
  if (!filter) {
    // What the server lacks now, it may have at the next try.
    if (filter.error().code == ResponseCode::SystemBusy)
      return Error{ResponseCode::SystemBusy, refusal(filter.error().remark).remark};
    return note_failure(header, filter.error().remark);
  }
  std::shared_ptr<Filter> shared =
      engine.runs_code() ? parts_.pools.ended_here(std::move(*filter)) : std::move(*filter);
  const std::uint64_t sender = net::address_key(upload->peer);
  if (auto done = put(header, sender, std::move(shared), false); !done) return done;
  spdlog::info("{} has uploaded filter {} ({}, CRC {}{}) for group {} on topic {}",
               upload->peer.text(), header.className, engine.name(), header.classCRC,
               upload->signer.empty() ? "" : ", signed with the key at " + upload->signer,
               header.consumerGroup, header.topic);
  upload->reply();
  return {};
}

Error RegisterClassProcessor::note_failure(const Header& header, const std::string& reason) {
  Error error = refusal(reason);
  failures_.note(header.topic, header.consumerGroup, header.classCRC, error);
  return error;
}

void RegisterClassProcessor::refuse(Reply& reply, const std::string& peer, const Header& header,
                                    const Error& error) {
  ++refused_;
  if (const auto held_back = refusals_log_.admit()) {
    spdlog::warn("upload of {} from {} is refused: {} (and {} such before)",
                 printable(header.className), peer, printable(error.remark, remark_bytes_max),
                 *held_back);
  }
  reply(error);
}

}  // namespace rocketmq::filtersrv
