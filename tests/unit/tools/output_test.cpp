#include "mqadmin/frame/output.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace rocketmq::mqadmin {
namespace {

void write_all(Output& output) {
  Table table = output.table(
      "rows", {{"#Broker Name", "%-14s  "}, {"#QID", "%-4s  "}, {"#InTPS", "%8s", "%8.2f"}});
  table.row({"broker-a", 3, 1.5});
  output.line("done.");
  output.print("only %s: %5.1f\n", "text", 2.0);
  output.value("total", 7);
  output.finish();
}

TEST(MqadminOutput, WritesATableAndLinesAsText) {
  std::ostringstream out;
  Output output(out, false);
  write_all(output);
  EXPECT_EQ(out.str(),
            "#Broker Name    #QID    #InTPS\n"
            "broker-a        3         1.50\n"
            "done.\n"
            "only text:   2.0\n");
}

TEST(MqadminOutput, WritesTheSameAsOneJsonDocument) {
  std::ostringstream out;
  Output output(out, true);
  write_all(output);
  EXPECT_EQ(
      out.str(),
      R"({"rows":[{"brokerName":"broker-a","qid":3,"inTPS":1.5}],"messages":["done."],"total":7})"
      "\n");
}

TEST(MqadminOutput, WritesBytesThatAreNoUtf8AsJsonNevertheless) {
  std::ostringstream out;
  Output output(out, true);
  output.line("\xff");
  output.finish();
  EXPECT_EQ(out.str(), "{\"messages\":[\"\xef\xbf\xbd\"]}\n");
}

}  // namespace
}  // namespace rocketmq::mqadmin
