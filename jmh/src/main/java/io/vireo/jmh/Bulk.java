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
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One-way stream: the cost per 1,460 bytes, a full segment without options, both stacks on this thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Bulk {
  private static final int SEGMENT_BYTES = 1_460;
  private static final int SEGMENTS = 1_000;

  /** Checksums in software, or left to the wire. */
  @Param({"false", "true"})
  public boolean checksums;

  /** Timestamps and selective acknowledgments, as by default, or neither. */
  @Param({"true", "false"})
  public boolean options;

  /** What the buffers grow to: as by default, or what stays in a core's cache. */
  @Param({"4194304", "65536"})
  public int bufferBytes;

  private final ByteBuffer message = ByteBuffer.allocateDirect(SEGMENTS * SEGMENT_BYTES);
  private final Counting sink = new Counting();
  private Pair pair;
  private TcpConnection<Void> connection;

  /** Opens the connection. */
  @Setup
  public void open() {
    pair = new Pair(
        false,
        checksums,
        StackSettings.of("10.0.0.1/24"),
        TcpSettings.defaults()
            .withTimestamps(options)
            .withSelectiveAcks(options)
            .withSendBufferBytes(bufferBytes)
            .withReceiveBufferBytes(bufferBytes),
        new Counting(),
        sink);
    connection = pair.connect();
    while (pair.poll()) {
      // until the handshake is done
    }
  }

  /** A thousand segments. */
  @Benchmark
  @OperationsPerInvocation(SEGMENTS)
  public int segment() {
    int end = message.capacity();
    sink.received = 0;
    int sent = 0;
    while (sink.received < end) {
      if (sent < end) {
        sent += connection.send(message, sent, end - sent);
      }
      pair.right.poll();
      pair.left.poll();
    }
    return sent;
  }
}
