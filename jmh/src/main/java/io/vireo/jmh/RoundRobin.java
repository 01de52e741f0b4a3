// SPDX-License-Identifier: Apache-2.0
package io.vireo.jmh;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Requests of 64 bytes on many connections, one after the other round all of them, each answered with its echo. The time of an operation is that of both stacks; what the server takes of it
 * is measured apart, batch by batch.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RoundRobin {
  private static final int SIZE = 64;

  /** As many as a turn takes frames. */
  private static final int BATCH = 64;

  /** Established connections. */
  @Param("10000")
  public int connections;

  /** Whether all peers use one source port, or all another. */
  @Param({"false", "true"})
  public boolean onePort;

  private final ByteBuffer message = ByteBuffer.allocateDirect(SIZE);
  private final Counting counting = new Counting();
  private Population population;
  private int next;

  /** The server's part. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Server {
    private long ns;
    private long requests;

    /** Called by JMH, before each iteration. */
    @Setup(Level.Iteration)
    public void reset() {
      ns = 0;
      requests = 0;
    }

    /** Nanoseconds per request. */
    public double serverNs() {
      return (double) ns / requests;
    }
  }

  /** Opens all. */
  @Setup
  public void open() {
    population = new Population(connections, onePort, counting, new Echo());
    population.open(connections);
    Server unmeasured = new Server();
    for (int i = 0; i < 2 * connections; i += BATCH) {
      request(unmeasured); // until every neighbour is known
    }
  }

  /** A batch of requests. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public long request(Server server) {
    counting.received = 0;
    for (int i = 0; i < BATCH; i++) {
      population.connections.get(next).send(message, 0, SIZE);
      next = next + 1 == connections ? 0 : next + 1;
    }
    long startNs = System.nanoTime();
    while (population.right.poll() > 0) {
      // until all are answered
    }
    server.ns += System.nanoTime() - startNs;
    server.requests += BATCH;
    while (counting.received < BATCH * SIZE) {
      population.pollOrWait();
    }
    return counting.received;
  }
}
