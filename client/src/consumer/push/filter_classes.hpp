#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "consumer/consumer_context.hpp"

namespace rocketmq::client {

/// The filter classes of a consumer, and their way to the filter servers: each is uploaded to every
/// filter server of its topic's brokers after each heartbeat round, as soon as a route names a new
/// one, and when a filter server says that it does not have it (spec/filtersrv.md §5). Failures are
/// logged, and reach the error listener once. Safe on any thread; no call waits.
class FilterClasses : public std::enable_shared_from_this<FilterClasses> {
 public:
  /// Says that a filter server has to get the class first.
  static bool is_not_registered(const remoting::RemotingCommand& answer);

  explicit FilterClasses(std::weak_ptr<ConsumerContext> context) : context_(std::move(context)) {}

  /// `source` may be empty: the operator has installed the class.
  void put(const std::string& topic, FilterClass filter);
  void remove(const std::string& topic);

  /// To all filter servers.
  void upload_all() { upload(false); }
  /// To those that have not got theirs yet.
  void upload_new() { upload(true); }
  /// To this one; nothing happens while an upload to it is under way.
  void upload_to(const std::string& topic, const std::string& address);

 private:
  using Target = std::pair<std::string, std::string>;  // topic, filter server
  /// Shared with the uploads that are under way: a source may be long.
  using FilterClassPtr = std::shared_ptr<const FilterClass>;

  void upload(bool only_new);
  /// The filter servers of each topic that has a filter class.
  std::map<std::string, std::set<std::string>> servers_of(const ConsumerContext& context,
                                                          bool tells_of_none) const;
  void send(ConsumerContext& context, const Target& target, const FilterClassPtr& filter);
  void ended(const Target& target, const FilterClassPtr& filter, bool is_success);

  const std::weak_ptr<ConsumerContext> context_;
  mutable std::mutex mutex_;
  std::map<std::string, FilterClassPtr> by_topic_;  // guarded by mutex_
  std::set<Target> under_way_;                      // guarded by mutex_
  std::set<Target> uploaded_;                       // guarded by mutex_
};

}  // namespace rocketmq::client
