import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/** args: name servers, topic, count, seconds. Prints each body on a line; exits 0 once count messages have come. */
public class JavaConsumer {
    public static void main(String[] args) throws Exception {
        CountDownLatch missing = new CountDownLatch(Integer.parseInt(args[2]));
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("java_peer_consumer");
        consumer.setNamesrvAddr(args[0]);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(args[1], "TagA");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            synchronized (System.out) {
                for (MessageExt message : messages) {
                    System.out.println(new String(message.getBody(), StandardCharsets.UTF_8));
                    missing.countDown();
                }
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        boolean all = missing.await(Integer.parseInt(args[3]), TimeUnit.SECONDS);
        consumer.shutdown();
        System.out.flush();
        System.exit(all ? 0 : 1);
    }
}
