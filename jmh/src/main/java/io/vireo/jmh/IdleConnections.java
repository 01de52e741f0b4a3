// SPDX-License-Identifier: Apache-2.0
package io.vireo.jmh;

import io.vireo.TcpClient;
import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.lab.MemoryWire;
import java.net.InetSocketAddress;
import java.util.stream.IntStream;

/**
 * What an idle connection costs: opens many between two stacks in memory, and prints heap bytes per connection end, all structures
 * of the stack included, after a garbage collection. Run with {@code -Xmx4g}; the argument is how many, 100,000 if there is none.
 */
public final class IdleConnections {
  private static final int PER_ADDRESS = 20_000;

  private IdleConnections() {}

  /** Opens, measures, prints. */
  public static void main(String[] arguments) {
    int count = arguments.length == 0 ? 100_000 : Integer.parseInt(arguments[0]);
    String[] addresses = IntStream.rangeClosed(1, 1 + count / PER_ADDRESS)
        .mapToObj(i -> "10.0.1." + i + "/16")
        .toArray(String[]::new);
    MemoryWire wire = new MemoryWire(System::nanoTime, 0);
    TcpHandler<Void> quiet = new TcpHandler<>() {};
    TcpSettings settings = TcpSettings.defaults().withConnections(count).withBacklog(1 << 16);
    TcpStack left = new TcpStack(wire.left(), StackSettings.of("10.0.0.1/16"));
    TcpStack right = new TcpStack(wire.right(), StackSettings.of(addresses));

    long before = heapUsed();
    TcpClient<Void> client = new TcpClient<>(left, settings, quiet);
    TcpServer<Void> server = new TcpServer<>(right, settings, quiet);
    long pooled = heapUsed();
    server.listen(7);
    long startNs = System.nanoTime();
    for (int i = 0; i < count; i++) {
      client.connect(new InetSocketAddress("10.0.1." + (1 + i / PER_ADDRESS), 7), null);
      while (i - server.connectionCount() >= 32) {
        poll(left, right);
      }
    }
    while (server.connectionCount() < count) {
      poll(left, right);
    }
    long openedNs = System.nanoTime() - startNs;
    long connected = heapUsed();

    // Asked after the measurement, so that nothing is garbage before it.
    int open = client.connectionCount() + server.connectionCount();
    System.out.printf("connection ends            %,d%n", open);
    System.out.printf("opened in                  %,.1f s%n", openedNs / 1e9);
    System.out.printf("heap per end, in the pool  %,d bytes%n", (pooled - before) / (2L * count));
    System.out.printf(
        "heap per end, connected    %,d bytes%n", (connected - before) / (2L * count));
  }

  private static void poll(TcpStack left, TcpStack right) {
    left.poll();
    right.poll();
  }

  private static long heapUsed() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
