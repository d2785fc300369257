import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * The JVM's side of src/frames.hpp: gets one source, compiles it in memory, judges batches. Runs in
 * a process that is held already; nothing here protects the host. The socket is descriptor 0, in
 * both directions.
 *
 * <p>Arguments: the class path for the compiler, and the milliseconds for one message and for a
 * batch.
 */
public final class FilterWorker {
  private static final int SOURCE = 2;
  private static final int BATCH = 3;
  private static final int REFUSED = 5;
  private static final int READY = 6;
  private static final int VERDICTS = 7;
  private static final int HEADER_BYTES = 16;
  private static final int HEAD_BYTES = 56;
  /** worker.cpp knows what this status means. */
  private static final int MESSAGE_TOO_LONG = 70;

  private interface Judge {
    boolean match(ByteBuffer in, int topic, int properties, int body, int id, int[] numbers,
        long[] times);
  }

  private static DataInputStream input;
  private static OutputStream output;
  /** When the message that is being judged was begun, by System.nanoTime(); 0 between messages. */
  private static volatile long begun;

  private FilterWorker() {}

  public static void main(String[] arguments) throws Exception {
    input = new DataInputStream(new FileInputStream(FileDescriptor.in));
    output = new FileOutputStream(FileDescriptor.in);
    PrintStream nowhere = new PrintStream(new OutputStream() {
      @Override
      public void write(int b) {}
    });
    System.setOut(nowhere);
    System.setErr(nowhere);
    System.setIn(new java.io.ByteArrayInputStream(new byte[0]));
    watch(Long.parseLong(arguments[1]) * 1_000_000L);
    try {
      ByteBuffer source = next(SOURCE);
      String group = text(source);
      text(source); // the topic
      String className = text(source);
      Judge judge = make(className, group, text(source), arguments[0]);
      send(READY, new byte[0], 0, 0);
      serve(judge, Long.parseLong(arguments[2]) * 1_000_000L);
    } catch (EOFException closed) {
      Runtime.getRuntime().halt(0);
    } catch (Throwable failure) {
      byte[] why = describe(failure).getBytes(StandardCharsets.UTF_8);
      send(REFUSED, why, Math.min(why.length, 4000), 0);
      Runtime.getRuntime().halt(1);
    }
  }

  /** A message that takes too long ends the process. The server looks after the batch itself. */
  private static void watch(final long allowed) {
    Thread watcher = new Thread("watch") {
      @Override
      public void run() {
        for (;;) {
          long since = begun;
          if (since != 0 && System.nanoTime() - since > allowed) {
            Runtime.getRuntime().halt(MESSAGE_TOO_LONG);
          }
          try {
            Thread.sleep(20);
          } catch (InterruptedException ignored) {
            // continues to watch
          }
        }
      }
    };
    watcher.setDaemon(true);
    watcher.setPriority(Thread.MAX_PRIORITY);
    watcher.start();
  }

