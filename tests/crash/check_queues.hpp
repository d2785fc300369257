#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "broker_daemon.hpp"
#include "ledger.hpp"
#include "rocketmq/protocol/queue_headers.hpp"

namespace rocketmq::test {

/// Reads every queue of the topic, from a little before what has been read already, or from the
/// beginning, and compares with the ledger. Fails fatally: for ASSERT_NO_FATAL_FAILURE.
inline void check_queues(BrokerClient& client, Ledger& ledger, const std::string& topic,
                         std::int32_t queues, bool from_the_beginning) {
  for (std::int32_t queue = 0; queue < queues; ++queue) {
    const auto max = client.ask(
        remoting::make_request(remoting::RequestCode::GetMaxOffset,
                               remoting::QueueRequestHeader{.topic = topic, .queueId = queue}));
    const auto end = std::stoull(field_of(max, "offset"));
    const std::size_t seen = ledger.seen_in(queue);
    ASSERT_GE(end, seen) << "queue " << queue << " has become shorter";
    const std::size_t first = from_the_beginning || seen < 40 ? 0 : seen - 40;
    const auto bodies =
        client.pull_all(topic, queue, end - first, static_cast<std::int64_t>(first));
    ASSERT_EQ(bodies.size(), end - first) << "queue " << queue << " cannot be read to its end";
    ASSERT_NO_FATAL_FAILURE(ledger.found(queue, static_cast<std::int64_t>(first), bodies));
  }
  ASSERT_NO_FATAL_FAILURE(ledger.expect_kept());
}

}  // namespace rocketmq::test
