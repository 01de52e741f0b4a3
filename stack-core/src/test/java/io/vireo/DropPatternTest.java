// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.TcpSettings;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every way to lose some of the first twelve segments of a conversation: two ways of a handshake, a word each way, two FINs and their ACKs
 * (SYN-16, CLS-20). There is one connection with two ends, or one error, and never half of either.
 */
class DropPatternTest {
  private static final int SEGMENTS = 12;

  /** With fewer losses than this, no retry runs out. */
  private static final int FEW = 4;

  private enum Closer {
    CLIENT,
    SERVER
  }

  /** What happened to the one connection of a run on one side. */
  private static final class Side implements TcpHandler<Void> {
    private final String says;
    private final boolean first;
    private final boolean closes;
    private final StringBuilder heard = new StringBuilder();
    private int begun;
    private int finished;
    private int ended;
    private CloseReason reason;

    Side(String says, boolean first, boolean closes) {
      this.says = says;
      this.first = first;
      this.closes = closes;
    }

    void forget() {
      heard.setLength(0);
      begun = 0;
      finished = 0;
      ended = 0;
      reason = null;
    }

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      begun++;
      if (first) {
        Watched.send(c, says);
      }
    }

    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      heard.append(Watched.text(memory, offset, length));
      if (!first) {
        Watched.send(c, says);
      }
      if (closes) {
        c.sendFin();
      }
      return 0;
    }

    @Override
    public void onFin(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      finished++;
      c.sendFin();
    }

    @Override
    public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
      ended++;
      this.reason = reason;
    }

    @Override
    public String toString() {
      return begun + " begun, heard '" + heard + "', " + finished + " finished, " + ended
          + " ended: " + reason;
    }
  }

  private int arrived;
  private int pattern;

  private boolean loses(ByteBuffer memory, int offset, int length) {
    if (!FilterNic.isTcp(memory, offset, length)) {
      return false;
    }
    int place = arrived++;
    return place < SEGMENTS && (pattern >>> place & 1) != 0;
  }

  // SYN-16, CLS-20, CLS-01, STM-14
  @ParameterizedTest
  @EnumSource
  void thereIsOneConnectionOrOneError(Closer closer) {
    TwoStacks net = new TwoStacks();
    Side client = new Side("ping", true, closer == Closer.CLIENT);
    Side server = new Side("pong", false, closer == Closer.SERVER);
    TcpServer<Void> listening = net.server(TcpSettings.defaults().withConnections(8), server);
    TcpClient<Void> connecting = net.client(TcpSettings.defaults().withConnections(8), client);
    net.leftNic.lose(this::loses);
    net.rightNic.lose(this::loses);
    for (pattern = 0; pattern < 1 << SEGMENTS; pattern++) {
      client.forget();
      server.forget();
      arrived = 0;
      connecting.connect(SERVER, null);
      net.runUntil(() -> client.ended == 1 && listening.connectionCount() == 0, 2_000 * SECOND);
      check(client, server);
    }
    net.runFor(100 * SECOND);
    net.assertNothingHeld();
  }

  private void check(Side client, Side server) {
    String run = "pattern " + Integer.toBinaryString(pattern) + ": " + client + "; " + server;
    assertEquals(1, client.ended, run);
    assertTrue(server.begun <= 1, run);
    assertEquals(server.begun, server.ended, run);
    assertTrue("pong".startsWith(client.heard.toString()), run);
    assertTrue("ping".startsWith(server.heard.toString()), run);
    if (client.reason == CloseReason.CLOSED) {
      assertEquals("pong", client.heard.toString(), run);
      assertEquals(CloseReason.CLOSED, server.reason, run);
    } else {
      assertNotEquals(CloseReason.CLOSED, server.reason, run);
      assertTrue(Integer.bitCount(pattern) >= FEW, run);
    }
  }
}
