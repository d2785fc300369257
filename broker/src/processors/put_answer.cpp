#include "processors/put_answer.hpp"

namespace rocketmq::broker {
namespace {

ResponseCode code_of(store::PutStatus status) {
  using store::PutStatus;
  switch (status) {
    case PutStatus::Ok: return ResponseCode::Success;
    case PutStatus::FlushDiskTimeout: return ResponseCode::FlushDiskTimeout;
    case PutStatus::FlushSlaveTimeout: return ResponseCode::FlushSlaveTimeout;
    case PutStatus::SlaveNotAvailable: return ResponseCode::SlaveNotAvailable;
    case PutStatus::MessageIllegal:
    case PutStatus::PropertiesSizeExceeded: return ResponseCode::MessageIllegal;
    case PutStatus::ServiceNotAvailable: return ResponseCode::ServiceNotAvailable;
    case PutStatus::OsPageCacheBusy: return ResponseCode::SystemBusy;
    case PutStatus::CreateMappedFileFailed:
    case PutStatus::UnknownError: return ResponseCode::SystemError;
  }
  return ResponseCode::SystemError;
}

}  // namespace

Error put_outcome(const store::PutResult& result) {
  const ResponseCode code = code_of(result.status);
  if (result.is_stored()) return {code, {}};
  if (result.status == store::PutStatus::OsPageCacheBusy) {
    return {code, "[REJECTREQUEST]system busy, start flow control for a while: " + result.remark};
  }
  return {code, result.remark.empty() ? store::to_string(result.status) : result.remark};
}

}  // namespace rocketmq::broker
