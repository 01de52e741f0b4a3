// SPDX-License-Identifier: Apache-2.0
package io.vireo.jmh;

import io.vireo.TcpConnection;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What connections cost that have nothing to do: a turn in which nothing happens, and a round trip of 64 bytes on one of them, while all the others are idle. The clock stands still. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AmongIdle {
  private static final int SIZE = 64;

  /** Established connections. */
  @Param({"1", "1000", "10000", "100000"})
  public int connections;

  private final ByteBuffer message = ByteBuffer.allocateDirect(SIZE);
  private final Counting counting = new Counting();
  private Population population;
  private TcpConnection<Void> active;

  /** Opens all. */
  @Setup
  public void open() {
    population = new Population(connections, false, counting, new Echo());
    population.open(connections);
    active = population.connections.get(connections / 2);
  }

  /** The server looks for frames, timers and events; there are none. */
  @Benchmark
  public int idlePoll() {
    return population.right.poll();
  }

  /** One round trip, both stacks. */
  @Benchmark
  public long roundTrip() {
    counting.received = 0;
    active.send(message, 0, SIZE);
    while (counting.received < SIZE) {
      population.right.poll();
      population.left.poll();
    }
    return counting.received;
  }
}
