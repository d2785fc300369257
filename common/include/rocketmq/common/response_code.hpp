#pragma once

#include <cstdint>

namespace rocketmq {

/// What a response's `code` says. The numbers are the wire's.
///
/// Values from 10001 on never travel: they are the client's own, for what went wrong before a
/// response came.
enum class ResponseCode : std::int32_t {
  Success = 0,
  SystemError = 1,
  SystemBusy = 2,
  RequestCodeNotSupported = 3,
  TransactionFailed = 4,
  FlushDiskTimeout = 10,
  SlaveNotAvailable = 11,
  FlushSlaveTimeout = 12,
  MessageIllegal = 13,
  ServiceNotAvailable = 14,
  VersionNotSupported = 15,
  NoPermission = 16,
  TopicNotExist = 17,
  TopicExistAlready = 18,
  PullNotFound = 19,
  PullRetryImmediately = 20,
  PullOffsetMoved = 21,
  QueryNotFound = 22,
  SubscriptionParseFailed = 23,
  SubscriptionNotExist = 24,
  SubscriptionNotLatest = 25,
  SubscriptionGroupNotExist = 26,
  FilterDataNotExist = 27,
  FilterDataNotLatest = 28,
  NoBuyerId = 204,
  NotInCurrentUnit = 205,
  ConsumerNotOnline = 206,
  ConsumeMsgTimeout = 207,
  NoMessage = 208,
  FlowControl = 215,

  // Local to a process that asks.
  ConnectFailed = 10001,
  RequestTimeout = 10002,
  BrokerNotExist = 10003,
  NoNameServer = 10004,
  TopicRouteNotFound = 10005,
  ReplyTimeout = 10006,
  CreateReplyFailed = 10007,
  SendFailed = 10008,
  TooManyRequests = 10009,
  ShutDown = 10010,
};

/// The code's name as the documents spell it, e.g. "TOPIC_NOT_EXIST"; "UNKNOWN" for a number
/// without one.
const char* to_string(ResponseCode code);

}  // namespace rocketmq
