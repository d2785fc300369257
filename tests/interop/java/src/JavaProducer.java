import java.nio.charset.StandardCharsets;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;

/** args: name servers, topic, count. Sends "Hello RocketMQ <i>" with tag TagA; exits 0 when every send was SEND_OK. */
public class JavaProducer {
    public static void main(String[] args) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer("java_peer_producer");
        producer.setNamesrvAddr(args[0]);
        producer.start();
        int ok = 0;
        for (int i = 0; i < Integer.parseInt(args[2]); i++) {
            Message message = new Message(args[1], "TagA", "KEY" + i, ("Hello RocketMQ " + i).getBytes(StandardCharsets.UTF_8));
            SendResult result = producer.send(message, 10_000);
            if (result.getSendStatus() == SendStatus.SEND_OK) ok++;
        }
        producer.shutdown();
        System.out.println("sent " + ok);
        System.exit(ok == Integer.parseInt(args[2]) ? 0 : 1);
    }
}
