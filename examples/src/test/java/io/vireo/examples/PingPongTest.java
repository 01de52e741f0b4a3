// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.api.CloseReason;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PingPongTest {
  private static CloseReason run(TcpHandler<Void> server, PingPong pingPong) {
    MemoryNetwork network = new MemoryNetwork(server);
    network.connect(pingPong);
    network.run(() -> pingPong.end() != null, "the end");
    return pingPong.end();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 64, 1_461, 300_000})
  void countsItsRoundTripsAndFinishes(int size) throws Refusal {
    PingPong pingPong = new PingPong(size, 50);
    assertEquals(CloseReason.CLOSED, run(new EchoServer(), pingPong));
    StringWriter text = new StringWriter();
    pingPong.finish(new PrintWriter(text, true));
    assertEquals(7, text.toString().lines().count(), text::toString);
    assertTrue(text.toString().startsWith("50 round trips of "), text::toString);
    assertTrue(text.toString().contains("p99.9 "), text::toString);
  }

  @Test
  void noticesAnEchoThatIsWrong() {
    PingPong pingPong = new PingPong(64, 50);
    CloseReason end = run(
        new TcpHandler<>() {
          private int messages;

          @Override
          public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
            if (++messages == 5) {
              memory.put(offset + 63, (byte) (memory.get(offset + 63) ^ 1));
            }
            return length - c.send(memory, offset, length);
          }
        },
        pingPong);
    assertEquals(CloseReason.ABORTED, end);
    Refusal refusal =
        assertThrows(Refusal.class, () -> pingPong.finish(new PrintWriter(new StringWriter())));
    assertEquals("what came back is not what was sent, in round trip 5", refusal.getMessage());
  }

  @Test
  void noticesThatThePeerFinishedTooEarly() {
    PingPong pingPong = new PingPong(64, 50);
    CloseReason end = run(
        new TcpHandler<>() {
          @Override
          public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
            c.sendFin();
            return 0;
          }
        },
        pingPong);
    assertEquals(CloseReason.CLOSED, end);
    Refusal refusal =
        assertThrows(Refusal.class, () -> pingPong.finish(new PrintWriter(new StringWriter())));
    assertEquals("the peer finished after 0 of 100 round trips", refusal.getMessage());
  }
}
