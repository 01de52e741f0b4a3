// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.api.TcpSettings;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ten thousand timers that fall due at the same instant are spread over turns, and whoever has a frame for us meanwhile does not wait for them. */
class TimerBurstTest {
  private static final int CONNECTIONS = 10_000;
  private static final int BUDGET = 64; // the default of framesPerPoll

  /** Notes whose timer came, and whose data. */
  private static final class Notes implements TcpHandler<Void> {
    private final Set<Long> fired = new HashSet<>();
    private int calls;
    private int bytes;

    @Override
    public void onUserTimeout(TcpConnection<Void> connection, int timerId) {
      fired.add(connection.id());
      calls++;
    }

    @Override
    public int onData(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
      bytes += length;
      return 0;
    }
  }

  private final TwoStacks net = new TwoStacks();
  private final Notes notes = new Notes();
  private final TcpSettings settings =
      TcpSettings.defaults().withConnections(CONNECTIONS).withBacklog(CONNECTIONS);
  private TcpServer<Void> server;
  private TcpClient<Void> client;

  @BeforeEach
  void connectAll() {
    server = net.server(settings, new Watched<>());
    client = net.client(settings, notes);
    for (int begun = 0; begun < CONNECTIONS; begun += 100) {
      for (int i = 0; i < 100; i++) {
        client.connect(SERVER, null);
      }
      net.runFor(SECOND / 1_000);
    }
    net.runUntil(() -> server.connectionCount() == CONNECTIONS);
    net.runFor(2 * SECOND);
  }

  @Test
  void userTimersOfOneInstantAreSpreadOverTurns() {
    client.forEach(c -> c.setUserTimer(0, 5 * SECOND));
    net.clock.advance(5 * SECOND);
    int turns = 0;
    while (notes.calls < CONNECTIONS) {
      int before = notes.calls;
      assertTrue(net.left.poll() > 0);
      assertTrue(notes.calls - before <= BUDGET, () -> notes.calls - before + " in a turn");
      turns++;
    }
    assertEquals(CONNECTIONS, notes.fired.size());
    assertFewTurns(turns);
    assertEquals(0, net.left.poll());
  }

  @Test
  void aFrameAmongThemWaitsForOneTurn() {
    client.forEach(c -> c.setUserTimer(0, 5 * SECOND));
    net.clock.advance(5 * SECOND);
    net.left.poll();
    net.left.poll();
    server.forEach(c -> c.send(ByteBuffer.allocate(1), 0, 1));
    net.clock.advance(50_000);
    assertTrue(notes.calls < CONNECTIONS);
    int before = notes.bytes;
    net.left.poll();
    assertTrue(notes.bytes > before);
  }

  @Test
  void retransmissionsOfOneInstantAreSpreadOverTurns() {
    net.wire.linkUp(false);
    client.forEach(c -> c.send(ByteBuffer.allocate(1), 0, 1));
    long turns = 0;
    net.clock.advance(10 * SECOND); // the first RTO of all of them is over
    long before = net.left.counter(Counter.SEGMENTS_RETRANSMITTED);
    long last = before;
    while (last - before < CONNECTIONS && ++turns < CONNECTIONS) {
      assertTrue(net.left.poll() > 0);
      long now = net.left.counter(Counter.SEGMENTS_RETRANSMITTED);
      assertTrue(now - last <= BUDGET, now - last + " in a turn");
      last = now;
    }
    assertEquals(CONNECTIONS, last - before);
    assertFewTurns(turns);
  }

  /** Each is moved to finer levels of the wheel a few times before, as many of them in a turn. */
  private static void assertFewTurns(long turns) {
    assertTrue(turns <= 8 * CONNECTIONS / BUDGET, turns + " turns");
  }
}
