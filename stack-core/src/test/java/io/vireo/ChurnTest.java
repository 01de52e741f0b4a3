// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.TcpSettings;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Connections that come and go by the thousand while frames are lost. */
class ChurnTest {
  private static final int CONNECTIONS = 10_000;
  private static final int AT_ONCE = 100;

  /** Asks for its answer, finishes, and opens the next one at its end. */
  private static final class Asking implements TcpHandler<Void> {
    TcpClient<Void> client;
    int begun;
    int answered;

    void begin() {
      if (begun < CONNECTIONS) {
        begun++;
        client.connect(SERVER, null);
      }
    }

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      Watched.send(c, "question");
      c.sendFin();
    }

    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      answered += length;
      return 0;
    }

    @Override
    public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
      begin();
    }
  }

  private static final class Answering implements TcpHandler<Void> {
    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      return length - c.send(memory, offset, length);
    }

    @Override
    public void onFin(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      c.sendFin();
    }
  }

  private static FilterNic.Loss onePercent(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return (memory, offset, length) ->
        FilterNic.isTcp(memory, offset, length) && random.nextInt(100) == 0;
  }

  // SY-05: all complete, and nothing is left of them
  @Test
  void tenThousandShortConnectionsLeaveNothingBehind() {
    TwoStacks net = new TwoStacks();
    net.leftNic.lose(onePercent(1));
    net.rightNic.lose(onePercent(2));
    TcpSettings settings = TcpSettings.defaults().withConnections(2 * AT_ONCE);
    Watched<Void> serverSide = new Watched<>(new Answering());
    TcpServer<Void> server = net.server(settings, serverSide);
    Asking asking = new Asking();
    Watched<Void> clientSide = new Watched<>(asking);
    asking.client = net.client(settings, clientSide);
    for (int i = 0; i < AT_ONCE; i++) {
      asking.begin();
    }
    net.runUntil(
        () -> clientSide.ends.size() == CONNECTIONS && serverSide.ends.size() == CONNECTIONS,
        3_600 * SECOND);
    assertTrue(net.leftNic.lost() > 100 && net.rightNic.lost() > 100);
    assertTrue(clientSide.ends.stream().allMatch(CloseReason.CLOSED::equals));
    assertTrue(serverSide.ends.stream().allMatch(CloseReason.CLOSED::equals));
    assertEquals(CONNECTIONS * "question".length(), asking.answered);
    net.runFor(120 * SECOND);
    net.assertNothingHeld();
    assertEquals(2 * AT_ONCE, server.available());
    assertEquals(2 * AT_ONCE, asking.client.available());
    for (TcpStack stack : new TcpStack[] {net.left, net.right}) {
      assertEquals(Long.MAX_VALUE, StackGauge.nextDeadlineNs(stack, Long.MAX_VALUE));
    }
  }
}
