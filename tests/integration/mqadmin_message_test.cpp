#include <fstream>
#include <iterator>

#include "mqadmin_fixture.hpp"

namespace rocketmq::test {
namespace {

using testing::HasSubstr;

class MqadminMessageTest : public MqadminTest {
 protected:
  explicit MqadminMessageTest(const std::string& more_broker_keys = {})
      : MqadminTest(1, more_broker_keys) {
    make_topic("T_msg", "2");
  }

  SendResult send_one(const std::string& body = "query me", int queue = 1) const {
    DefaultMQProducer producer("PG");
    producer.setNamesrvAddr(cluster.name_server());
    producer.start();
    Message message("T_msg", "TagQ", "akey other", body);
    message.putUserProperty("pp", "vv");
    return producer.send(message, MessageQueue("T_msg", "broker-a", queue));
  }
  /// The index is built a moment after the send.
  Ran once_indexed(const std::vector<std::string>& words) const {
    Ran ran;
    EXPECT_TRUE(eventually([&] {
      ran = mqadmin(words);
      return ran.status == 0;
    })) << ran.error_output;
    return ran;
  }
  static std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
};

TEST_F(MqadminMessageTest, QueryMsgByIdShowsAMessageAndWritesItsBody) {
  const SendResult sent = send_one();
  const Ran ran = mqadmin({"queryMsgById", "-i", sent.getOffsetMsgId()});
  ASSERT_THAT(ran, Printed("OffsetID:            " + sent.getOffsetMsgId() +
                           "\nTopic:               T_msg\nTags:                [TagQ]\n"
                           "Keys:                [akey other]\nQueue ID:            1\n"
                           "Queue Offset:        0\nCommitLog Offset:    "));
  EXPECT_THAT(ran.out, HasSubstr("\nReconsume Times:     0\nBorn Timestamp:      20"));
  EXPECT_THAT(ran.out, HasSubstr("\nStore Host:          " + broker() + "\n"));
  EXPECT_THAT(ran.out, HasSubstr("pp=vv"));
  EXPECT_THAT(ran.out, HasSubstr("\n\n\nWARN: No Consumer\n"));
  const std::string heading = "Message Body Path:   ";
  const auto at = ran.out.find(heading) + heading.size();
  const std::string path = ran.out.substr(at, ran.out.find('\n', at) - at);
  EXPECT_EQ(content_of(path), "query me") << path;

  EXPECT_THAT(mqadmin({"queryMsgById", "-i", sent.getOffsetMsgId(), "-f", "UTF-8"}),
              Printed("Message Body:        query me\n"));
  EXPECT_THAT(mqadmin({"queryMsgById", "-i", sent.getOffsetMsgId(), "--json"}),
              Printed(R"("body":"query me")"));
  EXPECT_THAT(mqadmin({"queryMsgById", "-i", sent.getOffsetMsgId(), "-s", "true"}),
              Printed("prepare resend msg. originalMsgId=" + sent.getOffsetMsgId() +
                      "\nSendResult [sendStatus=SEND_OK, msgId=" + sent.getMsgId()));
  once_indexed({"queryMsgById", "-i", sent.getMsgId(), "-t", "T_msg"});

  EXPECT_THAT(mqadmin({"queryMsgById", "-i", "abc"}), FailedWith(208));
  // An id of a broker's form that leads to no message.
  const std::string nowhere = sent.getOffsetMsgId().substr(0, 16) + "00000000000000FF";
  EXPECT_THAT(mqadmin({"queryMsgById", "-i", nowhere}), FailedWith(208));
  EXPECT_THAT(mqadmin({"queryMsgById", "-i", sent.getOffsetMsgId(), "-g", "CG"}),
              RefusedWith("both of -g and -d"));
}

TEST_F(MqadminMessageTest, QueryMsgByIdTellsWhatGroupsDidAndLetsOneConsumeItAgain) {
  TestConsumer reader(cluster.name_server(), "CG", "T_msg", "TagQ");
  TestConsumer other(cluster.name_server(), "CG_other", "T_msg", "TagX");
  const SendResult sent = send_one();
  ASSERT_TRUE(reader.inbox.wait_for(1));
  EXPECT_TRUE(eventually([&] {
    const Ran ran = mqadmin({"queryMsgById", "-i", sent.getOffsetMsgId()});
    return ran.out.find(
               "MessageTrack [consumerGroup=CG, trackType=CONSUMED, "
               "exceptionDesc=null]\n") != std::string::npos &&
           ran.out.find(
               "MessageTrack [consumerGroup=CG_other, trackType=CONSUMED_BUT_FILTERED, "
               "exceptionDesc=null]\n") != std::string::npos;
  }));
  const Ran members = mqadmin({"consumerConnection", "-g", "CG"});
  ASSERT_EQ(members.status, 0) << members.error_output;
  const std::string client_id = members.lines()[1].substr(0, members.lines()[1].find(' '));
  EXPECT_THAT(mqadmin({"queryMsgById", "-i", sent.getOffsetMsgId(), "-g", "CG", "-d", client_id}),
              Printed("ConsumeMessageDirectlyResult [order=false, autoCommit=true, "
                      "consumeResult=CR_SUCCESS, remark=null, spentTimeMills="));
  EXPECT_THAT(mqadmin({"queryMsgById", "-i", sent.getOffsetMsgId(), "-g", "CG", "-d", "nobody"}),
              FailedWith(1));
}

TEST_F(MqadminMessageTest, QueriesByKeyAndByTheSendersIdFindAMessage) {
  const SendResult sent = send_one();
  const Ran by_key = once_indexed({"queryMsgByKey", "-t", "T_msg", "-k", "akey"});
  EXPECT_EQ(by_key.lines()[0],
            "#Message ID                                        #QID                              "
            "    #Offset");
  EXPECT_THAT(by_key.lines()[1], testing::StartsWith(sent.getMsgId()));
  EXPECT_THAT(by_key.lines()[1],
              testing::EndsWith("   1                                        0"));
  const Ran unique = once_indexed({"queryMsgByUniqueKey", "-t", "T_msg", "-i", sent.getMsgId()});
  EXPECT_TRUE(unique.out.starts_with("Topic:               T_msg\n")) << unique.out;
  EXPECT_THAT(mqadmin({"queryMsgByUniqueKey", "-t", "T_msg", "-i", sent.getMsgId(), "-a"}),
              Printed(sent.getMsgId() + "_1\n"));

  EXPECT_THAT(mqadmin({"queryMsgByKey", "-t", "T_msg", "-k", "nosuch"}), FailedWith(208));
  EXPECT_THAT(mqadmin({"queryMsgByKey", "-t", "nosuch", "-k", "akey"}), FailedWith(17));
  EXPECT_THAT(mqadmin({"queryMsgByKey", "-t", "T_msg"}), RefusedWith("Missing required option: k"));
  EXPECT_THAT(mqadmin({"queryMsgByUniqueKey", "-t", "T_msg", "-i", "FFFF"}), FailedWith(208));
}

TEST_F(MqadminMessageTest, QueryMsgByOffsetAndQueryCqShowWhatLiesInAQueue) {
  send_one();
  EXPECT_TRUE(eventually([&] {
    return mqadmin({"queryMsgByOffset", "-t", "T_msg", "-b", "broker-a", "-i", "1", "-o", "0"})
               .status == 0;
  }));
  EXPECT_THAT(mqadmin({"queryMsgByOffset", "-t", "T_msg", "-b", "broker-a", "-i", "1", "-o", "0"}),
              Printed("MAX_OFFSET=1, MIN_OFFSET=0"));
  EXPECT_THAT(mqadmin({"queryMsgByOffset", "-t", "T_msg", "-b", "broker-a", "-i", "1", "-o", "7"}),
              FailedWith(208));
  EXPECT_THAT(mqadmin({"queryMsgByOffset", "-t", "T_msg", "-b", "nosuch", "-i", "1", "-o", "0"}),
              FailedWith(-1));

  EXPECT_THAT(mqadmin({"queryCq", "-t", "T_msg", "-q", "1", "-i", "0", "-g", "CG"}),
              Printed("Queue data: \nmax: 1, min: 0\n======================================\n"
                      "idx: 0\nConsumeQueueData{physicOffset=0, physicSize="));
  EXPECT_THAT(mqadmin_alone({"queryCq", "-t", "T_msg", "-q", "1", "-i", "0", "-b", broker()}),
              Printed("extendDataJson='null', bitMap='null', eval=false, msg='null'}\n"));
  EXPECT_THAT(mqadmin({"queryCq", "-t", "T_msg", "-q", "99", "-i", "0"}).status, 2);
  EXPECT_THAT(mqadmin({"queryCq", "-t", "T_msg", "-q", "one", "-i", "0"}), RefusedWith("Option q"));
}

TEST_F(MqadminMessageTest, SendMessageSendsWhatConsumeMessageAndPrintMsgRead) {
  const Ran sent = mqadmin({"sendMessage", "-t", "T_msg", "-p", "sent by mqadmin", "-k", "ak", "-c",
                            "at", "-b", "broker-a", "-i", "1"});
  EXPECT_THAT(sent, Printed("#Broker Name                      #QID  #Send Result            "
                            "#MsgId\nbroker-a                          1     SEND_OK           "
                            "      "));
  ASSERT_EQ(mqadmin({"sendMessage", "-t", "T_msg", "-p", "second"}).status, 0);
  EXPECT_TRUE(eventually([&] {
    const Ran ran = mqadmin({"consumeMessage", "-t", "T_msg"});
    return ran.out.find("Consume ok\nMSGID: ") != std::string::npos &&
           ran.out.find("BODY: sent by mqadmin\n") != std::string::npos &&
           ran.out.find("BODY: second\n") != std::string::npos &&
           ran.out.find("print msg finished. status=NO_NEW_MSG, offset=") != std::string::npos;
  }));
  const Ran one =
      mqadmin({"consumeMessage", "-t", "T_msg", "-b", "broker-a", "-i", "1", "-o", "0", "-c", "1"});
  EXPECT_THAT(one, Printed("BODY: sent by mqadmin\n"));

  const Ran all = mqadmin({"printMsg", "-t", "T_msg"});
  EXPECT_THAT(all, Printed("minOffset=0, maxOffset="));
  EXPECT_THAT(all.out, HasSubstr("MessageQueue [topic=T_msg, brokerName=broker-a, queueId=1]\n"));
  EXPECT_THAT(all.out, HasSubstr("BODY: second\n"));
  EXPECT_THAT(all.out, HasSubstr(std::string(56, '-') + "\n"));
  EXPECT_THAT(mqadmin({"printMsg", "-t", "T_msg", "-s", "at", "-d", "false"}),
              Printed("BODY: NOT PRINT BODY\n"));
  const Ran none = mqadmin({"printMsg", "-t", "T_msg", "-s", "TagNone"});
  EXPECT_THAT(none, Printed("no matched msg. status=NO_MATCHED_MSG, offset="));
  EXPECT_EQ(none.out.find("MSGID:"), std::string::npos);
  EXPECT_THAT(mqadmin({"printMsgByQueue", "-t", "T_msg", "-a", "broker-a", "-i", "1", "-p", "true",
                       "-d", "true", "-f", "true"}),
              Printed("Tag: at                             Count: 1\n"));

  EXPECT_THAT(mqadmin({"sendMessage", "-t", "T_msg", "-p", "x", "-i", "1"}),
              RefusedWith("Broker name must be set if the queue is chosen!"));
  EXPECT_THAT(mqadmin({"sendMessage", "-t", "a/b", "-p", "x"}).status, 2);
  EXPECT_THAT(mqadmin({"consumeMessage", "-t", "T_msg", "-i", "1"}),
              RefusedWith("Please set the brokerName before queueId!"));
  EXPECT_THAT(mqadmin({"consumeMessage", "-t", "T_msg", "-b", "broker-a", "-o", "1"}),
              RefusedWith("Please set queueId before offset!"));
  EXPECT_THAT(mqadmin({"consumeMessage", "-t", "T_msg", "-s", "99999999999999"}),
              RefusedWith("Please set the beginTimestamp before now!"));
  EXPECT_THAT(mqadmin({"consumeMessage", "-t", "T_msg", "-c", "0"}), RefusedWith("Option c"));
  EXPECT_THAT(mqadmin({"printMsg", "-t", "nosuch"}), FailedWith(17));
  EXPECT_THAT(mqadmin({"printMsg", "-t", "T_msg", "-c", "no-such-set"}),
              RefusedWith("the character set no-such-set is not known"));
  EXPECT_THAT(mqadmin({"printMsgByQueue", "-t", "T_msg", "-a", "broker-a", "-i", "1"}),
              RefusedWith("Nothing to print"));
  EXPECT_THAT(
      mqadmin({"printMsgByQueue", "-t", "T_msg", "-a", "broker-a", "-i", "99", "-f", "true"}),
      FailedWith(-1));
}

TEST_F(MqadminMessageTest, ConsumeMessageSaysThatItStopsBeforeTheEnd) {
  for (int i = 0; i < 3; ++i) send_one("m" + std::to_string(i));
  EXPECT_TRUE(eventually([&] {
    return mqadmin({"consumeMessage", "-t", "T_msg", "-b", "broker-a", "-i", "1"})
               .out.find("BODY: m2\n") != std::string::npos;
  }));
  const Ran two =
      mqadmin({"consumeMessage", "-t", "T_msg", "-b", "broker-a", "-i", "1", "-c", "2"});
  EXPECT_THAT(two, Printed("The oldler 2 message will be provided\n"));
  EXPECT_EQ(two.out.find("BODY: m2\n"), std::string::npos);
  EXPECT_THAT(mqadmin({"consumeMessage", "-t", "T_msg", "-c", "2"}),
              Printed("The older 2 message of the 1 queue will be provided\n"));
}

class MqadminTraceTest : public MqadminMessageTest {
 protected:
  MqadminTraceTest() : MqadminMessageTest("traceTopicEnable=true\n") {}
};

TEST_F(MqadminTraceTest, QueryMsgTraceByIdShowsWhatProducerAndConsumersNoted) {
  TestConsumer reader(cluster.name_server(), "CG", "T_msg", "*",
                      [](DefaultMQPushConsumer& consumer) { consumer.setEnableMsgTrace(true); });
  const Ran sent = mqadmin({"sendMessage", "-t", "T_msg", "-p", "traced", "-m", "true", "--json"});
  ASSERT_EQ(sent.status, 0) << sent.error_output;
  ASSERT_TRUE(reader.inbox.wait_for(1));
  const std::string id = reader.inbox.messages().front().getMsgId();
  Ran ran;
  EXPECT_TRUE(eventually([&] {
    ran = mqadmin({"queryMsgTraceById", "-i", id});
    return ran.out.find("\nSub ") != std::string::npos &&
           ran.out.find("\nPub ") != std::string::npos;
  })) << ran.out
      << ran.error_output;
  EXPECT_EQ(ran.lines()[0],
            "#Type      #ProducerGroup       #ClientHost          #SendTime            #CostTimes "
            "#Status   ");
  EXPECT_THAT(ran.lines()[1],
              testing::ContainsRegex("^Pub +PID_MQADMIN_SEND +127.0.0.1 +20.*[0-9]ms +success"));
  EXPECT_EQ(ran.lines()[2], "");
  EXPECT_EQ(ran.lines()[3],
            "#Type      #ConsumerGroup       #ClientHost          #ConsumerTime        #CostTimes "
            "#Status   ");
  EXPECT_THAT(ran.lines()[4], testing::ContainsRegex("^Sub +CG +127.0.0.1 +20.*[0-9]ms +success"));
  EXPECT_THAT(mqadmin({"queryMsgTraceById", "-i", "nosuch"}), FailedWith(208));
  EXPECT_THAT(mqadmin({"queryMsgTraceById", "-i", id, "-t", "nosuch"}), FailedWith(17));
  EXPECT_THAT(mqadmin({"queryMsgTraceById"}), RefusedWith("Missing required option: i"));
}

}  // namespace
}  // namespace rocketmq::test
