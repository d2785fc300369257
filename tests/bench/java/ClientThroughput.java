import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;

/**
 * What tests/bench/client_throughput.cpp measures, with the Java client: the same settings, the
 * same figures. args: name servers, send | consume, topic, messages, bytes of a body, sends in
 * flight. The first tenth of the sends warms the JVM up and is not counted.
 */
public class ClientThroughput {
  public static void main(String[] args) throws Exception {
    long messages = Long.parseLong(args[3]);
    if (args[1].equals("send")) {
      send(args[0], args[2], messages, Integer.parseInt(args[4]), Integer.parseInt(args[5]));
    } else {
      consume(args[0], args[2], messages);
    }
    System.exit(0);
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static void report(String what, long count, long wallBegin, long cpuBegin) {
    double wall = (System.nanoTime() - wallBegin) * 1e-9;
    double cpu = (cpuNanos() - cpuBegin) * 1e-9;
    System.out.printf(
        "%s: %d messages in %.3f s = %.0f msgs/s; %.0f msgs per CPU-second of this process%n", what,
        count, wall, count / wall, count / cpu);
  }

  private static void send(String nameServers, String topic, long messages, int bytes, int inFlight)
      throws Exception {
    DefaultMQProducer producer = new DefaultMQProducer("throughput_producer_java");
    producer.setNamesrvAddr(nameServers);
    producer.setSendMsgTimeout(30_000);
    producer.start();
    producer.send(new Message(topic, "makes the topic".getBytes()));
    byte[] body = new byte[bytes];
    java.util.Arrays.fill(body, (byte) 'x');
    AtomicLong failed = new AtomicLong();
    // The client refuses sends over its own limits instead of waiting, so this program has to wait.
    Semaphore room = new Semaphore(inFlight);
    SendCallback callback = new SendCallback() {
      @Override
      public void onSuccess(SendResult result) {
        room.release();
      }

      @Override
      public void onException(Throwable failure) {
        if (failed.incrementAndGet() == 1)
          failure.printStackTrace();
        room.release();
      }
    };
    long warmUp = messages / 10;
    for (long i = 0; i < warmUp; i++) {
      room.acquire();
      producer.send(new Message(topic, body), callback);
    }
    long wallBegin = System.nanoTime();
    long cpuBegin = cpuNanos();
    for (long i = warmUp; i < messages; i++) {
      room.acquire();
      producer.send(new Message(topic, body), callback);
    }
    room.acquire(inFlight);
    report("sent", messages - warmUp, wallBegin, cpuBegin);
    if (failed.get() > 0)
      System.out.println(failed.get() + " sends failed");
    producer.shutdown();
  }

  private static void consume(String nameServers, String topic, long messages) throws Exception {
    DefaultMQPushConsumer consumer =
        new DefaultMQPushConsumer("throughput_consumer_java_" + System.nanoTime());
    consumer.setNamesrvAddr(nameServers);
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.setConsumeMessageBatchMaxSize(32);
    consumer.setConsumeThreadMin(2);
    consumer.setConsumeThreadMax(2);
    consumer.setPullThresholdForQueue(20_000);
    consumer.setConsumeConcurrentlyMaxSpan(20_000);
    consumer.subscribe(topic, "*");
    AtomicLong left = new AtomicLong(messages);
    CountDownLatch done = new CountDownLatch(1);
    // The time that passes before a new group has its queues is not counted.
    AtomicLong wallBegin = new AtomicLong();
    AtomicLong cpuBegin = new AtomicLong();
    consumer.registerMessageListener((MessageListenerConcurrently) (got, context) -> {
      if (wallBegin.get() == 0 && wallBegin.compareAndSet(0, System.nanoTime()))
        cpuBegin.set(cpuNanos());
      if (left.addAndGet(-got.size()) <= 0)
        done.countDown();
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    consumer.start();
    done.await();
    report("consumed", messages, wallBegin.get(), cpuBegin.get());
    consumer.shutdown();
  }
}
