#include "mqadmin/commands/messages.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "mqadmin/commands/charset.hpp"
#include "mqadmin/commands/tmp_files.hpp"
#include "mqadmin/commands/trace_records.hpp"
#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/common/message_record.hpp"

namespace rocketmq::mqadmin {
namespace {

Endpoint host(int port) { return Endpoint::parse("127.0.0.1:" + std::to_string(port)).value(); }

MessageExt stored(const std::string& properties, const std::string& body = "text") {
  MessageExt message;
  const MessageRecord record{.total_size = 100,
                             .queue_id = 1,
                             .queue_offset = 5,
                             .physical_offset = 255,
                             .born_host = host(1),
                             .store_host = host(10911),
                             .body = body,
                             .topic = "T",
                             .properties = properties};
  client::MessageAccess::fill(message, record, "broker-a");
  message.setBody(body);
  return message;
}

TEST(BodyFileName, IsTheSendersIdWhereItIsOne) {
  EXPECT_EQ(body_file_name(stored("UNIQ_KEY\x01"
                                  "0A0B\x02"),
                           "_1"),
            "0A0B_1");
  EXPECT_EQ(body_file_name(stored(""), ""), "7F00000100002A9F00000000000000FF");
}

TEST(BodyFileName, TakesNoPathFromASender) {
  EXPECT_EQ(body_file_name(stored("UNIQ_KEY\x01../../etc/passwd\x02"), ""), "etcpasswd");
  EXPECT_EQ(body_file_name(stored("UNIQ_KEY\x01../..\x02"), ""),
            "7F00000100002A9F00000000000000FF");
  EXPECT_EQ(body_file_name(stored("UNIQ_KEY\x01" + std::string(200, 'A') + "\x02"), ""),
            "7F00000100002A9F00000000000000FF");
}

TEST(BodyFile, IsWrittenOverAFileAndNeverThroughALink) {
  const std::string name = "mqadmintest" + std::to_string(::getpid());
  const auto path = write_tmp_file("msgbodys", name, "first, and longer");
  ASSERT_TRUE(path) << path.error().text;
  ASSERT_TRUE(write_tmp_file("msgbodys", name, "second"));
  std::ifstream file(*path, std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "second");

  std::filesystem::remove(*path);
  const std::string target = *path + "target";
  std::filesystem::create_symlink(target, *path);
  (void)write_tmp_file("msgbodys", name, "not there");
  EXPECT_FALSE(std::filesystem::exists(target));
  std::filesystem::remove(*path);
  std::filesystem::remove("/tmp/rocketmq-" + std::to_string(::geteuid()) + "/msgbodys/" + name);
}

TEST(MessageLine, IsWhatPrintMsgWrites) {
  EXPECT_EQ(message_line(stored("TAGS\x01TagA\x02")),
            "MSGID: 7F00000100002A9F00000000000000FF MessageExt [brokerName=broker-a, queueId=1, "
            "storeSize=100, queueOffset=5, sysFlag=0, bornTimestamp=0, bornHost=/127.0.0.1:1, "
            "storeTimestamp=0, storeHost=/127.0.0.1:10911, "
            "msgId=7F00000100002A9F00000000000000FF, commitLogOffset=255, bodyCRC=0, "
            "reconsumeTimes=0, preparedTransactionOffset=0, toString()=Message{topic='T', flag=0, "
            "properties={TAGS=TagA}, body=4 bytes}]");
}

TEST(MessageJson, HoldsAnyBytes) {
  EXPECT_NE(message_json(stored("", "\xFF\x01")).find("\"body\""), std::string::npos);
}

TEST(Charset, BecomesUtf8) {
  EXPECT_EQ(to_utf8("caf\xE9", "ISO-8859-1").value(), "café");
  EXPECT_EQ(to_utf8("\xC4\xE3", "GBK").value(), "你");
  EXPECT_EQ(to_utf8("a\xFFz", "UTF-8").value(), "a?z");
  EXPECT_EQ(to_utf8("a\xE4", "UTF-8").value(), "a?") << "cut off";
  EXPECT_FALSE(to_utf8("a", "no-such-set"));
}

std::string record(const std::vector<std::string>& fields) {
  std::string text;
  for (const std::string& field : fields) text += (text.empty() ? "" : "\x01") + field;
  return text + "\x02";
}

TEST(TraceRecords, AreReadFromTheBodiesOfTraceMessages) {
  const std::string body =
      record({"Pub", "1000", "region", "PG", "T", "ID", "tag", "key", "h:1", "4", "8", "0", "OID",
              "true"}) +
      record({"Pub", "1001", "region", "PG", "T", "OTHER", "tag", "key", "h:1", "4", "8", "0",
              "OID", "true"}) +
      record({"SubBefore", "2000", "region", "CG", "REQ", "ID", "0", "key"}) +
      record({"SubAfter", "REQ", "ID", "30", "false", "key", "4"}) +
      record({"SubAfter", "LOST", "ID", "5", "true", "key", "0", "1505", "CG2"});
  const auto records = trace_records({stored("", body)}, "ID");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].kind, TraceRecord::Kind::Sent);
  EXPECT_EQ(records[0].group, "PG");
  EXPECT_EQ(records[0].cost_ms, 8);
  EXPECT_TRUE(records[0].is_success);
  EXPECT_EQ(records[0].client_host, "127.0.0.1");
  EXPECT_EQ(records[1].group, "CG2") << "the beginning is not there: it is known from the end";
  EXPECT_EQ(records[1].time_ms, 1500);
  EXPECT_EQ(records[2].group, "CG");
  EXPECT_EQ(records[2].time_ms, 2000);
  EXPECT_FALSE(records[2].is_success);
}

TEST(TraceRecords, LeaveOutWhatIsNoRecord) {
  EXPECT_TRUE(
      trace_records({stored("", "\x02\x01\x02Pub\x02SubAfter\x01\x02" + record({"Pub"}))}, "ID")
          .empty());
}

}  // namespace
}  // namespace rocketmq::mqadmin
