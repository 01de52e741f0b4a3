// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.lab.MemoryWire;
import io.vireo.time.ManualClock;
import io.vireo.time.NanoClock;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A rehearsal shows a program all that a network can do to it, and touches nothing but its twin. */
class WarmupTest {
  private static final int PORT = 7;
  private static final long LIMIT_NS = 3_000_000_000L;

  /** Each look at it takes a microsecond. */
  private final NanoClock clock = new NanoClock() {
    private long nowNs;

    @Override
    public long nanoTime() {
      nowNs += 1_000;
      return nowNs;
    }
  };

  private final StackSettings settings = StackSettings.of("10.0.0.1/24").withClock(clock);
  private final Nic nic = new MemoryWire(clock, 0).left();
  private final List<TcpStack> stacks = new ArrayList<>();
  private final Echo echo = new Echo();

  private static final class Echo implements TcpHandler<Void> {
    private final Set<CloseReason> ends = EnumSet.noneOf(CloseReason.class);
    private int established;
    private int fins;

    @Override
    public void onConnectionEstablished(TcpConnection<Void> connection) {
      established++;
    }

    @Override
    public int onData(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
      return length - connection.send(memory, offset, length);
    }

    @Override
    public void onFin(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
      fins++;
      connection.sendFin();
    }

    @Override
    public void onConnectionClosed(TcpConnection<Void> connection, CloseReason reason) {
      ends.add(reason);
    }
  }

  private Runnable serve(TcpStack stack) {
    stacks.add(stack);
    new TcpServer<>(stack, TcpSettings.defaults(), echo).listen(PORT);
    return () -> {};
  }

  private Runnable connect(TcpStack stack) {
    stacks.add(stack);
    TcpClient<Void> client = new TcpClient<>(stack, TcpSettings.defaults(), echo);
    return () -> {
      if (client.connectionCount() < 8) {
        client.connect(new InetSocketAddress("10.0.0.99", 80), null);
      }
    };
  }

  private Warmup warmup() {
    return new Warmup(nic, settings).limit(LIMIT_NS);
  }

  private long count(Counter counter) {
    return stacks.stream().mapToLong(stack -> stack.counter(counter)).sum();
  }

  private void assertMet(Counter... counters) {
    for (Counter counter : counters) {
      assertTrue(count(counter) > 0, counter.toString());
    }
  }

  @Test
  void aServerMeetsAllThatPeersDo() throws IOException {
    Warmup.Report report = warmup().server(PORT, new byte[64], new byte[5_000]).run(this::serve);
    assertTrue(report.messages() > 1_000, report.toString());
    assertTrue(report.elapsedNs() >= LIMIT_NS);
    assertTrue(echo.established > 100);
    assertTrue(echo.fins > 50);
    assertEquals(
        EnumSet.of(CloseReason.CLOSED, CloseReason.RESET, CloseReason.SHUT_DOWN), echo.ends);
    assertMet(
        Counter.CONNECTIONS_ACCEPTED,
        Counter.RETRANSMIT_TIMEOUTS,
        Counter.FAST_RETRANSMITS,
        Counter.TAIL_LOSS_PROBES_SENT,
        Counter.WINDOW_PROBES_SENT,
        Counter.TCP_OUT_OF_ORDER,
        Counter.TCP_OUT_OF_WINDOW,
        Counter.TCP_BAD_CHECKSUM,
        Counter.TCP_BAD_ACK,
        Counter.CHALLENGE_ACKS_SENT,
        Counter.RESETS_SENT,
        Counter.RESETS_RECEIVED,
        Counter.ETHERNET_NOT_FOR_US,
        Counter.ETHERNET_UNKNOWN_TYPE,
        Counter.IP_NOT_FOR_US);
  }

  @Test
  void messagesWithoutAnAnswerFollowEachOtherWithoutWaitingForDelayedAcks() throws IOException {
    Warmup.Report report = warmup().server(PORT, new byte[64]).run(stack -> {
      new TcpServer<>(stack, TcpSettings.defaults(), new TcpHandler<Void>() {}).listen(PORT);
      return () -> {};
    });
    assertTrue(report.messages() > 10_000, report.toString());
  }

