#!/bin/bash
# In the Java client 4.9.8 `*` subscribes to all tags only when it is the whole expression, without a blank around it.
#
# `TagA||*` and ` * ` subscribe to a tag that is called `*` (hash 42), which no ordinary message has. An expression of blanks
# subscribes to no tag at all. A single bar does not separate: `TagA|TagB` is one tag.
source "$(dirname "$0")/lib.sh"

maven_classpath org.apache.rocketmq:rocketmq-client:4.9.8
cat >"$work/Star.java" <<'J'
import org.apache.rocketmq.common.filter.FilterAPI;
import org.apache.rocketmq.common.protocol.heartbeat.SubscriptionData;
public class Star {
  public static void main(String[] args) throws Exception {
    for (String text : new String[] {"*", " * ", "TagA||*", "TagA|TagB"}) {
      SubscriptionData data = FilterAPI.buildSubscriptionData("TopicTest", text);
      System.out.println("[" + text + "] tags " + data.getTagsSet() + " hashes " + data.getCodeSet());
    }
  }
}
J
expect 'rocketmq-client 4.9.8' "$(run_java Star)" '[*] tags [] hashes []
[ * ] tags [*] hashes [42]
[TagA||*] tags [TagA, *] hashes [2598919, 42]
[TagA|TagB] tags [TagA|TagB] hashes [-1051832611]'
