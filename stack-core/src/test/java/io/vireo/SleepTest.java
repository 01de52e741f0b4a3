// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.TcpSettings;
import io.vireo.tcp.Connection;
import io.vireo.tcp.ConnectionInspection;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Connections at rest, of which there are more than may be awake at a time. */
class SleepTest {
  private static final int CONNECTIONS = 200;
  private static final int AWAKE = 8;

  private final TwoStacks net = new TwoStacks();
  private final List<TcpConnection<Void>> connections = new ArrayList<>();
  private final ByteBuffer message = ByteBuffer.allocateDirect(64);
  private final BooleanSupplier never = new AtomicBoolean()::get;
  private TcpClient<Void> client;
  private TcpServer<Void> server;
  private int received;
  private int timers;
  private int closed;

  private final class Told implements TcpHandler<Void> {
    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      received += length;
      return 0;
    }

    @Override
    public void onUserTimeout(TcpConnection<Void> c, int timerId) {
      timers++;
    }

    @Override
    public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
      closed++;
    }
  }

  private static final class Echo implements TcpHandler<Void> {
    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      return length - c.send(memory, offset, length);
    }
  }

  @BeforeEach
  void allAreOpen() {
    TcpSettings settings =
        TcpSettings.defaults().withConnections(CONNECTIONS).withAwakeConnections(AWAKE);
    server = new TcpServer<>(net.right, settings.withConnections(CONNECTIONS + 1), new Echo());
    server.listen(TwoStacks.PORT);
    client = new TcpClient<>(net.left, settings, new Told());
    for (int i = 0; i < CONNECTIONS; i++) {
      connections.add(client.connect(SERVER, null));
      net.runFor(10 * MS);
    }
    assertEquals(CONNECTIONS, server.connectionCount());
  }

  private static long awake(TcpEndpoint<?> endpoint) {
    Connection[] all = StackInspection.connections(endpoint);
    return Arrays.stream(all).filter(ConnectionInspection::isAwake).count();
  }

  private void assertMostSleep() {
    assertTrue(awake(client) < 2 * AWAKE, () -> awake(client) + " of the client are awake");
    assertTrue(awake(server) < 2 * AWAKE, () -> awake(server) + " of the server are awake");
  }

  /** Each in turn sends a message, and has acknowledged the answer before the next one does. */
  private void roundOfAll() {
    for (int i = 0; i < CONNECTIONS; i++) {
      connections.get(i).send(message, 0, 64);
      net.simulation.run(never, 20 * MS);
    }
  }

  @Test
  void mostSleepAndEachAnswers() {
    assertMostSleep();
    roundOfAll();
    assertEquals(64 * CONNECTIONS, received);
    net.runFor(SECOND);
    assertMostSleep();
  }

  @Test
  void whoSleepsIsWokenByHisTimer() {
    connections.forEach(c -> c.setUserTimer(1, SECOND));
    net.runFor(SECOND / 2);
    assertEquals(0, timers);
    assertMostSleep();
    net.runFor(SECOND);
    assertEquals(CONNECTIONS, timers);
  }

  @Test
  void whoSleepsTellsHisFigures() {
    roundOfAll();
    TcpInfo info = new TcpInfo();
    for (TcpConnection<Void> c : connections) {
      c.info(info);
      assertEquals(64, info.bytesReceived);
      assertEquals(64 << 10, c.sendable());
    }
    assertMostSleep();
  }

  /** Also those who talk of all while one of them is being told something. */
  @Test
  void allMayBeAskedInOneCallback() {
    TcpInfo info = new TcpInfo();
    long[] sum = new long[1];
    TcpClient<Void> other = new TcpClient<>(net.left, TcpSettings.defaults(), new TcpHandler<>() {
      @Override
      public void onConnectionEstablished(TcpConnection<Void> c) {
        connections.forEach(each -> {
          each.info(info);
          sum[0] += info.congestionWindowBytes;
        });
      }
    });
    connections.get(0).info(info);
    long each = info.congestionWindowBytes;
    other.connect(SERVER, null);
    net.runFor(SECOND);
    assertEquals(CONNECTIONS * each, sum[0]);
    assertMostSleep();
  }

  @Test
  void whenAllHaveSomethingUnderWayAllAreAwake() {
    connections.forEach(c -> c.send(message, 0, 64));
    assertEquals(CONNECTIONS, awake(client));
  }

  @Test
  void whoSleepsIsClosed() {
    client.close();
    assertEquals(CONNECTIONS, closed);
    net.runFor(SECOND);
    assertEquals(0, server.connectionCount());
    net.assertNothingHeld();
  }

  /** There was nothing left over to show again. */
  @Test
  void whoResumesSleepsAllTheSame() {
    connections.forEach(c -> {
      c.pause();
      c.resume();
    });
    assertMostSleep();
    roundOfAll();
    assertEquals(64 * CONNECTIONS, received);
    assertMostSleep();
  }

  /** Also those who held bytes that came early: the queue of these lets go of nobody while there is memory. */
  @Test
  void whoIsOverLeavesHisPiecesToOthers() {
    ByteBuffer two = ByteBuffer.allocateDirect(2_000);
    for (TcpConnection<Void> c : connections) {
      int before = net.rightNic.lost();
      net.rightNic.lose((memory, offset, length) -> FilterNic.isTcp(memory, offset, length)
          && FilterNic.payloadLength(memory, offset) > 0
          && net.rightNic.lost() == before);
      c.send(two, 0, 2_000);
      net.runFor(SECOND);
      c.abort();
    }
    assertEquals(2_000 * CONNECTIONS, received);
    assertEquals(CONNECTIONS, net.right.counter(Counter.TCP_OUT_OF_ORDER));
    assertMostSleep();
  }

  @Test
  void fallingAsleepAndWakingAllocatesNothing() {
    AllocationTest.assertComesToAllocateNothing(this::roundOfAll);
    assertMostSleep();
  }
}
