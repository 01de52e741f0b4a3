// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.Nic;
import io.vireo.nic.tap.TapHost;
import io.vireo.nic.tap.TapNic;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Sends back what comes, by Vireo over a TAP: spinning while there is a connection. */
final class TapEcho implements TcpHandler<Void> {
  private static final long LONGEST_SLEEP_NS = 100_000_000;

  private TapEcho() {}

  /** Name of the TAP, the kernel's address and ours, both with prefix, and the port. Prints a line once it listens. */
  public static void main(String[] args) throws IOException {
    StandardInput.endWithIt();
    try (Nic nic = TapNic.open(args[0]);
        TcpServer<Void> server =
            new TcpServer<>(nic, StackSettings.of(args[2]), TcpSettings.defaults())) {
      TapHost.address(args[0], args[1]);
      TapHost.up(args[0]);
      server.listen(Integer.parseInt(args[3]));
      System.out.println("listening");
      TapEcho echo = new TapEcho();
      while (nic.failure() == null) {
        if (server.poll(echo) == 0 && server.connectionCount() == 0) {
          server.stack().await(LONGEST_SLEEP_NS);
        }
      }
    }
  }

  @Override
  public int onData(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
    return length - connection.send(memory, offset, length);
  }
}
