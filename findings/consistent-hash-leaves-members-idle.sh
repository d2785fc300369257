#!/bin/bash
# AllocateMessageQueueConsistentHash of the Java client 4.9.8 can give a member of a group no queue at all.
#
# With the default of 10 virtual nodes a member and 8 queues, the shares depend on the topic's name: even for one topic,
# 0, 2 and 6 queues for another. A member's share is decided by a few dozen points on the ring, not by the number of queues.
source "$(dirname "$0")/lib.sh"

maven_classpath org.apache.rocketmq:rocketmq-client:4.9.8
cat >"$work/Shares.java" <<'J'
import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueConsistentHash;
import org.apache.rocketmq.common.message.MessageQueue;
public class Shares {
  public static void main(String[] args) {
    List<String> ids = new ArrayList<>();
    for (int i = 1; i <= 3; ++i) ids.add("10.0.0." + i + "@DEFAULT");
    for (String topic : new String[] {"TopicTest", "TopicQuickStart", "Orders"}) {
      List<MessageQueue> queues = new ArrayList<>();
      for (int i = 0; i < 8; ++i) queues.add(new MessageQueue(topic, "broker-a", i));
      StringBuilder line = new StringBuilder(topic + ":");
      for (String id : ids) line.append(' ').append(new AllocateMessageQueueConsistentHash().allocate("group", id, queues, ids).size());
      System.out.println(line);
    }
  }
}
J
expect 'rocketmq-client 4.9.8, 8 queues, 3 members' "$(run_java Shares)" 'TopicTest: 2 3 3
TopicQuickStart: 0 2 6
Orders: 1 1 6'
