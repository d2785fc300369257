#include "rocketmq/access/access_control.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "rocketmq/access/access_refusal.hpp"
#include "rocketmq/acl/permissions.hpp"
#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/text.hpp"
#include "rocketmq/common/text_hash.hpp"
#include "rocketmq/protocol/request_signature.hpp"

namespace rocketmq::acl {

using remoting::Action;
using remoting::CallerPtr;
using remoting::RemotingCommand;
using remoting::RequestCode;
using remoting::Resource;
using remoting::RouteSpec;
using remoting::SignatureCheck;

namespace {

std::atomic<std::uint64_t> next_id{1};

/// Longer than the steps of the times that file systems keep.
constexpr std::int64_t stamp_settles_after_ms = 2'000;

Error refusal(std::string_view what) {
  return {ResponseCode::SystemError, std::string(access_refusal).append(": ").append(what)};
}

/// Requests about the accounts themselves: an address alone is not trusted with them.
bool is_about_accounts(RequestCode code) {
  return code == RequestCode::UpdateAndCreateAclConfig || code == RequestCode::DeleteAclConfig ||
         code == RequestCode::UpdateGlobalWhiteAddrsConfig ||
         code == RequestCode::GetBrokerClusterAclConfig;
}

bool is_for_administrators(const RouteSpec& spec) {
  return spec.effect == remoting::Effect::Administers ||
         spec.effect == remoting::Effect::AdministersMaster || is_about_accounts(spec.code);
}

Need need_of(Action action) {
  if (action == Action::Pub) return Need::Pub;
  return action == Action::Sub ? Need::Sub : Need::Either;
}

std::string_view wish_of(Need need) {
  switch (need) {
    case Need::Pub: return "PUB";
    case Need::Sub: return "SUB";
    case Need::Either: break;
  }
  return "PUB or SUB";
}

void log_refusal(const RouteSpec& spec, const Endpoint& peer, const Error& error) {
  static LogLimiter limiter;
  if (const auto held_back = limiter.admit()) {
    spdlog::warn("access: request {} of {} refused: {} (and {} requests before)", spec.name,
                 peer.text(), error.remark, *held_back);
  }
}

/// A file with secrets is made for its owner only.
void make_private(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) ::close(fd);
}

}  // namespace

/// An account in force.
struct AccessControl::Account {
  explicit Account(const AccountConfig& from) : config(from), signer(from.secret_key) {}

  AccountConfig config;
  remoting::RequestSigner signer;
  CallerPtr caller;
};

struct AccessControl::Table {
  using AccountPtr = std::shared_ptr<const Account>;

  std::shared_ptr<const AccessFiles> files;
  AddressPatterns global_white;
  TextMap<AccountPtr> accounts;

  const Account* find(std::string_view access_key) const {
    const auto found = accounts.find(access_key);
    return found == accounts.end() ? nullptr : found->second.get();
  }
  bool trusts(const Endpoint& peer, const Account* account) const {
    return global_white.matches(peer) ||
           (account != nullptr && account->config.white_addresses.matches(peer));
  }
};

/// Has signed with an account's secret.
class AccessControl::SignedCaller final : public remoting::Caller {
 public:
  SignedCaller(const AccessControl& control, const AccountConfig& account)
      : control_(control), access_key_(account.access_key), secret_key_(account.secret_key) {}

  Result<void> may(Resource resource, Action action, std::string_view name) const override {
    const Account* const account = control_.table().find(access_key_);
    // What was held for an account ends with it, and with its secret.
    if (account == nullptr || account->config.secret_key != secret_key_)
      return refusal("the account " + access_key_ + " has been deleted or has another secret");
    return control_.may(*account, resource, action, name);
  }

 private:
  const AccessControl& control_;
  const std::string access_key_;
  const std::string secret_key_;
};

/// Comes from a trusted address.
class AccessControl::TrustedCaller final : public remoting::Caller {
 public:
  TrustedCaller(const AccessControl& control, const Endpoint& peer, std::string_view access_key)
      : control_(control), peer_(peer), access_key_(access_key) {}

  Result<void> may(Resource, Action, std::string_view) const override {
    const Table& now = control_.table();
    if (now.trusts(peer_, now.find(access_key_))) return {};
    return refusal("the address " + peer_.ip_text() + " is in no white list any more");
  }

 private:
  const AccessControl& control_;
  const Endpoint peer_;
  const std::string access_key_;
};

AccessControl::AccessControl(AccessPaths paths, std::string reply_topic, const Clock& clock)
    : paths_(std::move(paths)),
      reply_topic_(std::move(reply_topic)),
      clock_(clock),
      id_(next_id.fetch_add(1, std::memory_order_relaxed)),
      table_(std::make_shared<const Table>()) {
  set_table({});
}

AccessControl::~AccessControl() = default;

