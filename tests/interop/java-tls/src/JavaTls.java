import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * args: name servers, topic, "all" or "refused". With "all" it sends a small and a large message and consumes both; with
 * "refused" no server may take its connection. TLS is what the system properties say. Exits 0 when so.
 */
public class JavaTls {
    public static void main(String[] args) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer("java_tls_producer");
        producer.setNamesrvAddr(args[0]);
        producer.start();
        if (args[2].equals("refused")) {
            try {
                producer.send(new Message(args[1], "refused".getBytes(StandardCharsets.UTF_8)), 5_000);
                System.out.println("was not refused");
                System.exit(1);
            } catch (Exception refusal) {
                System.out.println(refusal + " " + refusal.getCause());
                System.exit(0);
            }
        }
        byte[] large = new byte[1_000_000];
        for (int k = 0; k < large.length; ++k) large[k] = (byte) (k * 31 + k / 251);
        producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
        CountDownLatch missing = new CountDownLatch(2);
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("java_tls_consumer_" + args[1]);
        consumer.setNamesrvAddr(args[0]);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(args[1], "*");
        consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
            for (MessageExt message : messages) {
                byte[] body = message.getBody();
                boolean isWhole = body.length < 100 || java.util.Arrays.equals(body, large);
                System.out.println(body.length + (isWhole ? "" : " damaged"));
                if (isWhole) missing.countDown();
            }
            return ConsumeOrderlyStatus.SUCCESS;
        });
        consumer.start();
        sendPatiently(producer, new Message(args[1], "small".getBytes(StandardCharsets.UTF_8)));
        producer.send(new Message(args[1], large), 10_000);
        boolean all = missing.await(180, TimeUnit.SECONDS);
        consumer.shutdown();
        producer.shutdown();
        System.out.flush();
        System.exit(all ? 0 : 1);
    }

    /** The name server may not know the broker yet. */
    private static void sendPatiently(DefaultMQProducer producer, Message message) throws Exception {
        for (int attempts = 1;; ++attempts) {
            try {
                producer.send(message, 10_000);
                return;
            } catch (Exception failure) {
                if (attempts == 20) throw failure;
                Thread.sleep(500);
            }
        }
    }
}
