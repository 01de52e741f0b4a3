// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static io.vireo.Watched.send;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.TcpSettings;
import io.vireo.nic.lab.WireSettings;
import io.vireo.time.ManualClock;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Too few connections, too little memory, too few transmit slots: less goes on, nothing is lost. */
class ShortageTest {
  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  // CAP-01
  @Test
  void anExhaustedPoolLeavesSynsUnansweredUntilThereIsRoom() {
    TwoStacks net = new TwoStacks();
    Watched<Void> serverSide = new Watched<>();
    TcpServer<Void> server = net.server(TcpSettings.defaults().withConnections(2), serverSide);
    Watched<Void> watched = new Watched<>();
    TcpClient<Void> client = net.client(watched);
    List<TcpConnection<Void>> all = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      all.add(client.connect(SERVER, null));
    }
    net.runFor(SECOND);
    assertEquals(0, server.available());
    TcpConnection<Void> waiting = client.connect(SERVER, null);
    net.runFor(500 * MS);
    assertEquals(1, net.right.counter(Counter.SYNS_DROPPED));
    assertEquals(2, server.connectionCount());
    send(all.get(0), "untouched");
    net.runFor(MS);
    assertTrue(serverSide.events.contains("data untouched"));

    all.get(1).sendFin();
    send(waiting, "at last");
    net.runFor(4 * SECOND);
    assertTrue(serverSide.events.contains("data at last"));
    assertEquals(List.of(CloseReason.CLOSED), watched.ends);
  }

  /** The pool fills up while handshakes are under way: they wait, and complete when there is room. */
  @Test
  void handshakesUnderWayCompleteWhenThereIsRoom() {
    TwoStacks net = new TwoStacks();
    Watched<Void> serverSide = new Watched<>();
    TcpServer<Void> server = net.server(TcpSettings.defaults().withConnections(1), serverSide);
    Watched<Void> watched = new Watched<>();
    TcpClient<Void> client = net.client(watched);
    for (int i = 0; i < 3; i++) {
      client.connect(SERVER, null);
    }
    net.runFor(200 * MS);
    assertEquals(1, server.connectionCount());
    for (int i = 1; i <= 3; i++) {
      int begun = i;
      net.runUntil(() -> serverSide.lives.size() == begun, 10 * SECOND);
      server.forEach(TcpConnection::sendFin);
      net.runFor(SECOND);
    }
    assertEquals(
        List.of(CloseReason.CLOSED, CloseReason.CLOSED, CloseReason.CLOSED), serverSide.ends);
    assertEquals(3, watched.ends.size());
  }

  // CAP-01
  @Test
  void anExhaustedPoolRefusesToConnect() {
    TwoStacks net = new TwoStacks();
    net.server(new Watched<>());
    Watched<Void> watched = new Watched<>();
    TcpClient<Void> client = net.client(TcpSettings.defaults().withConnections(1), watched);
    TcpConnection<Void> c = client.connect(SERVER, null);
    assertThrows(IllegalStateException.class, () -> client.connect(SERVER, null));
    send(c, "goes on");
    c.sendFin();
    net.runUntil(watched::anyEnded);
    assertEquals(CloseReason.CLOSED, watched.ends.get(0));
    client.connect(SERVER, null);
  }

  /** Sends back what comes. */
  private static final class Echo implements TcpHandler<Void> {
    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      return length - c.send(memory, offset, length);
    }
  }

  /** Sends so many bytes, and then nothing. */
  private static final class Begins implements TcpHandler<Void> {
    private final ByteBuffer source;

    Begins(int bytes) {
      source = ByteBuffer.allocate(bytes);
    }

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      onMoreSendable(c);
    }

    @Override
    public void onMoreSendable(TcpConnection<Void> c) {
      int taken = c.send(source, source.position(), source.remaining());
      source.position(source.position() + taken);
    }
  }

  /** MEM-08: the beginnings of messages fill the memory, and their ends never come. Whoever needs none goes on. */
  @Test
  void messagesThatNeverEndDoNotStopAReaderWhoConsumesAll() {
    TwoStacks net = new TwoStacks(
        new ManualClock(),
        WireSettings.defaults().withDelayNs(50_000),
        settings -> settings,
        settings -> settings.withBufferMemoryBytes(2 << 20));
    net.server(TcpSettings.defaults(), new TcpHandler<Void>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        return length;
      }
    });
    long[] received = new long[1];
    TcpServer<Void> reader = new TcpServer<>(net.right, TcpSettings.defaults(), new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        received[0] += length;
        return 0;
      }
    });
    reader.listen(8);
    for (int i = 0; i < 40; i++) {
      net.client(new Begins(60_000)).connect(SERVER, null);
    }
    net.runFor(SECOND);
    assertTrue(net.right.arena().freeBytes() < (2 << 20) / 16, "no window of theirs is opened");
    int bytes = 4 << 20;
    net.client(new Begins(bytes)).connect(new InetSocketAddress("10.0.0.2", 8), null);
    net.runUntil(() -> received[0] == bytes, 60 * SECOND);
  }

  /** More wait for memory than a turn asks, and it is too little for the first of them: he whom it is enough for is told before the stack sleeps. */
  @Test
  void everybodyIsAskedWhenMemoryComesFree() {
    int waiters = 200;
    TwoStacks net = new TwoStacks(settings -> settings.withBufferMemoryBytes(1 << 20));
    TcpSettings settings =
        TcpSettings.defaults().withConnections(waiters + 4).withSendBufferBytes(512 << 10);
    net.server(settings, new Watched<>());
    TcpConnection<?>[] told = new TcpConnection<?>[1];
    TcpClient<Void> client = net.client(settings, new TcpHandler<>() {
      @Override
      public void onMoreSendable(TcpConnection<Void> c) {
        told[0] = c;
      }
    });
    List<TcpConnection<Void>> all = new ArrayList<>();
    for (int i = 0; i < waiters + 4; i++) {
      all.add(client.connect(SERVER, null));
      net.runFor(5 * MS);
    }
    assertTrue(all.get(0).claim(512 << 10) >= 0);
    assertTrue(all.get(1).claim(256 << 10) >= 0);
    assertTrue(all.get(2).claim(128 << 10) >= 0);
    for (int i = 0; i < waiters; i++) {
      assertEquals(-1, all.get(4 + i).claim(512 << 10));
    }
    assertEquals(-1, all.get(3).claim(64 << 10));
    all.get(2).commit(0);
    int turns = 0;
    do {
      turns++;
    } while (net.left.poll() > 0 || net.left.tcp().agenda().readyCount() > 0);
    assertEquals(all.get(3), told[0]);
    assertTrue(turns < 10, "and then it is over");
  }

  /** Many connections want far more memory than there is: all get through, byte for byte, and the arena keeps its cap. */
  @ParameterizedTest
  @ValueSource(longs = {64 << 10, 100_000, 256 << 10, 1 << 20})
  void anExhaustedArenaSlowsDownAndLosesNothing(long bytes) {
    TwoStacks net = new TwoStacks(settings -> settings.withBufferMemoryBytes(bytes));
    Watched<Void> echo = new Watched<>(new Echo());
    net.server(echo);
    List<LeftoverTest.Pump> pumps = new ArrayList<>();
    List<byte[]> sent = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      byte[] data = random(50_000 + 10_000 * i, i);
      LeftoverTest.Pump pump = new LeftoverTest.Pump(data);
      sent.add(data);
      pumps.add(pump);
      net.client(TcpSettings.defaults().withConnections(1), pump).connect(SERVER, null);
    }
    net.runUntil(() -> pumps.stream().allMatch(pump -> pump.end != null), 3_000 * SECOND);
    for (int i = 0; i < pumps.size(); i++) {
      assertEquals(CloseReason.CLOSED, pumps.get(i).end);
      assertArrayEquals(sent.get(i), pumps.get(i).back.toByteArray());
    }
    net.runFor(SECOND);
    net.assertNothingHeld();
  }

  @Test
  void anIdleConnectionHoldsNoMemory() {
    TwoStacks net = new TwoStacks();
    net.server(new Echo());
    Watched<Void> watched = new Watched<>();
    TcpClient<Void> client = net.client(watched);
    for (int i = 0; i < 100; i++) {
      send(client.connect(SERVER, null), "hello");
    }
    net.runFor(SECOND);
    assertEquals(200, watched.events.size());
    assertEquals(100, client.connectionCount());
    net.assertNothingHeld();
  }

  /** MEM-08: somebody who never reads holds all the memory he may; the others get along with the rest. */
  @Test
  void whoNeverReadsDoesNotStopTheOthers() {
    TwoStacks net = new TwoStacks(settings -> settings.withBufferMemoryBytes(1 << 20));
    TcpServer<Void> server = net.server(TcpSettings.defaults(), new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        return length;
      }
    });
    TcpServer<Void> echo = new TcpServer<>(net.right, TcpSettings.defaults(), new Echo());
    echo.listen(8);
    TcpClient<Void> client =
        net.client(TcpSettings.defaults().withSendBufferBytes(4 << 10), new TcpHandler<>() {
          private final ByteBuffer bytes = ByteBuffer.allocateDirect(8 << 10);

          @Override
          public void onConnectionEstablished(TcpConnection<Void> c) {
            c.send(bytes, 0, bytes.limit());
          }

          @Override
          public void onMoreSendable(TcpConnection<Void> c) {
            c.send(bytes, 0, bytes.limit());
          }
        });
    for (int i = 0; i < 100; i++) {
      client.connect(SERVER, null);
    }
    net.runFor(10 * SECOND);
    assertEquals(100, server.connectionCount());
    assertTrue(
        net.right.arena().freeBytes() < 200_000,
        () -> net.right.arena().freeBytes() + " bytes are free");

    byte[] data = random(200_000, 1);
    LeftoverTest.Pump pump = new LeftoverTest.Pump(data);
    net.client(TcpSettings.defaults(), pump)
        .connect(new java.net.InetSocketAddress("10.0.0.2", 8), null);
    net.runUntil(() -> pump.end != null, 1_000 * SECOND);
    assertArrayEquals(data, pump.back.toByteArray());
  }

  @Test
  void aSendThatFindsNoMemoryIsToldWhenThereIsSome() {
    TwoStacks net = new TwoStacks(settings -> settings.withBufferMemoryBytes(64 << 10));
    net.server(new Watched<>());
    net.rightNic.lose(FilterNic.TCP);
    Watched<Void> watched = new Watched<>();
    TcpClient<Void> client = net.client(watched);
    ByteBuffer bytes = ByteBuffer.allocate(64 << 10);
    List<TcpConnection<Void>> all = new ArrayList<>();
    int taken = 0;
    for (int i = 0; i < 8; i++) {
      TcpConnection<Void> c = client.connect(SERVER, null);
      all.add(c);
      assertTrue(c.sendable() <= 64 << 10);
      int expected = c.sendable();
      int sent = c.send(bytes, 0, bytes.limit());
      assertEquals(expected, sent, "sendable is what send takes");
      taken += sent;
    }
    assertTrue(taken <= 64 << 10, "no more than there is");
    assertTrue(taken >= 16 << 10, "but what there is");
    net.rightNic.lose(FilterNic.NONE);
    net.runFor(10 * SECOND);
    assertEquals(
        8,
        watched.events.stream().filter("moreSendable"::equals).count(),
        () -> watched.events.toString());
    for (TcpConnection<Void> c : all) {
      c.abort();
    }
    net.runFor(SECOND);
    net.assertNothingHeld();
  }

  /** Nobody is told of room that is not there: a handler that sends again whenever it is told must not spin. */
  @Test
  void aShortageDoesNotMakeHandlersSpin() {
    TwoStacks net = new TwoStacks(settings -> settings.withBufferMemoryBytes(64 << 10));
    net.server(new TcpHandler<Void>() {});
    net.rightNic.lose(FilterNic.TCP);
    int[] calls = new int[1];
    TcpClient<Void> client = net.client(new TcpHandler<>() {
      private final ByteBuffer bytes = ByteBuffer.allocate(40 << 10);

      @Override
      public void onUserTimeout(TcpConnection<Void> c, int timerId) {
        c.send(bytes, 0, bytes.limit());
      }

      @Override
      public void onMoreSendable(TcpConnection<Void> c) {
        calls[0]++;
        c.send(bytes, 0, bytes.limit());
      }
    });
    for (int i = 0; i < 10; i++) {
      client.connect(SERVER, null).setUserTimer(0, MS);
    }
    net.runFor(SECOND);
    assertEquals(0, calls[0], "nobody is connected yet");
    net.rightNic.lose(FilterNic.NONE);
    net.runFor(3 * SECOND);
    net.wire.linkUp(false);
    net.runFor(100 * MS);
    calls[0] = 0;
    for (int turn = 0; turn < 1_000; turn++) {
      net.left.poll();
    }
    assertTrue(calls[0] < 20, () -> calls[0] + " calls in a thousand turns");
  }

  /** GND-05, MEM-07: eight slots, of which some are reserved: bulk both ways, many connections, and every ACK finds its way. */
  @ParameterizedTest
  @ValueSource(ints = {8, 9, 16})
  void aTinyTransmitRingCarriesEverything(int slots) {
    WireSettings wire = WireSettings.defaults().withDelayNs(50_000).withSlots(slots);
    TwoStacks net = new TwoStacks(new ManualClock(), wire, s -> s, s -> s);
    net.server(new Watched<>(new Echo()));
    List<LeftoverTest.Pump> pumps = new ArrayList<>();
    List<byte[]> sent = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      byte[] data = random(100_000, i);
      LeftoverTest.Pump pump = new LeftoverTest.Pump(data);
      sent.add(data);
      pumps.add(pump);
      net.client(TcpSettings.defaults().withConnections(1), pump).connect(SERVER, null);
    }
    net.runUntil(() -> pumps.stream().allMatch(pump -> pump.end != null), 1_000 * SECOND);
    for (int i = 0; i < pumps.size(); i++) {
      assertArrayEquals(sent.get(i), pumps.get(i).back.toByteArray());
      assertEquals(CloseReason.CLOSED, pumps.get(i).end);
    }
    net.runFor(SECOND);
    net.assertNothingHeld();
  }
}