const AccessControl::Table& AccessControl::table() const {
  struct Seen {
    std::uint64_t id = 0;
    std::uint64_t version = 0;
    TablePtr table;
  };
  thread_local Seen seen;
  if (seen.id != id_ || seen.version != version_.load(std::memory_order_acquire)) [[unlikely]] {
    Seen next;
    {
      const std::lock_guard lock(mutex_);
      next = {id_, version_.load(std::memory_order_relaxed), table_};
    }
    seen = std::move(next);  // the last one of a table frees it, without the lock
  }
  return *seen.table;
}

void AccessControl::set_table(AccessFiles files) {
  auto table = std::make_shared<Table>();
  for (const AccessFiles::File& file : files.files) {
    table->global_white.add(file.config.global_white);
    for (const AccountConfig& config : file.config.accounts) {
      auto account = std::make_shared<Account>(config);
      account->caller = std::make_shared<SignedCaller>(*this, config);
      table->accounts.emplace(config.access_key, std::move(account));
    }
  }
  table->files = std::make_shared<const AccessFiles>(std::move(files));
  TablePtr made = std::move(table);
  const std::lock_guard lock(mutex_);
  table_.swap(made);
  version_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const AccessFiles> AccessControl::files() const {
  const std::lock_guard lock(mutex_);
  return table_->files;
}

Result<void> AccessControl::load() {
  const std::lock_guard lock(update_mutex_);
  const auto stamps = stamp_access_files(paths_);
  if (!stamps) return stamps.error();
  auto texts = read_access_texts(*stamps);
  if (!texts) return texts.error();
  auto files = parse_access_texts(paths_, *texts);
  if (!files) return files.error();
  for (const std::string& warning : files->warnings) spdlog::warn("access: {}", warning);
  std::size_t accounts = 0;
  for (const auto& file : files->files) accounts += file.config.accounts.size();
  spdlog::info("access: {} accounts in {} files", accounts, texts->size());
  if (accounts == 0) {
    spdlog::warn("access: there is no account, and all but trusted addresses are refused: {}",
                 paths_.file.string());
  }
  texts_ = *std::move(texts);
  set_table(*std::move(files));
  return {};
}

/// The texts as they are now; nothing when no file has changed since they were read.
Result<std::optional<AccessTexts>> AccessControl::read_what_changed() {
  auto stamps = stamp_access_files(paths_);
  if (!stamps) return stamps.error();
  if (!stamps_.empty() && *stamps == stamps_) return std::optional<AccessTexts>();
  stamps_.clear();
  auto texts = read_access_texts(*stamps);
  if (!texts) return texts.error();
  // A file may change once more within the same tick of its time.
  const std::int64_t settled_ns = (clock_.now_ms() - stamp_settles_after_ms) * 1'000'000;
  const bool are_settled = std::all_of(stamps->begin(), stamps->end(), [&](const auto& file) {
    return file.second.modified_ns < settled_ns;
  });
  if (are_settled) stamps_ = *std::move(stamps);
  return std::optional(*std::move(texts));
}

void AccessControl::reload() {
  const std::lock_guard lock(update_mutex_);
  auto texts = read_what_changed();
  if (!texts) {
    static LogLimiter limiter;
    if (limiter.admit())
      spdlog::error("access: {}; the accounts stay as they are", texts.error().remark);
    return;
  }
  if (!*texts || **texts == texts_) return;
  texts_ = **std::move(texts);
  auto files = parse_access_texts(paths_, texts_);
  if (!files) {
    spdlog::error("access: {}; the accounts stay as they are", files.error().remark);
    return;
  }
  for (const std::string& warning : files->warnings) spdlog::warn("access: {}", warning);
  spdlog::info("access: the accounts have been read again");
  set_table(*std::move(files));
}

void AccessControl::reload_soon(WorkerPool& pool) {
  reload_task_.post(pool, [this] { reload(); });
}

Result<void> AccessControl::identify(const Account* account, const RemotingCommand& request) {
  if (account == nullptr) {
    const auto access_key =
        request.ext_fields.find(remoting::signature_field::access_key).value_or("");
    if (access_key.empty())
      return refusal("No accessKey is configured: the request has no field AccessKey");
    return refusal("No acl config for " + printable(access_key));
  }
  const auto signature = request.ext_fields.find(remoting::signature_field::signature);
  switch (account->signer.check(request, signature.value_or(""))) {
    case SignatureCheck::Valid: return {};
    case SignatureCheck::FieldGivenTwice: return refusal("the request has a field twice");
    case SignatureCheck::Wrong: break;
  }
  return refusal("Check signature failed for accessKey=" + account->config.access_key);
}

Result<void> AccessControl::may(const Account& account, Resource resource, Action action,
                                std::string_view name) const {
  const std::string& access_key = account.config.access_key;
  const AccountPermissions& permissions = account.config.permissions;
  if (resource == Resource::Cluster || action == Action::List || action == Action::Create ||
      action == Action::Update || action == Action::Delete) {
    if (action == Action::Get || action == Action::List || permissions.is_admin) return {};
    return refusal("the account " + access_key + " is no administrator");
  }
  const Need need = need_of(action);
  const bool is_topic = resource == Resource::Topic;
  // What clients send without their users knowing: traces, and replies to requests.
  const bool is_open_to_all =
      is_topic && need == Need::Pub &&
      (name == names::trace_topic || (name == reply_topic_ && !permissions.topics.contains(name)));
  const bool is_allowed = is_topic ? is_open_to_all || permissions.may_use_topic(need, name)
                                   : permissions.may_use_group(need, name);
  if (is_allowed) return {};
  return refusal("the account " + access_key + " has no permission " + std::string(wish_of(need)) +
                 " for the " + (is_topic ? "topic " : "group ") + printable(name));
}

Result<void> AccessControl::check_permissions(const Account& account, const RouteSpec& spec,
                                              const RemotingCommand& request) const {
  for (const remoting::Permission& permission : spec.access.permissions()) {
    std::string_view name;
    const bool has_name =
        permission.resource != Resource::Cluster && permission.action != Action::List;
    if (has_name) {
      // The processor judges what it finds elsewhere, and refuses what is missing and needed.
      if (permission.field.empty()) continue;
      name = request.ext_fields.find(permission.field).value_or("");
      if (name.empty()) continue;
    }
    if (auto allowed = may(account, permission.resource, permission.action, name); !allowed)
      return allowed;
  }
  return {};
}

Result<CallerPtr> AccessControl::admit(const RouteSpec& spec, const RemotingCommand& request,
                                       const Endpoint& peer) const {
  const Table& now = table();
  const auto access_key =
      request.ext_fields.find(remoting::signature_field::access_key).value_or("");
  const Account* const account = now.find(access_key);
  if (!is_about_accounts(spec.code) && now.trusts(peer, account))
    return std::make_shared<TrustedCaller>(*this, peer, access_key);
  Result<void> allowed = identify(account, request);
  if (allowed && is_for_administrators(spec)) {
    // Who administers may do what no list names: the permissions are about messages.
    if (!account->config.permissions.is_admin) {
      allowed = refusal("the account " + account->config.access_key +
                        " is no administrator, whom " + std::string(spec.name) + " needs");
    }
  } else if (allowed) {
    allowed = check_permissions(*account, spec, request);
  }
  if (allowed) return account->caller;
  log_refusal(spec, peer, allowed.error());
  return allowed.error();
}

std::filesystem::path AccessControl::file_with(std::string_view access_key) const {
  for (const AccessFiles::File& file : files()->files) {
    for (const AccountConfig& account : file.config.accounts) {
      if (account.access_key == access_key) return file.path;
    }
  }
  return {};
}

Result<std::filesystem::path> AccessControl::file_named(std::string_view name) const {
  if (name.empty()) return paths_.file;
  for (const AccessFiles::File& file : files()->files) {
    if (file.path.string() == name) return file.path;
  }
  return Error{ResponseCode::SystemError,
               "this broker has no such file of accounts: " + printable(name)};
}

template <class Edit>
Result<void> AccessControl::change(const std::filesystem::path& file, const Edit& edit) {
  const auto stamps = stamp_access_files(paths_);
  if (!stamps) return stamps.error();
  auto texts = read_access_texts(*stamps);
  if (!texts) return texts.error();
  auto& text = (*texts)[file];
  auto edited = edit(std::string_view(text));
  if (!edited) return edited.error();
  text = *std::move(edited);
  auto files = parse_access_texts(paths_, *texts);
  if (!files) return files.error();
  std::error_code failure;
  std::filesystem::create_directories(file.parent_path(), failure);
  make_private(file);
  if (auto written = write_file_atomically(file, text); !written) return written;
  texts_ = *std::move(texts);
  stamps_.clear();
  set_table(*std::move(files));
  return {};
}

Result<void> AccessControl::put_account(const AccountUpdate& update) {
  const std::lock_guard lock(update_mutex_);
  const auto known = file_with(update.access_key);
  return change(known.empty() ? paths_.file : known,
                [&](std::string_view text) { return with_account(text, update, clock_.now_ms()); });
}

Result<void> AccessControl::delete_account(std::string_view access_key) {
  const std::lock_guard lock(update_mutex_);
  auto known = file_with(access_key);
  if (known.empty())
    return Error{ResponseCode::SystemError, "there is no account " + printable(access_key)};
  // A later file may have it as well, which would count from now on.
  for (; !known.empty(); known = file_with(access_key)) {
    auto deleted = change(known, [&](std::string_view text) {
      return without_account(text, access_key, clock_.now_ms());
    });
    if (!deleted) return deleted;
  }
  return {};
}

Result<void> AccessControl::set_global_addresses(std::string_view addresses,
                                                 std::string_view file) {
  const std::lock_guard lock(update_mutex_);
  const auto known = file_named(file);
  if (!known) return known.error();
  return change(*known, [&](std::string_view text) {
    return with_global_addresses(text, addresses, clock_.now_ms());
  });
}

}  // namespace rocketmq::acl
