// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SERVER;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.Counter;
import io.vireo.api.TcpSettings;
import io.vireo.nic.lab.WireSettings;
import io.vireo.time.ManualClock;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** More connections have something to send than one turn lets speak. */
class TurnsOfSendingTest {
  private static final int MANY = 1_000;

  /** Sends to all peers when its timer runs out. */
  private static final class Crier implements TcpHandler<Void> {
    final List<TcpConnection<Void>> all = new ArrayList<>();

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      all.add(c);
    }

    @Override
    public void onTimer(int timerId) {
      for (TcpConnection<Void> c : all) {
        c.send(ByteBuffer.allocate(10), 0, 10);
      }
    }
  }

  @Test
  void whatACallbackSendsToManyLeavesWithoutWaiting() {
    TwoStacks net =
        new TwoStacks(new ManualClock(), WireSettings.defaults().withSlots(4_096), s -> s, s -> s);
    TcpServer<Void> server =
        net.server(TcpSettings.defaults().withConnections(MANY), new TcpHandler<>() {});
    Crier crier = new Crier();
    TcpClient<Void> client = net.client(TcpSettings.defaults().withConnections(MANY), crier);
    for (int i = 0; i < MANY; i++) {
      client.connect(SERVER, null);
    }
    net.runUntil(() -> crier.all.size() == MANY && server.connectionCount() == MANY);
    net.runFor(100 * MS);
    client.setTimer(0, 1);
    net.clock.advance(1);
    long before = net.left.counter(Counter.SEGMENTS_SENT);
    int awaits = net.leftNic.awaits();
    while (net.left.poll() != 0) {
      net.left.await(MS);
    }
    assertEquals(0, net.leftNic.awaits() - awaits, "sleeps before it was idle");
    assertEquals(MANY, net.left.counter(Counter.SEGMENTS_SENT) - before);
  }
}
