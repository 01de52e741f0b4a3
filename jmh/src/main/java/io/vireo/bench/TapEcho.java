// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.Warmup;
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
  private static final int SIZE = 64;

  private TapEcho() {}

  /**
   * Name of the TAP, the kernel's address and ours, both with prefix, the port, and, if it is to be warmed up, for how many milliseconds at most. Prints a line once it
   * listens.
   */
  public static void main(String[] args) throws IOException {
    StandardInput.endWithIt();
    StackSettings settings = StackSettings.of(args[2]);
    int port = Integer.parseInt(args[3]);
    long warmUpMs = args.length > 4 ? Long.parseLong(args[4]) : 0;
    try (Nic nic = TapNic.open(args[0])) {
      if (warmUpMs > 0) {
        Warmup.Report unused = new Warmup(nic, settings)
            .limit(warmUpMs * 1_000_000)
            .server(port, new byte[SIZE])
            .run(stack -> loop(listen(stack, port)));
      }
      TapHost.address(args[0], args[1]);
      TapHost.up(args[0]);
      try (TcpStack stack = new TcpStack(nic, settings)) {
        TcpServer<Void> server = listen(stack, port);
        Runnable loop = loop(server);
        System.out.println("listening");
        while (nic.failure() == null) {
          loop.run();
        }
      }
    }
  }

  private static TcpServer<Void> listen(TcpStack stack, int port) {
    TcpServer<Void> server = new TcpServer<>(stack, TcpSettings.defaults(), new TapEcho());
    server.listen(port);
    return server;
  }

  private static Runnable loop(TcpServer<Void> server) {
    return () -> {
      if (server.stack().poll() == 0 && server.connectionCount() == 0) {
        server.stack().await(LONGEST_SLEEP_NS);
      }
    };
  }

  @Override
  public int onData(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
    return length - connection.send(memory, offset, length);
  }
}
