// SPDX-License-Identifier: Apache-2.0
package io.vireo.jmh;

import io.vireo.TcpConnection;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
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

/** A round trip: a message there, its echo back, both stacks on this thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PingPong {
  /** Bytes per message. */
  @Param("64")
  public int size;

  /** Checksums in software, or left to the wire. */
  @Param({"false", "true"})
  public boolean checksums;

  /** System.nanoTime, or a clock that stands still. */
  @Param({"false", "true"})
  public boolean realClock;

  /** Timestamps and selective acknowledgments, as by default, or neither. */
  @Param({"true", "false"})
  public boolean options;

  private final ByteBuffer message = ByteBuffer.allocateDirect(1 << 16);
  private final Counting pinger = new Counting();
  private Pair pair;
  private TcpConnection<Void> connection;

  /** Opens the connection. */
  @Setup
  public void open() {
    pair = new Pair(
        realClock,
        checksums,
        StackSettings.of("10.0.0.1/24"),
        TcpSettings.defaults().withTimestamps(options).withSelectiveAcks(options),
        pinger,
        new Echo());
    connection = pair.connect();
    while (pair.poll()) {
      // until the handshake is done
    }
  }

  /** One round trip. */
  @Benchmark
  public long roundTrip() {
    pinger.received = 0;
    connection.send(message, 0, size);
    while (pinger.received < size) {
      pair.right.poll();
      pair.left.poll();
    }
    return pinger.received;
  }
}
