#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "rocketmq/access/access_files.hpp"
#include "rocketmq/acl/access_edit.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/one_task.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/remoting/access_guard.hpp"

namespace rocketmq::acl {

/// The accounts, and what they may do (spec/broker.md §18, docs/acl.md).
///
/// Runs on: admit() and may() of its callers on any thread, without a lock but after a change of
/// the accounts; load(), reload() and the changes wait for the disk. Bounded: files by
/// access_file_bytes_max and access_files_max.
class AccessControl final : public remoting::AccessGuard {
 public:
  /// `reply_topic` is the one to which consumers of this cluster send their replies; empty on a
  /// name server. `clock` must outlive the object.
  AccessControl(AccessPaths paths, std::string reply_topic, const Clock& clock);
  ~AccessControl() override;

  /// Reads the files at the start. Error: names file and line.
  Result<void> load();
  /// Reads them again if one of them has changed. Good ones replace what is known; of bad ones the
  /// log tells once, and what was known stays.
  void reload();
  /// The same, on the pool, unless it has not come to the last such call yet.
  void reload_soon(WorkerPool& pool);

  Result<remoting::CallerPtr> admit(const remoting::RouteSpec& spec,
                                    const remoting::RemotingCommand& request,
                                    const Endpoint& peer) const override;

  /// Changes the file that has the account, or adds it to the main one. Saved when this returns.
  Result<void> put_account(const AccountUpdate& update);
  /// From all files that have it.
  Result<void> delete_account(std::string_view access_key);
  /// `file` is one of those read; empty is the main one.
  Result<void> set_global_addresses(std::string_view addresses, std::string_view file);

  /// The content of all files, as it is in force. Not for showing: it has the secrets.
  std::shared_ptr<const AccessFiles> files() const;

 private:
  struct Account;
  struct Table;
  class SignedCaller;
  class TrustedCaller;
  using TablePtr = std::shared_ptr<const Table>;

  /// Valid until the next call on this thread.
  const Table& table() const;
  void set_table(AccessFiles files);
  Result<std::optional<AccessTexts>> read_what_changed();
  static Result<void> identify(const Account* account, const remoting::RemotingCommand& request);
  Result<void> may(const Account& account, remoting::Resource resource, remoting::Action action,
                   std::string_view name) const;
  Result<void> check_permissions(const Account& account, const remoting::RouteSpec& spec,
                                 const remoting::RemotingCommand& request) const;
  template <class Edit>
  Result<void> change(const std::filesystem::path& file, const Edit& edit);
  Result<std::filesystem::path> file_named(std::string_view name) const;
  std::filesystem::path file_with(std::string_view access_key) const;

  const AccessPaths paths_;
  const std::string reply_topic_;
  const Clock& clock_;
  /// Tells the objects of a process apart, for what each thread has seen last.
  const std::uint64_t id_;

  std::mutex update_mutex_;  // held while files are read and written; taken before mutex_
  AccessTexts texts_;        // guarded by update_mutex_; read last, good or bad
  /// Of the files that texts_ has; empty while they may have changed since. Guarded by
  /// update_mutex_.
  AccessStamps stamps_;
  OneTask reload_task_;

  mutable std::mutex mutex_;
  TablePtr table_;                         // guarded by mutex_
  std::atomic<std::uint64_t> version_{0};  // of table_; written under mutex_
};

}  // namespace rocketmq::acl