  /** Takes the first byte of what comes for the kind of the message, and breaks off where it is another's. */
  private static final class Kind implements TcpHandler<Void> {
    private final byte kind;
    private final Set<CloseReason> ends = EnumSet.noneOf(CloseReason.class);
    private long foreign;

    Kind(int kind) {
      this.kind = (byte) kind;
    }

    @Override
    public int onData(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
      for (int i = offset; i < offset + length; i++) {
        foreign += memory.get(i) == kind ? 0 : 1;
      }
      connection.send(memory, offset, length);
      return 0;
    }

    @Override
    public void onConnectionClosed(TcpConnection<Void> connection, CloseReason reason) {
      ends.add(reason);
    }
  }

  @Test
  void eachPortHasItsOwnMessagesAndMeetsAllThatPeersDo() throws IOException {
    Kind orders = new Kind(1);
    Kind admin = new Kind(2);
    warmup().server(PORT, new byte[] {1}).server(PORT + 1, new byte[] {2, 2}).run(stack -> {
      stacks.add(stack);
      new TcpServer<>(stack, TcpSettings.defaults(), orders).listen(PORT);
      new TcpServer<>(stack, TcpSettings.defaults(), admin).listen(PORT + 1);
      return () -> {};
    });
    assertEquals(0, orders.foreign + admin.foreign);
    Set<CloseReason> ends =
        EnumSet.of(CloseReason.CLOSED, CloseReason.RESET, CloseReason.SHUT_DOWN);
    assertEquals(ends, orders.ends);
    assertEquals(ends, admin.ends);
  }

  @Test
  void aClientIsAnsweredWhereverItConnects() throws IOException {
    Warmup.Report report = warmup().client(new byte[200]).run(this::connect);
    assertTrue(report.messages() > 1_000, report.toString());
    assertTrue(
        echo.ends.containsAll(List.of(CloseReason.CLOSED, CloseReason.RESET, CloseReason.REFUSED)),
        echo.ends.toString());
    assertMet(Counter.CONNECTIONS_OPENED, Counter.RETRANSMIT_TIMEOUTS, Counter.WINDOW_PROBES_SENT);
  }

  @Test
  void theBeginningIsRepeatedOnStacksOfTheirOwn() throws IOException {
    warmup().server(PORT, new byte[1]).run(this::serve);
    assertTrue(stacks.size() >= 4, "" + stacks.size());
    assertEquals(stacks.size(), Set.copyOf(stacks).size());
    for (TcpStack stack : stacks) {
      assertThrows(IllegalStateException.class, stack::poll); // closed
    }
  }

  @Test
  void theNicItselfIsNotTouched() throws IOException {
    warmup().server(PORT, new byte[1]).run(this::serve);
    assertEquals(0, nic.counter(NicCounter.FRAMES_SENT));
    assertEquals(Nic.EMPTY, nic.receive());
    assertTrue(nic.claim(100) >= 0);
  }

