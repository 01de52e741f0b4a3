// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static io.vireo.Watched.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.TcpSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** poll and await: what they return, what bounds them, and what they do when the NIC gives up. */
class PollingTest {
  private final TwoStacks net = new TwoStacks();
  private final Watched<Void> watched = new Watched<>();

  @Test
  void anIdleTurnReturnsZero() {
    assertEquals(0, net.left.poll());
    TcpServer<Void> server = net.server(new Watched<>());
    TcpConnection<Void> c = net.client(watched).connect(SERVER, null);
    net.runUntil(() -> server.connectionCount() == 1);
    net.runFor(SECOND);
    assertEquals(0, net.left.poll());
    send(c, "x");
    assertEquals(0, net.left.poll());
    net.clock.advance(50_000);
    assertEquals(1, net.right.poll());
    assertEquals(0, net.right.poll());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64, 4_096})
  void aTurnTakesNoMoreFramesThanItsBudget(int budget) {
    TwoStacks small = new TwoStacks(settings -> settings.withFramesPerPoll(budget));
    TcpServer<Void> server = small.server(new Watched<>());
    TcpClient<Void> client = small.client(new Watched<>());
    for (int i = 0; i < 200; i++) {
      client.connect(SERVER, null);
    }
    small.runUntil(() -> server.connectionCount() == 200);
    small.runFor(SECOND);
    client.forEach(c -> send(c, "x"));
    small.clock.advance(50_000);
    int frames = 0;
    while (frames < 200) {
      int work = small.right.poll();
      assertTrue(work > 0 && work <= budget, () -> work + " of " + budget);
      frames += work;
    }
    assertEquals(200, frames);
  }

  @Test
  void awaitSleepsUntilTheEarliestDeadline() {
    TcpClient<Void> client = net.client(watched);
    net.runFor(SECOND);
    net.left.await(7 * SECOND);
    assertEquals(7 * SECOND, net.leftNic.awaitedNs());
    client.setTimer(0, 3 * SECOND);
    net.left.await(7 * SECOND);
    assertEquals(3 * SECOND, net.leftNic.awaitedNs());
    net.clock.advance(SECOND);
    net.left.await(Long.MAX_VALUE);
    assertEquals(2 * SECOND, net.leftNic.awaitedNs());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, SECOND, Long.MAX_VALUE / 2, Long.MAX_VALUE - 1, Long.MAX_VALUE})
  void awaitReturnsAtOnceIfSomethingIsOverdue(long maxWaitNs) {
    TcpClient<Void> client = net.client(watched);
    net.runFor(SECOND);
    client.setTimer(0, SECOND);
    net.clock.advance(5 * SECOND);
    net.left.await(maxWaitNs);
    assertEquals(-1, net.leftNic.awaitedNs());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void awaitForNoTimeReturnsAtOnce(long maxWaitNs) {
    net.left.await(maxWaitNs);
    assertEquals(-1, net.leftNic.awaitedNs());
  }

  @Test
  void awaitReturnsAtOnceIfAnEventIsLeft() {
    TcpClient<Void> client = net.client(watched);
    client.connect(new InetSocketAddress("192.0.2.1", 5), null);
    net.left.await(SECOND);
    assertEquals(-1, net.leftNic.awaitedNs());
    assertEquals(List.of(), watched.events, "delivers nothing");
  }

  @Test
  void timeStandsStillBetweenTurns() {
    net.clock.advance(SECOND);
    net.left.poll();
    assertEquals(SECOND, net.left.nowNs());
    net.clock.advance(SECOND);
    assertEquals(SECOND, net.left.nowNs());
  }

  /** Else a round trip would seem shorter than it was: what is sent within a turn may be answered within it, if the turn is interrupted. */
  @Test
  void aFrameIsNeverDatedBeforeItWasThere() {
    List<Long> lateNs = new ArrayList<>();
    TcpServer<Void> server = net.server(new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        lateNs.add(net.clock.nanoTime() - net.right.nowNs());
        return length;
      }
    });
    TcpConnection<Void> c = net.client(watched).connect(SERVER, null);
    net.runUntil(() -> server.connectionCount() == 1);
    net.runFor(SECOND);
    send(c, "x");
    send(c, "x");
    send(c, "x");
    net.clock.advance(SECOND);
    net.rightNic.lose((memory, offset, length) -> {
      net.clock.advance(SECOND);
      return false;
    });
    net.right.poll();
    assertEquals(List.of(0L, 0L, 0L), lateNs);
  }

  /** APP-03, APP-09: stops the world for longer than every timeout, while the peer goes on: what was received is read before anything is concluded. */
  @Test
  void aStallDrainsBeforeItConcludes() {
    TcpSettings impatient = TcpSettings.defaults().withUserTimeoutNs(5 * SECOND);
    Watched<Void> serverSide = new Watched<>();
    TcpServer<Void> server = net.server(serverSide);
    TcpConnection<Void> c = net.client(impatient, watched).connect(SERVER, null);
    net.runUntil(() -> server.connectionCount() == 1);
    net.runFor(SECOND);
    send(c, "answered in time");
    net.clock.advance(50_000);
    net.right.poll();
    net.clock.advance(20 * MS);
    net.right.poll();
    net.clock.advance(60 * SECOND);
    net.runFor(SECOND);
    assertEquals(List.of("established"), watched.events);
    assertEquals(0, net.left.counter(io.vireo.api.Counter.SEGMENTS_RETRANSMITTED));
  }

  @Test
  void aLinkThatIsDownThrowsNothingAndComesBack() {
    Watched<Void> serverSide = new Watched<>();
    net.server(serverSide);
    TcpConnection<Void> c = net.client(watched).connect(SERVER, null);
    net.runUntil(() -> serverSide.events.contains("established"));
    net.runFor(SECOND);
    net.wire.linkUp(false);
    send(c, "through the dark");
    net.runFor(10 * SECOND);
    net.wire.linkUp(true);
    net.runFor(30 * SECOND);
    assertEquals(List.of("established", "data through the dark"), serverSide.events);
    assertEquals(List.of("established"), watched.events);
  }

  @Test
  void aNicThatFailsThrowsInEveryPollAndClosesCleanly() {
    Watched<Void> serverSide = new Watched<>();
    net.server(serverSide);
    TcpClient<Void> client = net.client(watched);
    TcpConnection<Void> c = client.connect(SERVER, null);
    net.runUntil(() -> serverSide.events.contains("established"));
    send(c, "lost");
    IOException cause = new IOException("the card is gone");
    net.wire.fail(net.wire.left(), cause);
    for (int i = 0; i < 3; i++) {
      assertSame(cause, assertThrows(UncheckedIOException.class, net.left::poll).getCause());
    }
    assertEquals(5, c.send(ByteBuffer.allocate(5), 0, 5));
    client.setTimer(0, SECOND);
    for (int i = 0; i < 10; i++) {
      net.clock.advance(SECOND);
      assertThrows(UncheckedIOException.class, net.left::poll);
    }
    assertEquals(List.of("established", "endpoint timer 0"), watched.events);
    client.connect(SERVER, null);
    net.left.close();
    assertEquals(List.of(CloseReason.SHUT_DOWN, CloseReason.SHUT_DOWN), watched.ends);
    assertEquals(0, net.left.arena().usedBytes());
    assertThrows(IllegalStateException.class, net.left::poll);
  }

  @Test
  void aNicThatWasClosedBeforeTheStackIsNoTroubleToClose() {
    net.server(new Watched<>());
    TcpClient<Void> client = net.client(watched);
    client.connect(SERVER, null);
    net.runFor(SECOND);
    net.wire.left().close();
    net.left.close();
    assertEquals(List.of("established", "closed SHUT_DOWN"), watched.events);
  }

  @Test
  void aSimulationEndsThoughAHandlerReconnectsWithoutPause() {
    int[] ends = new int[1];
    @SuppressWarnings({"unchecked", "rawtypes"})
    TcpClient<Void>[] client = new TcpClient[1];
    InetSocketAddress nowhere = new InetSocketAddress("192.0.2.9", 80);
    client[0] = net.client(new TcpHandler<>() {
      @Override
      public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
        ends[0]++;
        client[0].connect(nowhere, null);
      }
    });
    client[0].connect(nowhere, null);
    net.simulation.run(() -> ends[0] == 1_000, SECOND);
    assertEquals(1_000, ends[0]);
  }
}
