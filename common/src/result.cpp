#include "rocketmq/common/result.hpp"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "rocketmq/common/shared_log.hpp"

namespace rocketmq {

const char* to_string(ResponseCode code) {
  switch (code) {
    case ResponseCode::Success: return "SUCCESS";
    case ResponseCode::SystemError: return "SYSTEM_ERROR";
    case ResponseCode::SystemBusy: return "SYSTEM_BUSY";
    case ResponseCode::RequestCodeNotSupported: return "REQUEST_CODE_NOT_SUPPORTED";
    case ResponseCode::TransactionFailed: return "TRANSACTION_FAILED";
    case ResponseCode::FlushDiskTimeout: return "FLUSH_DISK_TIMEOUT";
    case ResponseCode::SlaveNotAvailable: return "SLAVE_NOT_AVAILABLE";
    case ResponseCode::FlushSlaveTimeout: return "FLUSH_SLAVE_TIMEOUT";
    case ResponseCode::MessageIllegal: return "MESSAGE_ILLEGAL";
    case ResponseCode::ServiceNotAvailable: return "SERVICE_NOT_AVAILABLE";
    case ResponseCode::VersionNotSupported: return "VERSION_NOT_SUPPORTED";
    case ResponseCode::NoPermission: return "NO_PERMISSION";
    case ResponseCode::TopicNotExist: return "TOPIC_NOT_EXIST";
    case ResponseCode::TopicExistAlready: return "TOPIC_EXIST_ALREADY";
    case ResponseCode::PullNotFound: return "PULL_NOT_FOUND";
    case ResponseCode::PullRetryImmediately: return "PULL_RETRY_IMMEDIATELY";
    case ResponseCode::PullOffsetMoved: return "PULL_OFFSET_MOVED";
    case ResponseCode::QueryNotFound: return "QUERY_NOT_FOUND";
    case ResponseCode::SubscriptionParseFailed: return "SUBSCRIPTION_PARSE_FAILED";
    case ResponseCode::SubscriptionNotExist: return "SUBSCRIPTION_NOT_EXIST";
    case ResponseCode::SubscriptionNotLatest: return "SUBSCRIPTION_NOT_LATEST";
    case ResponseCode::SubscriptionGroupNotExist: return "SUBSCRIPTION_GROUP_NOT_EXIST";
    case ResponseCode::FilterDataNotExist: return "FILTER_DATA_NOT_EXIST";
    case ResponseCode::FilterDataNotLatest: return "FILTER_DATA_NOT_LATEST";
    case ResponseCode::NoBuyerId: return "NO_BUYER_ID";
    case ResponseCode::NotInCurrentUnit: return "NOT_IN_CURRENT_UNIT";
    case ResponseCode::ConsumerNotOnline: return "CONSUMER_NOT_ONLINE";
    case ResponseCode::ConsumeMsgTimeout: return "CONSUME_MSG_TIMEOUT";
    case ResponseCode::NoMessage: return "NO_MESSAGE";
    case ResponseCode::FlowControl: return "FLOW_CONTROL";
    case ResponseCode::ConnectFailed: return "CONNECT_FAILED";
    case ResponseCode::RequestTimeout: return "REQUEST_TIMEOUT";
    case ResponseCode::BrokerNotExist: return "BROKER_NOT_EXIST";
    case ResponseCode::NoNameServer: return "NO_NAME_SERVER";
    case ResponseCode::TopicRouteNotFound: return "TOPIC_ROUTE_NOT_FOUND";
    case ResponseCode::ReplyTimeout: return "REPLY_TIMEOUT";
    case ResponseCode::CreateReplyFailed: return "CREATE_REPLY_FAILED";
    case ResponseCode::SendFailed: return "SEND_FAILED";
    case ResponseCode::TooManyRequests: return "TOO_MANY_REQUESTS";
    case ResponseCode::ShutDown: return "SHUT_DOWN";
  }
  return "UNKNOWN";
}

std::string to_string(const Error& error) {
  return std::string(to_string(error.code)) + " (" + std::to_string(static_cast<int>(error.code)) +
         "): " + error.remark;
}

namespace detail {

void throw_error(const Error& error) {
  throw std::logic_error("a Result without a value was asked for it: " + to_string(error));
}

void invariant_broken(std::string_view invariant, const char* file, int line) {
  shared_log().critical("broken invariant: {} ({}:{})", invariant, file, line);
  shared_log().flush();
  std::fprintf(stderr, "broken invariant: %.*s (%s:%d)\n", static_cast<int>(invariant.size()),
               invariant.data(), file, line);
  std::abort();
}

}  // namespace detail
}  // namespace rocketmq