  @Test
  void anEndBeforeTheCompilerRestsIsNoSettledOne() throws IOException {
    Warmup.Report report = warmup().limit(1_000_000).server(PORT, new byte[1]).run(this::serve);
    assertFalse(report.settled());
    assertEquals(1, stacks.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.254/24", "10.0.0.2/31", "10.0.0.3/31", "10.0.0.1/8"})
  void aNeighbourIsFoundInEveryNetwork(String address) throws IOException {
    StackSettings other = StackSettings.of(address).withClock(clock);
    Warmup.Report report =
        new Warmup(nic, other).limit(50_000_000).server(PORT, new byte[9]).run(this::serve);
    assertTrue(report.messages() + echo.established > 0, report.toString());
  }

  /** Several addresses in a row, as a stack has them that several names belong to. */
  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1/24 10.0.0.2/24", "10.0.0.253/24 10.0.0.254/24"})
  void aNeighbourIsNotTheStackItself(String addresses) throws IOException {
    StackSettings other = StackSettings.of(addresses.split(" ")).withClock(clock);
    Warmup.Report report =
        new Warmup(nic, other).limit(50_000_000).server(PORT, new byte[9]).run(this::serve);
    assertTrue(echo.established > 0, report.toString());
  }

  @Test
  void aProgramThatFailsLeavesNothingOpen() {
    IllegalStateException failure = new IllegalStateException("no such book");
    assertEquals(
        failure,
        assertThrows(
            IllegalStateException.class,
            () -> warmup().run(stack -> {
              stacks.add(stack);
              return () -> {
                throw failure;
              };
            })));
    assertThrows(IllegalStateException.class, stacks.get(0)::poll);
  }

  /** What docs/warm-up.md says of a logon. */
  @Test
  void ofTwoHundredMessagesTheFirstComesOncePerConnection() throws IOException {
    byte[][] messages = new byte[200][];
    Arrays.fill(messages, new byte[] {2});
    messages[0] = new byte[] {1};
    Kind first = new Kind(2);
    warmup().server(PORT, messages).run(stack -> {
      stacks.add(stack);
      new TcpServer<>(stack, TcpSettings.defaults(), first).listen(PORT);
      return () -> {};
    });
    assertTrue(first.foreign > 100, "" + first.foreign);
    assertTrue(first.foreign <= count(Counter.CONNECTIONS_ACCEPTED), "" + first.foreign);
  }

  @Test
  void handlersThatThrowAreCounted() throws IOException {
    Warmup.Report report = warmup().server(PORT, new byte[1]).run(stack -> {
      TcpHandler<Void> throwing = new TcpHandler<>() {
        @Override
        public int onData(TcpConnection<Void> connection, ByteBuffer m, int offset, int length) {
          throw new IllegalStateException("as planned");
        }

        @Override
        public void onException(TcpConnection<Void> connection, RuntimeException e) {}
      };
      new TcpServer<>(stack, TcpSettings.defaults(), throwing).listen(PORT);
      return () -> {};
    });
    assertTrue(report.failures() > 100, report.toString());
  }

  @Test
  void aPortThatRefusesEverybodyIsNamed() {
    Warmup toNobody = warmup().server(PORT, new byte[1]).server(PORT + 1, new byte[1]);
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> toNobody.run(this::serve));
    assertTrue(e.getMessage().contains("port " + (PORT + 1)), e.getMessage());
  }

  @Test
  void aPortThatIsOpenedLateIsNoneThatRefuses() throws IOException {
    Warmup.Report report = warmup().server(PORT, new byte[1]).run(stack -> {
      TcpServer<Void> server = new TcpServer<>(stack, TcpSettings.defaults(), echo);
      long startNs = stack.nowNs();
      return new Runnable() {
        private boolean open;

        @Override
        public void run() {
          if (!open && stack.nowNs() - startNs > 100_000_000L) {
            server.listen(PORT);
            open = true;
          }
        }
      };
    });
    assertTrue(report.messages() > 1_000, report.toString());
  }

  @Test
  void aClockThatStandsStillIsRefused() {
    StackSettings still = settings.withClock(new ManualClock());
    assertThrows(
        IllegalStateException.class,
        () -> new Warmup(nic, still).server(PORT, new byte[1]).run(this::serve));
  }

  @Test
  void wrongArgumentsAreRefused() {
    Warmup warmup = warmup();
    assertThrows(IllegalArgumentException.class, () -> warmup.server(0, new byte[1]));
    assertThrows(IllegalArgumentException.class, () -> warmup.server(65_536, new byte[1]));
    assertThrows(IllegalArgumentException.class, () -> warmup.server(PORT));
    assertThrows(IllegalArgumentException.class, () -> warmup.server(PORT, new byte[0]));
    assertThrows(IllegalArgumentException.class, () -> warmup.client(new byte[(1 << 20) + 1]));
    assertThrows(IllegalArgumentException.class, () -> warmup.limit(0));
  }
}
