#!/bin/bash
# A heartbeat's member names and syntax are read loosely up to RocketMQ 4.9.8 (fastjson 1.2.69) and strictly in 5.5.0 (fastjson2 2.0.59).
#
# 4.9.8 takes `clientId`, `client_id` and `CLIENTID` for its member `clientID`, and member names without quotes. 5.5.0 silently
# leaves the member null for the first three and refuses the last. Enum values are matched without case by both, and by
# ordinal; a name that no enum has becomes null in both, without an error. A peer that spells names its own way works with
# a 4.x server and is an anonymous client to a 5.x one.
source "$(dirname "$0")/lib.sh"

program() {
  cat <<'J'
import HEARTBEAT;
import org.apache.rocketmq.remoting.protocol.RemotingSerializable;
public class Names {
  public static void main(String[] args) {
    for (String json : new String[] {"{\"clientID\":\"x\"}", "{\"clientId\":\"x\"}", "{\"client_id\":\"x\"}", "{\"CLIENTID\":\"x\"}", "{clientID:\"x\"}"}) {
      try {
        System.out.println(json + " " + RemotingSerializable.fromJson(json, HeartbeatData.class).getClientID());
      } catch (RuntimeException e) {
        System.out.println(json + " " + e.getClass().getSimpleName());
      }
    }
    for (String model : new String[] {"\"clustering\"", "1", "\"NONE_SUCH\""}) {
      String json = "{\"consumerDataSet\":[{\"groupName\":\"g\",\"messageModel\":" + model + "}]}";
      System.out.println(model + " " + RemotingSerializable.fromJson(json, HeartbeatData.class).getConsumerDataSet().iterator().next().getMessageModel());
    }
  }
}
J
}

maven_classpath org.apache.rocketmq:rocketmq-client:4.9.8
program | sed 's/HEARTBEAT/org.apache.rocketmq.common.protocol.heartbeat.HeartbeatData/' >"$work/Names.java"
expect 'rocketmq-client 4.9.8' "$(run_java Names)" '{"clientID":"x"} x
{"clientId":"x"} x
{"client_id":"x"} x
{"CLIENTID":"x"} x
{clientID:"x"} x
"clustering" CLUSTERING
1 CLUSTERING
"NONE_SUCH" null'

maven_classpath org.apache.rocketmq:rocketmq-client:5.5.0
program | sed 's/HEARTBEAT/org.apache.rocketmq.remoting.protocol.heartbeat.HeartbeatData/' >"$work/Names.java"
expect 'rocketmq-client 5.5.0' "$(run_java Names)" '{"clientID":"x"} x
{"clientId":"x"} null
{"client_id":"x"} null
{"CLIENTID":"x"} null
{clientID:"x"} JSONException
"clustering" CLUSTERING
1 CLUSTERING
"NONE_SUCH" null'
