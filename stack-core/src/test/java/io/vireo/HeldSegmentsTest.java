// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static io.vireo.Watched.bytes;
import static io.vireo.Watched.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.api.TcpSettings;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** What {@code more}, flush and Nagle's algorithm do, as their users see it; and that a stack which only waits is idle. */
class HeldSegmentsTest {
  private final TwoStacks net = new TwoStacks();
  private final Watched<Void> serverSide = new Watched<>();

  private TcpConnection<Void> connect(TcpSettings settings) {
    net.server(serverSide);
    TcpConnection<Void> c = net.client(settings, new Watched<Void>()).connect(SERVER, null);
    // Until the timers of the handshake are gone.
    net.runFor(3 * SECOND);
    return c;
  }

  private TcpConnection<Void> connect() {
    return connect(TcpSettings.defaults());
  }

  private static void sendMore(TcpConnection<?> c, String text) {
    assertEquals(text.length(), c.send(bytes(text), 0, text.length(), true));
  }

  private long sent() {
    return net.left.counter(Counter.SEGMENTS_SENT);
  }

  private String received() {
    return serverSide.only().received.toString();
  }

  @Test
  void moreHoldsTheIncompleteSegmentUntilASendWithoutIt() {
    TcpConnection<Void> c = connect();
    long before = sent();
    sendMore(c, "one ");
    sendMore(c, "segment ");
    assertEquals(before, sent());
    send(c, "only");
    assertEquals(before + 1, sent());
    net.runFor(MS);
    assertEquals("one segment only", received());
  }

  @Test
  void flushEndsTheWait() {
    TcpConnection<Void> c = connect();
    long before = sent();
    sendMore(c, "held");
    c.flush();
    assertEquals(before + 1, sent());
  }

  @Test
  void aGatheringSendEndsTheWait() {
    TcpConnection<Void> c = connect();
    long before = sent();
    sendMore(c, "held ");
    assertEquals(3, c.send(new ByteBuffer[] {bytes("not")}, 0, 1));
    assertEquals(before + 1, sent());
    net.runFor(MS);
    assertEquals("held not", received());
  }

  @Test
  void sendFinEndsTheWait() {
    TcpConnection<Void> c = connect();
    long before = sent();
    sendMore(c, "held");
    c.sendFin();
    assertEquals(before + 1, sent());
    net.runFor(SECOND);
    assertTrue(serverSide.events.contains("fin"));
  }

  /** Neither poll nor await finds anything to do, but for the one deadline. */
  @Test
  void aStackThatOnlyHoldsASegmentIsIdleUntilItsTime() {
    TcpConnection<Void> c = connect();
    long before = sent();
    sendMore(c, "held");
    long held = net.left.nowNs();
    for (int turn = 0; turn < 100; turn++) {
      assertEquals(0, net.left.poll());
    }
    net.left.await(10 * SECOND);
    assertEquals(200 * MS, net.leftNic.awaitedNs());
    net.clock.advance(150 * MS);
    assertEquals(0, net.left.poll());
    sendMore(c, "longer");
    net.left.await(10 * SECOND);
    assertEquals(50 * MS, net.leftNic.awaitedNs());
    net.clock.advance(50 * MS);
    assertEquals(before, sent());
    assertEquals(1, net.left.poll());
    assertEquals(before + 1, sent());
    assertEquals(200 * MS, net.left.nowNs() - held);
    assertEquals(0, net.left.counter(Counter.WINDOW_PROBES_SENT));
  }

  @Test
  void aSegmentHeldByNagleMakesNoWork() {
    TcpConnection<Void> c = connect(TcpSettings.defaults().withNagle(true));
    net.rightNic.lose(FilterNic.TCP);
    send(c, "in flight");
    long before = sent();
    send(c, "held");
    for (int turn = 0; turn < 100; turn++) {
      assertEquals(0, net.left.poll());
    }
    assertEquals(before, sent());
    net.left.await(10 * SECOND);
    assertTrue(net.leftNic.awaitedNs() > 100 * MS, "only the retransmission timer runs");
  }

  /** Switched off from outside: what it holds has left when the call returns. */
  @Test
  void switchingNagleOffSendsWhatItHolds() {
    TcpConnection<Void> c = connect(TcpSettings.defaults().withNagle(true));
    net.rightNic.lose(FilterNic.TCP);
    send(c, "in flight");
    send(c, "held");
    long before = sent();
    c.setNagle(false);
    assertEquals(before + 1, sent());
    c.setNagle(true);
    send(c, "held again");
    assertEquals(before + 1, sent());
    c.flush();
    assertEquals(before + 2, sent());
  }

  /** A connection of the pool is as its settings say, whatever its former user has switched. */
  @Test
  void theNextConnectionBeginsWithTheSettings() {
    net.server(serverSide);
    TcpClient<Void> client =
        net.client(TcpSettings.defaults().withConnections(1), new Watched<Void>());
    TcpConnection<Void> c = client.connect(SERVER, null);
    net.runFor(SECOND);
    c.setNagle(true);
    sendMore(c, "never");
    c.abort();
    net.runFor(SECOND);
    TcpConnection<Void> next = client.connect(SERVER, null);
    net.runFor(SECOND);
    long before = sent();
    send(next, "a");
    send(next, "b");
    assertEquals(before + 2, sent());
    net.runFor(10 * SECOND);
    net.assertNothingHeld();
  }

  /** Held while it was queued: after the handshake it waits its time like any other. */
  @Test
  void moreWhileConnectingHolds() {
    net.server(serverSide);
    TcpConnection<Void> c = net.client(new Watched<Void>()).connect(SERVER, null);
    sendMore(c, "early");
    net.runFor(100 * MS);
    assertEquals("", received());
    net.runFor(200 * MS);
    assertEquals("early", received());
  }
}
