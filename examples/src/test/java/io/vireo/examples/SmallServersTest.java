// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** echo, discard and count over a wire in memory. */
class SmallServersTest {
  private static byte[] pattern(int bytes) {
    ByteBuffer pattern = ByteBuffer.allocate(bytes);
    PatternBytes.fill(pattern, 0, bytes, 0);
    return pattern.array();
  }

  @Test
  void echoSendsBackWhatCame() {
    ScriptedClient client = new MemoryNetwork(new EchoServer()).connect();
    client.sends("one").receives("one");
    client.sends("two").receives("two");
    client.finishes().receivesFin();
    client.ends();
  }

  @Test
  void echoSendsBackAllOfAFinishedStream() {
    byte[] bytes = pattern(1_000_000);
    ScriptedClient client = new MemoryNetwork(new EchoServer()).connect();
    client.sends(bytes).finishes();
    assertArrayEquals(bytes, client.receives(bytes.length));
    client.receivesFin();
    client.ends();
  }

  @Test
  void echoHoldsAClientBackThatDoesNotRead() {
    byte[] bytes = pattern(20_000_000);
    MemoryNetwork network = new MemoryNetwork(new EchoServer());
    ScriptedClient client = network.connect();
    client.stopsReading();
    client.sends(bytes).finishes();
    network.pass(10_000_000_000L);
    // Two send buffers and the server's receive buffer, none beyond 4 MiB, and the client's 64 KiB.
    assertTrue(client.sent() < 13_000_000, () -> client.sent() + " bytes taken");
    client.readsAgain();
    assertArrayEquals(bytes, client.receives(bytes.length));
    client.receivesFin();
    client.ends();
  }

  @Test
  void echoTakesAReset() {
    MemoryNetwork network = new MemoryNetwork(new EchoServer());
    ScriptedClient client = network.connect();
    client.stopsReading();
    client.sends(pattern(1_000_000));
    network.pass(1_000_000_000L);
    client.resets();
    client.endsWith(CloseReason.ABORTED);
    network.run(() -> network.server.connectionCount() == 0, "the server's end");
  }

  @Test
  void discardAnswersNothingButTheEnd() {
    ScriptedClient client = new MemoryNetwork(new DiscardServer()).connect();
    client.sends(pattern(1_000_000)).finishes().receivesFin();
    client.ends();
  }

  @Test
  void countRepliesAtTheEndOfInput() {
    MemoryNetwork network = new MemoryNetwork(new CountServer());
    ScriptedClient client = network.connect();
    client.sends(pattern(1_000_000)).finishes().receives("Received 1000000 bytes\n");
    client.receivesFin();
    client.ends();
    ScriptedClient silent = network.connect();
    silent.finishes().receives("Received 0 bytes\n");
    silent.receivesFin();
    silent.ends();
  }
}
