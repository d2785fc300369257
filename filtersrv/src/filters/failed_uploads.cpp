#include "filters/failed_uploads.hpp"

#include <string>
#include <utility>

#include "filters/filter_key.hpp"

namespace rocketmq::filtersrv {

void FailedUploads::note(std::string_view topic, std::string_view group, std::int32_t crc,
                         const Error& error) {
  std::string key = filter_key(topic, group);
  const std::lock_guard lock(mutex_);
  if (failures_.size() >= failures_max && !failures_.contains(key)) failures_.clear();
  failures_.insert_or_assign(std::move(key), Failure{crc, error, clock_.steady_now()});
}

std::optional<Error> FailedUploads::find(std::string_view topic, std::string_view group,
                                         std::int32_t crc) const {
  const std::string key = filter_key(topic, group);
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(key);
  if (found == failures_.end() || found->second.crc != crc) return std::nullopt;
  if (clock_.steady_now() - found->second.at > remembered) return std::nullopt;
  return found->second.error;
}

}  // namespace rocketmq::filtersrv
