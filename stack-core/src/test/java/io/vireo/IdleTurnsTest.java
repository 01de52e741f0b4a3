// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SERVER;
import static io.vireo.Watched.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vireo.api.Counter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A stack that spins and finds nothing looks at little (docs/decisions/0015): it misses nothing for that. */
class IdleTurnsTest {
  private static final long STEP_NS = 1_000;

  private final TwoStacks net = new TwoStacks();
  private final List<Long> firedNs = new ArrayList<>();
  private final TcpHandler<Void> timed = new TcpHandler<>() {
    @Override
    public void onTimer(int timerId) {
      firedNs.add(net.clock.nanoTime());
    }

    @Override
    public void onUserTimeout(TcpConnection<Void> c, int timerId) {
      firedNs.add(net.clock.nanoTime());
    }
  };
  private final TcpServer<Void> server = net.server(new Watched<>());
  private final TcpClient<Void> client = net.client(timed);
  private TcpConnection<Void> c;

  @BeforeEach
  void connectAndSpin() {
    c = client.connect(SERVER, null);
    spin(20 * MS);
    assertEquals(1, server.connectionCount());
  }

  /** Both stacks, as programs do that wait for nothing else. */
  private void spin(long ns) {
    for (long end = net.clock.nanoTime() + ns;
        net.clock.nanoTime() < end;
        net.clock.advance(STEP_NS)) {
      net.left.poll();
      net.right.poll();
    }
  }

  @Test
  void timersSetFromOutsideComeInTime() {
    long startNs = net.clock.nanoTime();
    c.setUserTimer(0, 3 * MS);
    client.setTimer(1, 5 * MS);
    spin(10 * MS);
    assertEquals(List.of(startNs + 3 * MS, startNs + 5 * MS), firedNs);
  }

  @Test
  void whatIsSentFromOutsideLeavesAtOnceAndIsAcknowledgedInTime() {
    send(c, "x");
    spin(MS);
    assertEquals(1, net.right.counter(Counter.SEGMENTS_SENT), "the SYN-ACK alone");
    spin(12 * MS);
    assertEquals(2, net.right.counter(Counter.SEGMENTS_SENT), "and the delayed ACK");
    assertEquals(0, net.left.counter(Counter.RETRANSMIT_TIMEOUTS));
  }

  @Test
  void aNicThatFailsIsNoticed() {
    assertEquals(0, net.left.poll());
    net.wire.left().close();
    assertThrows(UncheckedIOException.class, net.left::poll);
  }

  @Test
  void anotherMtuIsNoticed() {
    spin(600 * MS);
    net.wire.mtu(576);
    spin(600 * MS);
    int mss = 576 - 20 - 20 - 12;
    TcpInfo info = new TcpInfo();
    send(c, "x");
    c.info(info);
    assertEquals(mss, info.mssBytes);
  }

  @Test
  void aLostSegmentIsSentAgain() {
    net.rightNic.lose(FilterNic.TCP);
    send(c, "x");
    spin(MS);
    assertEquals(1, net.rightNic.lost());
    net.rightNic.lose(FilterNic.NONE);
    spin(400 * MS);
    assertEquals(1, net.left.counter(Counter.SEGMENTS_RETRANSMITTED));
  }
}
