// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpConnection;
import io.vireo.api.CloseReason;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** Round trips with an echo server, one at a time: a message goes out, and the next when all of it has come back. */
final class PingPong implements ClientProgram {
  private static final int MOST_WARM_UP_ROUNDS = 10_000;
  private static final long LONGEST_NS = 3_600_000_000_000L;

  private final int size;
  private final long rounds;
  private final long warmUpRounds;
  private final ByteBuffer message;
  private final Histogram latencies = new Histogram(LONGEST_NS, 3);
  private long round;
  private int sent;
  private int received;
  private long startNs;
  private String fault;
  private CloseReason end;

  /** Measures {@code count} round trips, after as many (at most 10,000) that are not counted. */
  PingPong(int size, long count) {
    this.size = size;
    warmUpRounds = Math.min(count, MOST_WARM_UP_ROUNDS);
    rounds = warmUpRounds + count;
    message = ByteBuffer.allocateDirect(size);
  }

  @Override
  public void onConnectionEstablished(TcpConnection<Void> connection) {
    ping(connection);
  }

  private void ping(TcpConnection<Void> connection) {
    PatternBytes.fill(message, 0, size, round * size); // every message is different
    sent = 0;
    received = 0;
    startNs = System.nanoTime();
    onMoreSendable(connection);
  }

  @Override
  public void onMoreSendable(TcpConnection<Void> connection) {
    if (sent < size) {
      sent += connection.send(message, sent, size - sent);
    }
  }

  @Override
  public int onData(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
    long nowNs = System.nanoTime();
    if (length > size - received || !isEcho(memory, offset, length)) {
      fault = "what came back is not what was sent, in round trip " + (round + 1);
      connection.abort();
      return 0;
    }
    received += length;
    if (received == size) {
      if (round >= warmUpRounds) {
        latencies.recordValue(Math.min(nowNs - startNs, LONGEST_NS));
      }
      round++;
      if (round < rounds) {
        ping(connection);
      } else {
        connection.sendFin();
      }
    }
    return 0;
  }

  private boolean isEcho(ByteBuffer memory, int offset, int length) {
    for (int i = 0; i < length; i++) {
      if (memory.get(offset + i) != message.get(received + i)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void onConnectionClosed(TcpConnection<Void> connection, CloseReason reason) {
    end = reason;
  }

  @Override
  public void onTurn(TcpConnection<Void> connection) {}

  @Override
  public CloseReason end() {
    return end;
  }

  @Override
  public void finish(PrintWriter out) throws Refusal {
    if (fault != null) {
      throw new Refusal(fault);
    }
    if (end != null && round < rounds) {
      throw new Refusal("the peer finished after " + round + " of " + rounds + " round trips");
    }
    out.printf(Locale.ROOT, "%,d round trips of %,d bytes%n", latencies.getTotalCount(), size);
    if (latencies.getTotalCount() > 0) {
      Percentiles.print(latencies, out);
    }
  }
}