  private static String describe(Throwable failure) {
    if (failure instanceof Refusal) return failure.getMessage();
    StringBuilder text = new StringBuilder();
    for (Throwable t = failure; t != null && text.length() < 3000; t = t.getCause()) {
      text.append(text.length() == 0 ? "" : "; because of ").append(t);
      StackTraceElement[] places = t.getStackTrace();
      if (places.length > 0) text.append(" at ").append(places[0]);
    }
    return text.toString();
  }

  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    Refusal(String why) {
      super(why);
    }
  }

  private static ByteBuffer frame;
  private static long sequence;

  private static ByteBuffer next(int kind) throws IOException, Refusal {
    byte[] raw = new byte[HEADER_BYTES];
    input.readFully(raw);
    ByteBuffer header = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
    int size = header.getInt();
    if (header.getInt() != kind) throw new Refusal("a frame of another kind");
    sequence = header.getLong();
    if (frame == null || frame.capacity() < size) {
      frame = ByteBuffer.allocate(Math.max(size, 64 * 1024)).order(ByteOrder.LITTLE_ENDIAN);
    }
    frame.clear();
    input.readFully(frame.array(), 0, size);
    frame.limit(size);
    return frame;
  }

  private static String text(ByteBuffer in) {
    return new String(bytes(in, in.getInt()), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(ByteBuffer in, int count) {
    byte[] taken = new byte[count];
    in.get(taken);
    return taken;
  }

  private static void send(int kind, byte[] payload, int size, long of) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + size).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(size).putInt(kind).putLong(of).put(payload, 0, size);
    output.write(out.array());
  }

  /** A batch that has taken as long as allowed ends with the message that is being judged. */
  private static void serve(Judge judge, long allowed) throws IOException, Refusal {
    byte[] verdicts = new byte[4096];
    int[] numbers = new int[3];
    long[] times = new long[3];
    for (;;) {
      ByteBuffer in = next(BATCH);
      long since = System.nanoTime();
      int count = in.getInt();
      for (int k = 0; k < count; ++k) {
        int head = in.position();
        int topic = in.getInt();
        int properties = in.getInt();
        int body = in.getInt();
        int id = in.getInt();
        for (int n = 0; n < 3; ++n) numbers[n] = in.getInt();
        in.getInt();
        for (int n = 0; n < 3; ++n) times[n] = in.getLong();
        begun = System.nanoTime() | 1;
        byte verdict;
        try {
          verdict = (byte) (judge.match(in, topic, properties, body, id, numbers, times) ? 1 : 0);
        } catch (Throwable failure) {
          verdict = 2;
        }
        begun = 0;
        verdicts[k] = verdict;
        in.position(head + HEAD_BYTES + topic + properties + body + id);
        if (System.nanoTime() - since >= allowed) count = k + 1;
      }
      send(VERDICTS, verdicts, count, sequence);
    }
  }

  private static Judge make(String className, String group, String source, String classPath)
      throws Exception {
    final Map<String, byte[]> classes = compile(className, source, classPath);
    ClassLoader loader = new ClassLoader(FilterWorker.class.getClassLoader()) {
      @Override
      protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] code = classes.get(name);
        if (code == null) throw new ClassNotFoundException(name);
        return defineClass(name, code, 0, code.length);
      }
    };
    Object made = loader.loadClass(className).getDeclaredConstructor().newInstance();
    if (made instanceof com.alibaba.rocketmq.common.filter.MessageFilter) {
      return new OldJudge((com.alibaba.rocketmq.common.filter.MessageFilter) made);
    }
    if (made instanceof org.apache.rocketmq.common.filter.MessageFilter) {
      return new NewJudge((org.apache.rocketmq.common.filter.MessageFilter) made, group);
    }
    throw new Refusal(className + " does not implement MessageFilter");
  }

  private static final class OldJudge implements Judge {
    private final com.alibaba.rocketmq.common.filter.MessageFilter filter;

    OldJudge(com.alibaba.rocketmq.common.filter.MessageFilter filter) {
      this.filter = filter;
    }

    @Override
    public boolean match(ByteBuffer in, int topic, int properties, int body, int id, int[] numbers,
        long[] times) {
      com.alibaba.rocketmq.common.message.MessageExt message =
          new com.alibaba.rocketmq.common.message.MessageExt();
      message.setTopic(new String(bytes(in, topic), StandardCharsets.UTF_8));
      message.setEncodedProperties(bytes(in, properties));
      message.setBody(bytes(in, body));
      message.setMsgId(new String(bytes(in, id), StandardCharsets.UTF_8));
      message.setQueueId(numbers[0]);
      message.setFlag(numbers[1]);
      message.setReconsumeTimes(numbers[2]);
      message.setQueueOffset(times[0]);
      message.setBornTimestamp(times[1]);
      message.setStoreTimestamp(times[2]);
      return filter.match(message);
    }
  }

  private static final class NewJudge implements Judge {
    private final org.apache.rocketmq.common.filter.MessageFilter filter;
    private final String group;

    NewJudge(org.apache.rocketmq.common.filter.MessageFilter filter, String group) {
      this.filter = filter;
      this.group = group;
    }

    @Override
    public boolean match(ByteBuffer in, int topic, int properties, int body, int id, int[] numbers,
        long[] times) {
      org.apache.rocketmq.common.message.MessageExt message =
          new org.apache.rocketmq.common.message.MessageExt();
      message.setTopic(new String(bytes(in, topic), StandardCharsets.UTF_8));
      message.setEncodedProperties(bytes(in, properties));
      message.setBody(bytes(in, body));
      message.setMsgId(new String(bytes(in, id), StandardCharsets.UTF_8));
      message.setQueueId(numbers[0]);
      message.setFlag(numbers[1]);
      message.setReconsumeTimes(numbers[2]);
      message.setQueueOffset(times[0]);
      message.setBornTimestamp(times[1]);
      message.setStoreTimestamp(times[2]);
      org.apache.rocketmq.common.filter.FilterContext context =
          new org.apache.rocketmq.common.filter.FilterContext();
      context.setConsumerGroup(group);
      return filter.match(message, context);
    }
  }

  private static Map<String, byte[]> compile(String className, final String source,
      String classPath) throws Exception {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) throw new Refusal("this Java has no compiler: it is no JDK");
    final Map<String, ByteArrayOutputStream> outputs =
        new HashMap<String, ByteArrayOutputStream>();
    JavaFileManager files = new ForwardingJavaFileManager<JavaFileManager>(
        compiler.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8)) {
      @Override
      public JavaFileObject getJavaFileForOutput(Location location, final String name,
          JavaFileObject.Kind kind, FileObject sibling) {
        return new SimpleJavaFileObject(URI.create("memory:///" + name.replace('.', '/')), kind) {
          @Override
          public OutputStream openOutputStream() {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            outputs.put(name, bytes);
            return bytes;
          }
        };
      }
    };
    final String path = className.replace('.', '/') + ".java";
    JavaFileObject unit = new SimpleJavaFileObject(
        URI.create("memory:///" + path), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return source;
      }
    };
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<JavaFileObject>();
    List<String> options =
        Arrays.asList("-proc:none", "-nowarn", "-implicit:none", "-classpath", classPath);
    boolean done = compiler
        .getTask(null, files, diagnostics, options, null, Collections.singletonList(unit))
        .call();
    if (!done) {
      StringBuilder why = new StringBuilder("the compilation failed:");
      for (Diagnostic<? extends JavaFileObject> d : diagnostics.getDiagnostics()) {
        if (d.getKind() != Diagnostic.Kind.ERROR || why.length() > 3000) continue;
        why.append('\n').append(path).append(':').append(d.getLineNumber()).append(": ")
            .append(d.getMessage(Locale.ROOT));
      }
      throw new Refusal(why.toString());
    }
    Map<String, byte[]> classes = new HashMap<String, byte[]>();
    for (Map.Entry<String, ByteArrayOutputStream> made : outputs.entrySet()) {
      classes.put(made.getKey(), made.getValue().toByteArray());
    }
    return classes;
  }
}
