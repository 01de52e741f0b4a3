// SPDX-License-Identifier: Apache-2.0
package io.vireo.jmh;

import io.vireo.TcpHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What an idle connection costs: opens many between two stacks in memory, and prints bytes per connection end, all structures
 * of the stack included, after a garbage collection: of the heap, and of the memory that the process holds. Run with {@code -Xmx4g -Xmn64m -XX:+UseSerialGC -XX:-ShrinkHeapInSteps
 * -XX:MinHeapFreeRatio=1 -XX:MaxHeapFreeRatio=2}, so that what is free is given back; the argument is how many, 100,000 if there is none. The last line is for programs.
 */
public final class IdleConnections {
  private static final int FIRST = 200;

  private IdleConnections() {}

  /** Opens, measures, prints. */
  public static void main(String[] arguments) {
    int count = arguments.length == 0 ? 100_000 : Integer.parseInt(arguments[0]);
    TcpHandler<Void> quiet = new TcpHandler<>() {};
    new Population(FIRST, false, quiet, quiet).open(FIRST); // classes
    Memory before = Memory.afterCollection();
    Population population = new Population(count, false, quiet, quiet);
    Memory pooled = Memory.afterCollection();
    long startNs = System.nanoTime();
    population.open(count);
    long openedNs = System.nanoTime() - startNs;
    Memory connected = Memory.afterCollection();

    // Asked after the measurement, so that nothing is garbage before it.
    int ends = population.client.connectionCount() + population.server.connectionCount();
    long heapInPool = (pooled.heapBytes - before.heapBytes) / ends;
    long heap = (connected.heapBytes - before.heapBytes) / ends;
    long resident = (connected.residentBytes - before.residentBytes) / ends;
    System.out.printf(Locale.ROOT, "connection ends            %,d%n", ends);
    System.out.printf(Locale.ROOT, "opened in                  %,.1f s%n", openedNs / 1e9);
    System.out.printf(Locale.ROOT, "heap per end, in the pool  %,d bytes%n", heapInPool);
    System.out.printf(Locale.ROOT, "heap per end, connected    %,d bytes%n", heap);
    System.out.printf(Locale.ROOT, "resident set per end       %,d bytes%n", resident);
    System.out.printf(
        Locale.ROOT,
        "command=idle-connections ends=%d opened_s=%.3f heap=%d resident=%d%n",
        ends,
        openedNs / 1e9,
        heap,
        resident);
  }

  private record Memory(long heapBytes, long residentBytes) {
    static Memory afterCollection() {
      for (int i = 0; i < 3; i++) {
        System.gc();
      }
      long heapBytes = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
      return new Memory(heapBytes, resident());
    }

    private static long resident() {
      try {
        String status = Files.readString(Path.of("/proc/self/status"));
        String rest = status.substring(status.indexOf("VmRSS:") + 6).strip();
        return Long.parseLong(rest.substring(0, rest.indexOf(' '))) << 10;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
