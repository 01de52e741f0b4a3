// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.Counter;
import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.testing.NeedsProgram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thousand connections of the kernel's at once, each with bytes of its own both ways. */
@InPrivateNetwork
@NeedsProgram("ip")
@Timeout(120)
class ManyConnectionsIT {
  private static final int CONNECTIONS = 1_000;

  @Test
  void eachGetsItsOwnBytesBack(PrivateNetwork network) throws Exception {
    try (TapServer server = new TapServer(new EchoServer())) {
      network.execute("ip", "link", "set", TapServer.TAP, "txqueuelen", "10000");
      EchoClients.run(TapServer.REMOTE, CONNECTIONS, () -> {
        while (server.stack.counter(Counter.CONNECTIONS_ACCEPTED) < CONNECTIONS) {
          Thread.onSpinWait(); // for the last ACK
        }
      });
      server.awaitEndOfConnections();
      assertEquals(0, server.stack.counter(Counter.HANDLER_FAILURES));
    }
  }
}
