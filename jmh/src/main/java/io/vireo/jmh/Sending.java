// SPDX-License-Identifier: Apache-2.0
package io.vireo.jmh;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
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

/** A message of longs, encoded and sent in each way there is, received and acknowledged; both stacks on this thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Sending {
  /** Bytes per message. */
  @Param({"64", "1456"})
  public int size;

  private final ByteBuffer message = ByteBuffer.allocateDirect(1 << 12);
  private final ByteBuffer[] parts = {message.duplicate(), message.duplicate()};
  private final Counting counting = new Counting();
  private Pair pair;
  private TcpConnection<Void> connection;
  private long sent;

  /** Opens the connection. ACKs are not delayed: each message makes a round. */
  @Setup
  public void open() {
    pair = new Pair(
        false,
        false,
        StackSettings.of("10.0.0.1/24"),
        TcpSettings.defaults().withDelayedAckNs(0),
        new TcpHandler<>() {},
        counting);
    connection = pair.connect();
    while (pair.poll()) {
      // until the handshake is done
    }
  }

  private static void encode(ByteBuffer target, int offset, int length, long value) {
    for (int i = 0; i < length; i += Long.BYTES) {
      target.putLong(offset + i, value);
    }
  }

  private long arrive() {
    sent += size;
    while (counting.received < sent) {
      pair.poll();
    }
    pair.poll();
    return counting.received;
  }

  /** Encoded into a buffer of one's own, then copied by send. */
  @Benchmark
  public long send() {
    encode(message, 0, size, sent);
    connection.send(message, 0, size);
    return arrive();
  }

  /** Encoded in place. */
  @Benchmark
  public long claim() {
    int offset = connection.claim(size);
    encode(connection.sendMemory(), offset, size, sent);
    connection.commit(size);
    return arrive();
  }

  /** Encoded into a buffer of one's own, then gathered from two halves. */
  @Benchmark
  public long gather() {
    encode(message, 0, size, sent);
    parts[0].limit(size / 2).position(0);
    parts[1].limit(size).position(size / 2);
    connection.send(parts, 0, 2);
    return arrive();
  }

  /** Two halves by two sends, the first of which says that more is to come. */
  @Benchmark
  public long more() {
    encode(message, 0, size, sent);
    connection.send(message, 0, size / 2, true);
    connection.send(message, size / 2, size / 2);
    return arrive();
  }
}
