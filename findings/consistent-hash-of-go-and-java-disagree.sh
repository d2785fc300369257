#!/bin/bash
# The consistent-hash strategies of the Go client 2.1.2 and of the Java client 4.9.8 place the same queues differently.
#
# For one topic of 8 queues and the same three members, with 10 virtual nodes each, both clients compute another owner for
# most queues. Members of one group decide by themselves: in a group of both kinds some queues are consumed twice and others not at all.
source "$(dirname "$0")/lib.sh"

go_module github.com/apache/rocketmq-client-go/v2@v2.1.2 <<'G'
package main

import (
	"fmt"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

func main() {
	members := []string{"10.0.0.1@DEFAULT", "10.0.0.2@DEFAULT", "10.0.0.3@DEFAULT"}
	var queues []*primitive.MessageQueue
	for i := 0; i < 8; i++ {
		queues = append(queues, &primitive.MessageQueue{Topic: "Orders", BrokerName: "broker-a", QueueId: i})
	}
	for _, member := range members {
		var ids []int
		for _, q := range consumer.AllocateByConsistentHash(10)("group", member, queues, members) {
			ids = append(ids, q.QueueId)
		}
		fmt.Println(member, ids)
	}
}
G
expect 'rocketmq-client-go 2.1.2' "$(run_go)" '10.0.0.1@DEFAULT [3 4]
10.0.0.2@DEFAULT [2 5 7]
10.0.0.3@DEFAULT [0 1 6]'

maven_classpath org.apache.rocketmq:rocketmq-client:4.9.8
cat >"$work/Owners.java" <<'J'
import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueConsistentHash;
import org.apache.rocketmq.common.message.MessageQueue;
public class Owners {
  public static void main(String[] args) {
    List<String> members = List.of("10.0.0.1@DEFAULT", "10.0.0.2@DEFAULT", "10.0.0.3@DEFAULT");
    List<MessageQueue> queues = new ArrayList<>();
    for (int i = 0; i < 8; ++i) queues.add(new MessageQueue("Orders", "broker-a", i));
    for (String member : members) {
      List<Integer> ids = new ArrayList<>();
      for (MessageQueue q : new AllocateMessageQueueConsistentHash(10).allocate("group", member, queues, members)) ids.add(q.getQueueId());
      System.out.println(member + " " + ids);
    }
  }
}
J
expect 'rocketmq-client 4.9.8' "$(run_java Owners)" '10.0.0.1@DEFAULT [2]
10.0.0.2@DEFAULT [1]
10.0.0.3@DEFAULT [0, 3, 4, 5, 6, 7]'
