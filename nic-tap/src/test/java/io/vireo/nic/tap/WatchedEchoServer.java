// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import com.sun.management.ThreadMXBean;
import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.Warmup;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.Nic;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/**
 * An echo server over a TAP in a JVM of its own, with a client by the kernel's TCP. The Flight Recorder watches the thread that polls, and what it has seen of it is printed, a line each. For {@link
 * WarmupIT}.
 */
public final class WatchedEchoServer implements TcpHandler<Void> {
  private static final String TAP = "warm0";
  private static final String POLLER = "poller";
  private static final int PORT = 7;
  private static final int SMALL = 64;
  private static final int LARGE = 30_000;
  private static final Duration LOAD = Duration.ofSeconds(10);
  private static final long WARM_UP_NS = 20_000_000_000L;

  private static final TcpSettings TCP = TcpSettings.defaults();
  private static final StackSettings STACK = StackSettings.of("10.77.0.2/24");

  private WatchedEchoServer() {}

  /** Whether it is to be warmed up: warm, cold; and what is to be watched: so many messages on each of two connections, or load. */
  public static void main(String[] arguments) throws Exception {
    try (Nic nic = TapNic.open(TAP);
        Recording recording = new Recording()) {
      TapHost.address(TAP, "10.77.0.1/24");
      TapHost.up(TAP);
      for (String event : List.of(
          "jdk.Deoptimization",
          "jdk.ObjectAllocationInNewTLAB",
          "jdk.ObjectAllocationOutsideTLAB")) {
        recording.enable(event).withStackTrace().withoutThreshold();
      }
      recording.start();
      if (arguments[0].equals("warm")) {
        Warmup warmup = new Warmup(nic, STACK).limit(WARM_UP_NS);
        warmup.server(PORT, new byte[SMALL], new byte[LARGE]);
        System.out.println(warmup.run(stack -> {
          listen(stack);
          return () -> {};
        }));
      }
      Thread poller = startPolling(nic);
      Instant begin =
          arguments[1].equals("load") ? load(poller) : messages(Integer.parseInt(arguments[1]));
      Instant end = Instant.now();
      recording.stop();
      print(recording, begin, end);
      System.out.flush();
    }
    Runtime.getRuntime().halt(0);
  }

  private static void listen(TcpStack stack) {
    new TcpServer<>(stack, TCP, new WatchedEchoServer()).listen(PORT);
  }

  /** A loop without an end, for its end would be a deoptimisation of the test's own. */
  @SuppressWarnings("InfiniteLoopStatement")
  private static Thread startPolling(Nic nic) {
    TcpStack stack = new TcpStack(nic, STACK);
    listen(stack);
    stack.release();
    Thread poller = new Thread(
        () -> {
          for (; ; ) {
            stack.poll();
          }
        },
        POLLER);
    poller.setDaemon(true);
    poller.start();
    return poller;
  }

  @Override
  public int onData(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
    return length - connection.send(memory, offset, length);
  }

  // ---- The client

  private static SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(new InetSocketAddress("10.77.0.2", PORT));
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.configureBlocking(false);
    return channel;
  }

  /** So many on a connection that ends by RST, and as many on one that ends by FIN. */
  private static Instant messages(int count) throws IOException {
    Instant begin = Instant.now();
    for (boolean reset : new boolean[] {true, false}) {
      try (SocketChannel channel = connect()) {
        if (reset) {
          channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
        for (int i = 0; i < count; i++) {
          roundTrip(channel, SMALL);
        }
      }
    }
    return begin;
  }

  /** Round trips of small messages on some connections, and large ones on another. */
  private static Instant load(Thread poller) throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    List<SocketChannel> channels = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      channels.add(connect());
    }
    exchange(channels, Duration.ofSeconds(2));
    Instant begin = Instant.now();
    long before = threads.getThreadAllocatedBytes(poller.getId());
    long messages = exchange(channels, LOAD);
    long bytes = threads.getThreadAllocatedBytes(poller.getId()) - before;
    System.out.println("messages " + messages);
    System.out.println("bytes " + bytes);
    return begin;
  }

  private static long exchange(List<SocketChannel> channels, Duration time) throws IOException {
    long startNs = System.nanoTime();
    long messages = 0;
    while (System.nanoTime() - startNs < time.toNanos()) {
      for (int i = 0; i < channels.size(); i++) {
        roundTrip(channels.get(i), i == 0 ? LARGE : SMALL);
        messages++;
      }
    }
    return messages;
  }

  private static void roundTrip(SocketChannel channel, int bytes) throws IOException {
    ByteBuffer message = ByteBuffer.allocateDirect(bytes);
    ByteBuffer answer = ByteBuffer.allocateDirect(bytes);
    while (answer.hasRemaining()) {
      if (message.hasRemaining()) {
        channel.write(message);
      }
      if (channel.read(answer) < 0) {
        throw new IOException("the server has ended the connection");
      }
    }
  }

  // ---- What was seen

  private static void print(Recording recording, Instant begin, Instant end) throws IOException {
    Path file = Files.createTempFile("vireo", ".jfr");
    try {
      recording.dump(file);
      for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
        boolean polls =
            event.getThread() != null && POLLER.equals(event.getThread().getJavaName());
        Instant at = event.getStartTime();
        if (polls && at.isAfter(begin) && at.isBefore(end)) {
          System.out.println(event.getEventType().getName() + " in " + where(event));
        }
      }
    } finally {
      Files.delete(file);
    }
  }

  private static String where(RecordedEvent event) {
    if (event.getStackTrace() == null || event.getStackTrace().getFrames().isEmpty()) {
      return "an unknown place";
    }
    RecordedFrame frame = event.getStackTrace().getFrames().get(0);
    return frame.getMethod().getType().getName() + "." + frame.getMethod().getName() + ":"
        + frame.getLineNumber();
  }
}
