#include "processors/resume_check.hpp"

#include "admin_fixture.hpp"
#include "rocketmq/protocol/admin_headers.hpp"

namespace rocketmq::broker::test {
namespace {

class ResumeCheckTest : public AdminFixture {
 protected:
  ResumeCheckProcessor processor{topics, store, store};

  Answer resume(std::int64_t offset) {
    return ask(processor, &ResumeCheckProcessor::process,
               remoting::ResumeCheckHalfMessageRequestHeader{
                   .msgId = encode_offset_message_id(Endpoint{}, offset)});
  }
  std::int64_t put_given_up(const std::string& topic, bool with_place) {
    std::string properties;
    append_property(properties, property::transaction_check_times, "15");
    if (with_place) {
      append_property(properties, property::real_topic, "T");
      append_property(properties, property::real_queue_id, "3");
    }
    std::int64_t offset = -1;
    store.put({.topic = topic, .born_timestamp_ms = 5, .body = "half", .properties = properties},
              [&](const store::PutResult& result) { offset = result.physical_offset; });
    return offset;
  }
};

TEST_F(ResumeCheckTest, PutsAMessageThatWasGivenUpBackWithoutItsCount) {
  const auto offset = put_given_up("TRANS_CHECK_MAX_TIME_TOPIC", true);
  EXPECT_EQ(resume(offset).code(), ResponseCode::Success);
  const auto& half = store.log().back();
  EXPECT_EQ(half.topic, "RMQ_SYS_TRANS_HALF_TOPIC");
  EXPECT_EQ(half.queue_id, 0);
  EXPECT_EQ(half.property("TRANSACTION_CHECK_TIMES"), "0");
  EXPECT_EQ(half.property("REAL_TOPIC"), "T");
  EXPECT_EQ(half.property("REAL_QID"), "3");
  EXPECT_EQ(half.record().body, "half");
  EXPECT_EQ(half.record().born_timestamp_ms, 5);
}

TEST_F(ResumeCheckTest, RefusesOtherMessages) {
  EXPECT_EQ(resume(put_given_up("T", true)).code(), ResponseCode::SystemError);
  EXPECT_EQ(resume(put_given_up("TRANS_CHECK_MAX_TIME_TOPIC", false)).code(),
            ResponseCode::SystemError);
  EXPECT_EQ(resume(1'000'000).code(), ResponseCode::SystemError);
  EXPECT_EQ(ask(processor, &ResumeCheckProcessor::process,
                remoting::ResumeCheckHalfMessageRequestHeader{.msgId = "12"})
                .code(),
            ResponseCode::SystemError);
  EXPECT_TRUE(store.messages_of("RMQ_SYS_TRANS_HALF_TOPIC").empty());
}

TEST_F(ResumeCheckTest, SaysThatTheStoreDoesNotTakeIt) {
  const auto offset = put_given_up("TRANS_CHECK_MAX_TIME_TOPIC", true);
  store.next_status = store::PutStatus::ServiceNotAvailable;
  EXPECT_EQ(resume(offset).code(), ResponseCode::SystemError);
}

}  // namespace
}  // namespace rocketmq::broker::test
