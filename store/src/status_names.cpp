#include "rocketmq/store/message_reader.hpp"
#include "rocketmq/store/message_writer.hpp"

namespace rocketmq::store {

const char* to_string(PutStatus status) {
  switch (status) {
    case PutStatus::Ok: return "PUT_OK";
    case PutStatus::FlushDiskTimeout: return "FLUSH_DISK_TIMEOUT";
    case PutStatus::FlushSlaveTimeout: return "FLUSH_SLAVE_TIMEOUT";
    case PutStatus::SlaveNotAvailable: return "SLAVE_NOT_AVAILABLE";
    case PutStatus::CreateMappedFileFailed: return "CREATE_MAPEDFILE_FAILED";
    case PutStatus::MessageIllegal: return "MESSAGE_ILLEGAL";
    case PutStatus::PropertiesSizeExceeded: return "PROPERTIES_SIZE_EXCEEDED";
    case PutStatus::ServiceNotAvailable: return "SERVICE_NOT_AVAILABLE";
    case PutStatus::OsPageCacheBusy: return "OS_PAGECACHE_BUSY";
    case PutStatus::UnknownError: return "UNKNOWN_ERROR";
  }
  return "UNKNOWN_ERROR";
}

const char* to_string(GetStatus status) {
  switch (status) {
    case GetStatus::Found: return "FOUND";
    case GetStatus::NoMatchedMessage: return "NO_MATCHED_MESSAGE";
    case GetStatus::MessageWasRemoving: return "MESSAGE_WAS_REMOVING";
    case GetStatus::OffsetFoundNull: return "OFFSET_FOUND_NULL";
    case GetStatus::OffsetOverflowBadly: return "OFFSET_OVERFLOW_BADLY";
    case GetStatus::OffsetOverflowOne: return "OFFSET_OVERFLOW_ONE";
    case GetStatus::OffsetTooSmall: return "OFFSET_TOO_SMALL";
    case GetStatus::NoMatchedLogicQueue: return "NO_MATCHED_LOGIC_QUEUE";
    case GetStatus::NoMessageInQueue: return "NO_MESSAGE_IN_QUEUE";
  }
  return "UNKNOWN";
}

}  // namespace rocketmq::store
