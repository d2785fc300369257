import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.acl.common.AclClientRPCHook;
import org.apache.rocketmq.acl.common.SessionCredentials;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragely;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.RPCHook;

/**
 * args: name servers, topic, access key, secret key, "all" or "refused". With "all" it sends one message, a batch of two and a
 * transaction, and consumes all four in order; with "refused" its send has to be refused by access control. Exits 0 when so.
 */
public class JavaAcl {
    public static void main(String[] args) throws Exception {
        RPCHook hook = new AclClientRPCHook(new SessionCredentials(args[2], args[3]));
        TransactionMQProducer producer = new TransactionMQProducer(null, "java_acl_producer", hook);
        producer.setNamesrvAddr(args[0]);
        producer.setTransactionListener(new TransactionListener() {
            @Override
            public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
                return LocalTransactionState.COMMIT_MESSAGE;
            }

            @Override
            public LocalTransactionState checkLocalTransaction(MessageExt message) {
                return LocalTransactionState.COMMIT_MESSAGE;
            }
        });
        producer.start();
        if (args[4].equals("refused")) {
            try {
                producer.send(message(args[1], "refused"), 10_000);
                System.out.println("was not refused");
                System.exit(1);
            } catch (Exception refusal) {
                // After three tries, what the broker said is the cause.
                String text = refusal + " " + refusal.getCause();
                System.out.println(text);
                System.exit(text.contains("AclException") ? 0 : 1);
            }
        }
        CountDownLatch missing = new CountDownLatch(4);
        DefaultMQPushConsumer consumer =
            new DefaultMQPushConsumer(null, "java_acl_consumer", hook, new AllocateMessageQueueAveragely());
        consumer.setNamesrvAddr(args[0]);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(args[1], "*");
        consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
            for (MessageExt message : messages) {
                System.out.println(new String(message.getBody(), StandardCharsets.UTF_8));
                missing.countDown();
            }
            return ConsumeOrderlyStatus.SUCCESS;
        });
        consumer.start();
        producer.send(message(args[1], "one"), 10_000);
        List<Message> batch = new ArrayList<>();
        batch.add(message(args[1], "two"));
        batch.add(message(args[1], "three"));
        producer.send(batch, 10_000);
        producer.sendMessageInTransaction(message(args[1], "four"), null);
        boolean all = missing.await(180, TimeUnit.SECONDS);
        consumer.shutdown();
        producer.shutdown();
        System.out.flush();
        System.exit(all ? 0 : 1);
    }

    private static Message message(String topic, String body) {
        return new Message(topic, "TagA", body.getBytes(StandardCharsets.UTF_8));
    }
}
