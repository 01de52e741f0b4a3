// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.TcpSettings;
import io.vireo.link.Frames;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Once warm, both stacks and their users together allocate nothing on the thread that polls them. */
class AllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int WARM_UP = 3;
  private static final int MOST_ROUNDS = 20;

  /** Few enough that the table of TIME-WAIT is full while it warms up. */
  private final TwoStacks net = new TwoStacks(settings -> settings.withTimeWaitConnections(64));

  /**
   * What is allocated in every round is found. Not each single round can be held to nothing: where the JVM gives up compiled code, objects that
   * the compiler had done away with come to life.
   */
  static void assertComesToAllocateNothing(Runnable round) {
    for (int i = 0; i < WARM_UP; i++) {
      round.run();
    }
    long least = Long.MAX_VALUE;
    for (int i = 0; i < MOST_ROUNDS && least > 0; i++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      round.run();
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least, "bytes in each round");
  }

  /** Asks, and asks again when the answer is there. */
  private static final class Asking implements TcpHandler<Void> {
    private final ByteBuffer question;
    private int got;
    int answers;
    int wanted;

    Asking(int bytes) {
      question = ByteBuffer.allocateDirect(bytes);
    }

    void ask(TcpConnection<Void> c) {
      c.send(question, 0, question.limit());
    }

    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      got += length;
      if (got == question.limit()) {
        got = 0;
        answers++;
        if (answers < wanted) {
          ask(c);
        }
      }
      return 0;
    }
  }

  private static final class Echo implements TcpHandler<Void> {
    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      return length - c.send(memory, offset, length);
    }
  }

  // APP-13
  @ParameterizedTest
  @ValueSource(ints = {1, 64, 1_460, 5_000})
  void pingPong(int bytes) {
    Asking asking = new Asking(bytes);
    net.server(new Echo());
    TcpConnection<Void> c = net.client(asking).connect(SERVER, null);
    net.runFor(SECOND);
    BooleanSupplier done = () -> asking.answers >= asking.wanted;
    assertComesToAllocateNothing(() -> {
      asking.wanted += 2_000;
      asking.ask(c);
      net.simulation.run(done, 100 * SECOND);
    });
    assertEquals(asking.wanted, asking.answers);
  }

  /** Fills the send buffer whenever there is room; the other end counts. */
  private static final class Filling implements TcpHandler<Void> {
    private final ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 20);

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      c.send(bytes, 0, bytes.limit());
    }

    @Override
    public void onMoreSendable(TcpConnection<Void> c) {
      c.send(bytes, 0, bytes.limit());
    }
  }

  private static final class Counting implements TcpHandler<Void> {
    long received;
    int leave;

    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      int left = Math.min(leave, length - 1);
      received += length - left;
      return left;
    }
  }

  private void bulk(Counting counting, long bytesPerRound) {
    BooleanSupplier[] done = new BooleanSupplier[1];
    long[] goal = new long[1];
    done[0] = () -> counting.received >= goal[0];
    assertComesToAllocateNothing(() -> {
      goal[0] += bytesPerRound;
      net.simulation.run(done[0], 10_000 * SECOND);
    });
    assertTrue(counting.received >= goal[0]);
  }

  @Test
  void bulk() {
    Counting counting = new Counting();
    net.server(counting);
    net.client(new Filling()).connect(SERVER, null);
    bulk(counting, 10_000_000);
  }

  /** Fills the send buffer by claims, gathering sends and sends that more follow, in turn. */
  private static final class EveryWay implements TcpHandler<Void> {
    private final ByteBuffer[] sources = {
      ByteBuffer.allocateDirect(700), ByteBuffer.allocate(900), ByteBuffer.allocateDirect(40)
    };
    private int turn;

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      c.setNagle(true);
      fill(c);
    }

    @Override
    public void onMoreSendable(TcpConnection<Void> c) {
      fill(c);
    }

    private void fill(TcpConnection<Void> c) {
      boolean more = true;
      while (more) {
        more = switch (turn++ % 3) {
          case 0 -> claims(c);
          case 1 -> gathers(c);
          default -> c.send(sources[0], 0, 700, true) == 700;
        };
      }
      c.flush();
    }

    private boolean claims(TcpConnection<Void> c) {
      int length = 1 + turn % 3_000;
      if (c.claim(length) < 0) {
        return false;
      }
      c.sendMemory().put((byte) 1);
      c.commit(length, (turn & 1) == 0);
      return true;
    }

    private boolean gathers(TcpConnection<Void> c) {
      for (int i = 0; i < sources.length; i++) {
        sources[i].clear();
      }
      boolean all = c.send(sources, 0, sources.length) == 1_640;
      sources[0].clear();
      return all;
    }
  }

  @Test
  void claimsGatheringSendsAndMore() {
    Counting counting = new Counting();
    net.server(counting);
    net.client(new EveryWay()).connect(SERVER, null);
    bulk(counting, 5_000_000);
  }

  /** Each onData leaves something over, so that all goes through the buffer of leftovers. */
  @Test
  void bulkWithLeftovers() {
    Counting counting = new Counting();
    counting.leave = 700;
    net.server(counting);
    net.client(new Filling()).connect(SERVER, null);
    bulk(counting, 5_000_000);
  }

  /** APP-13: every fiftieth segment with payload is lost: fast retransmit, early bytes, now and then the timer. */
  @Test
  void retransmissionAndRepairOfWhatCameOutOfOrder() {
    Counting counting = new Counting();
    net.server(counting);
    net.client(new Filling()).connect(SERVER, null);
    net.rightNic.lose(new FilterNic.Loss() {
      private int seen;

      @Override
      public boolean loses(ByteBuffer memory, int offset, int length) {
        return FilterNic.isTcp(memory, offset, length)
            && FilterNic.payloadLength(memory, offset) > 0
            && ++seen % 50 == 0;
      }
    });
    bulk(counting, 2_000_000);
    assertTrue(net.left.counter(Counter.FAST_RETRANSMITS) > 50);
    assertTrue(net.right.counter(Counter.TCP_OUT_OF_ORDER) > 50);
  }

  /** Every third question is lost: the retransmission timer has to bring it. */
  @Test
  void retransmissionByTheTimer() {
    Asking asking = new Asking(100);
    net.server(new Echo());
    TcpConnection<Void> c = net.client(asking).connect(SERVER, null);
    net.runFor(SECOND);
    net.rightNic.lose(new FilterNic.Loss() {
      private int seen;

      @Override
      public boolean loses(ByteBuffer memory, int offset, int length) {
        return FilterNic.isTcp(memory, offset, length)
            && FilterNic.payloadLength(memory, offset) > 0
            // So is the probe that was to repair it.
            && ++seen % 5 < 2;
      }
    });
    BooleanSupplier done = () -> asking.answers >= asking.wanted;
    assertComesToAllocateNothing(() -> {
      asking.wanted += 200;
      asking.ask(c);
      net.simulation.run(done, 10_000 * SECOND);
    });
    assertTrue(net.left.counter(Counter.RETRANSMIT_TIMEOUTS) > 100);
  }

  /** Connects, says something, hears it, finishes; and again when that is over. */
  private static final class Cycling implements TcpHandler<Void> {
    private final ByteBuffer word = ByteBuffer.allocateDirect(10);
    private final boolean aborts;
    int ends;
    int wrong;

    Cycling(boolean aborts) {
      this.aborts = aborts;
    }

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      c.send(word, 0, word.limit());
      c.setUserTimer(0, SECOND);
    }

    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      if (aborts) {
        c.abort();
      } else {
        c.sendFin();
      }
      return 0;
    }

    @Override
    public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
      if (reason != (aborts ? CloseReason.ABORTED : CloseReason.CLOSED)) {
        wrong++;
      }
      ends++;
    }
  }

  // APP-13
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void connectAndClose(boolean aborts) {
    TcpServer<Void> server = net.server(new Echo());
    Cycling cycling = new Cycling(aborts);
    TcpClient<Void> client = net.client(cycling);
    Consumer<TcpConnection<Void>> nothing = c -> {};
    BooleanSupplier over = () -> client.connectionCount() == 0 && server.connectionCount() == 0;
    assertComesToAllocateNothing(() -> {
      for (int i = 0; i < 300; i++) {
        TcpConnection<Void> c = client.connect(SERVER, null);
        client.forEach(nothing);
        if (client.connection(c.id()) == null) {
          cycling.wrong++;
        }
        net.simulation.run(over, SECOND);
      }
    });
    assertEquals(0, cycling.wrong);
    assertTrue(cycling.ends > 300 * WARM_UP);
  }

  /** Refused, unreachable, timed out: failing is as cheap. */
  @Test
  void failingToConnect() {
    net.server(new Echo());
    int[] ends = new int[1];
    TcpClient<Void> client =
        net.client(TcpSettings.defaults().withConnectTimeoutNs(10 * MS), new TcpHandler<>() {
          @Override
          public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
            ends[0]++;
          }
        });
    var closedPort = new java.net.InetSocketAddress("10.0.0.2", 9);
    var nowhere = new java.net.InetSocketAddress("192.0.2.1", 9);
    var nobody = new java.net.InetSocketAddress("10.0.0.3", 9);
    BooleanSupplier over = () -> client.connectionCount() == 0;
    assertComesToAllocateNothing(() -> {
      for (int i = 0; i < 100; i++) {
        client.connect(closedPort, null);
        client.connect(nowhere, null);
        client.connect(nobody, null);
        net.simulation.run(over, 10 * SECOND);
      }
    });
    assertTrue(ends[0] > 300 * WARM_UP);
  }

  /** Frames of every protocol with a few bytes wrong, of some length, the same in each round. */
  private List<byte[]> malformed() {
    long mac = net.rightNic.macAddress();
    long source = net.leftNic.macAddress();
    byte[] tcp =
        Frames.bytes("c350 0007 00000001 00000000 8002 ffff 0000 0000 020405b4 01 030307 00000000");
    List<byte[]> whole = List.of(
        Frames.ethernet(mac, source, 0x0800, Frames.ipv4(6, "10.0.0.9", "10.0.0.2", tcp)),
        Frames.ethernet(
            mac, source, 0x0800, Frames.ipv4(6, "10.0.0.9", "10.0.0.2", new byte[8], tcp)),
        Frames.ethernet(
            mac,
            source,
            0x0800,
            Frames.ipv4(1, "10.0.0.9", "10.0.0.2", Frames.icmp(3, 4, 600, tcp))),
        Frames.ethernet(mac, source, 0x0806, Frames.arp(1, source, "10.0.0.9", 0, "10.0.0.2")));
    SplittableRandom random = new SplittableRandom(14);
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < 4_096; i++) {
      byte[] frame = whole.get(i % whole.size()).clone();
      for (int wrong = 1 + random.nextInt(3); wrong > 0; wrong--) {
        frame[12 + random.nextInt(frame.length - 12)] = (byte) random.nextInt(256);
      }
      frames.add(Arrays.copyOf(frame, 14 + random.nextInt(frame.length)));
    }
    return frames;
  }

  private void inject(byte[] frame) {
    int slot = net.leftNic.claim(frame.length);
    net.leftNic.transmitMemory().put(slot, frame);
    net.leftNic.transmit(slot, frame.length, 0, 0);
  }

  // APP-13, APP-14: a million; where nothing is allocated, no exception is made, either
  @Test
  void malformedFrames() {
    List<byte[]> frames = malformed();
    assertComesToAllocateNothing(() -> {
      for (int i = 0; i < 256_000; i++) {
        inject(frames.get(i & 4_095));
        if (i % 64 == 63) {
          net.leftNic.ring();
          net.runFor(MS);
        }
      }
    });
    long received = net.right.counter(Counter.FRAMES_RECEIVED);
    assertTrue(received >= 1_000_000, received + " frames");
    for (Counter cause : List.of(
        Counter.ETHERNET_UNKNOWN_TYPE,
        Counter.IP_MALFORMED,
        Counter.IP_BAD_CHECKSUM,
        Counter.ARP_MALFORMED)) {
      assertTrue(net.right.counter(cause) > 1_000, cause.name());
    }
  }
}
